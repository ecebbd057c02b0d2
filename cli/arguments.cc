#include "cli/arguments.h"

#include <fmt/format.h>

#include <cctype>

#include "base/error.h"
#include "base/log.h"
#include "cli/values.h"

namespace gerund::cli {
namespace {

bool is_override(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || std::filesystem::exists(word)) return false;
  const std::string key = word.substr(word[0] == '+' ? 1 : 0, equals - (word[0] == '+' ? 1 : 0));
  // A checkpoint's name has '=' as well (ar_model_epoch=9-val_loss=0.05.safetensors): a path that does not exist is
  // still a path.
  if (key == "ar_model_epoch") return false;
  for (char c : key) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '-' && c != ' ') return false;
  }
  return !key.empty();
}

}  // namespace

void add_spec_arguments(CLI::App& verb, SpecArguments& arguments, const std::string& words_help, bool takes_files) {
  verb.add_option("-e,--experiment_spec_file,--experiment_spec", arguments.spec_path, "YAML spec, old or new dialect")
      ->type_name(kFile);
  verb.add_option("-r,--results_dir", arguments.results_dir, "Folder for results, as results_dir=DIR")
      ->type_name(kFolder);
  verb.add_option("-k,--key", arguments.key,
                  "Key that seals what is written and opens what is sealed (docs/sealing.md)")
      ->check([](const std::string& key) { return key.empty() ? "the key is empty; give one, or leave -k out" : ""; },
              "")
      ->type_name(kKey);
  CLI::Option* words = verb.add_option("words", arguments.words, words_help)->type_name("");
  set_word_kinds(*words, {takes_files, Keys::spec});
}

void add_model_arguments(CLI::App& verb, ModelArguments& arguments) {
  verb.add_option("--engine", arguments.engine, "Engine for ONNX files")
      ->type_name(engine_type())
      ->capture_default_str();
  verb.add_option("--threads", arguments.num_threads, "Threads of the network; 0: all cores")->capture_default_str();
  verb.add_flag("--strict", arguments.strict, "A broken clip is an error instead of being left out");
}

serve::LoadedModel open_model(const std::filesystem::path& path, const ModelArguments& model, const SpecArguments& spec,
                              const spec::Experiment& experiment) {
  if (model.engine != "auto" && !predict::is_onnx_path(path))
    throw base::UserError(
        fmt::format("--engine {}: {} is no ONNX file, and LibTorch runs it; leave --engine out, or export it first",
                    model.engine, path.string()));
  predict::OpenOptions options{model.engine, model.num_threads, model.with_step, std::nullopt,
                               experiment.encryption_key.value_or("")};
  if (!spec.spec_path.empty()) options.experiment = experiment;
  return predict::open_model(path, options);
}

std::optional<std::filesystem::path> verb_folder(const std::string& results_dir,
                                                 const std::optional<std::string>& own_results_dir,
                                                 const std::string& verb) {
  if (own_results_dir && !own_results_dir->empty()) return *own_results_dir;
  if (results_dir.empty()) return std::nullopt;
  return std::filesystem::path(results_dir) / verb;
}

Words split_words(const std::vector<std::string>& words) {
  Words result;
  for (const std::string& word : words) (is_override(word) ? result.overrides : result.paths).push_back(word);
  return result;
}

spec::Experiment load_experiment(const SpecArguments& arguments, const std::string& otherwise) {
  const std::vector<std::string> overrides = split_words(arguments.words).overrides;
  std::vector<spec::PlainSetting> options;
  if (!arguments.results_dir.empty()) options.push_back({"results_dir", arguments.results_dir, "-r"});
  if (!arguments.key.empty()) options.push_back({"encryption_key", arguments.key, "-k"});
  const spec::Loaded loaded = arguments.spec_path.empty() ? spec::parse(otherwise, "command line", overrides, options)
                                                          : spec::load(arguments.spec_path, overrides, options);
  for (const std::string& warning : loaded.warnings) base::log_warning(warning);
  return loaded.experiment;
}

}  // namespace gerund::cli
