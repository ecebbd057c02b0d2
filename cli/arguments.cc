#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/error.h"
#include "base/log.h"
#include "cli/models_catalogue.h"
#include "cli/values.h"

namespace gerund::cli {
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
  verb.add_option("--precision", arguments.precision, fmt::format("Of ONNX files. {}", infer::kPrecisionHelp))
      ->type_name(one_of(infer::precision_names()))
      ->capture_default_str();
  verb.add_flag("--strict", arguments.strict, "A broken clip is an error instead of being left out");
}

namespace {

/// What a model sees is in the model.
void warn_of_settings(const spec::Experiment& experiment, const serve::LoadedModel& model) {
  static const std::set<std::string> kOfClips{"model.model_type",    "model.input_type",  "model.rgb_seq_length",
                                              "model.of_seq_length", "model.sample_rate", "model.sample_strategy",
                                              "model.input_width",   "model.input_height"};
  std::vector<std::string> keys = spec::differing_keys(experiment, {});
  std::erase_if(keys, [](const std::string& key) {
    return !kOfClips.contains(key) && !key.starts_with("dataset.augmentation_config.");
  });
  if (keys.empty() || clip::make_recipes(experiment) == model.recipes) return;
  base::log_warning(fmt::format("{}: {} sees clips as it was trained to; what the spec says otherwise is not used",
                                fmt::join(keys, ", "), model.name));
}

}  // namespace

serve::LoadedModel open_model(const std::filesystem::path& named, const ModelArguments& model,
                              const SpecArguments& spec, const spec::Experiment& experiment) {
  const std::filesystem::path path = local_model(named);
  if (model.engine != "auto" && !serve::is_onnx_path(path))
    throw base::UserError(
        fmt::format("--engine {}: {} is no ONNX file, and LibTorch runs it; leave --engine out, or export it first",
                    model.engine, path.string()));
  if (model.precision != "fp32" && model.precision != "auto" && !serve::is_onnx_path(path))
    throw base::UserError(
        fmt::format("--precision {}: {} is no ONNX file, and LibTorch runs it in fp32; export it first",
                    model.precision, path.string()));
  predict::OpenOptions options;
  options.engine = model.engine;
  options.num_threads = model.num_threads;
  options.precision = model.precision;
  options.with_step = model.with_step;
  options.key = experiment.encryption_key.value_or("");
  if (!spec.spec_path.empty()) options.experiment = experiment;
  serve::LoadedModel loaded = predict::open_model(path, options);
  warn_of_settings(experiment, loaded);
  return loaded;
}

void check_view(const serve::LoadedModel& model, clip::View view, const std::string& key) {
  if (!serve::is_onnx_path(model.name) || model.takes_any_length) return;
  const clip::Recipe& recipe = model.recipes.front();
  const int64_t longer = 2 * recipe.num_frames + 1;
  const auto length = static_cast<int64_t>(clip::sample_view(recipe, view, longer, 1).front().size());
  if (length != recipe.num_frames)
    throw base::UserError(
        fmt::format("{}: all shows the network every frame of a video at once, and {} takes {} frames; use center or "
                    "conv, or the checkpoint that it was exported from",
                    key, model.name, recipe.num_frames));
}

std::optional<std::filesystem::path> verb_folder(const std::string& results_dir,
                                                 const std::optional<std::string>& own_results_dir,
                                                 const std::string& verb) {
  if (own_results_dir && !own_results_dir->empty()) return *own_results_dir;
  if (results_dir.empty()) return std::nullopt;
  return std::filesystem::path(results_dir) / verb;
}

spec::Experiment load_experiment(const SpecArguments& arguments, const std::string& otherwise) {
  const std::vector<std::string> overrides = split_words(arguments.words).overrides;
  std::vector<spec::PlainSetting> options;
  if (!arguments.results_dir.empty()) options.push_back({"results_dir", arguments.results_dir, "-r"});
  if (!arguments.key.empty()) options.push_back({"encryption_key", arguments.key, "-k"});
  spec::Loaded loaded = arguments.spec_path.empty() ? spec::parse(otherwise, "command line", overrides, options)
                                                    : spec::load(arguments.spec_path, overrides, options);
  for (const std::string& warning : loaded.warnings) base::log_warning(warning);
  for (const std::string& key : spec::drop_placeholders(loaded.experiment))
    if (key == "encryption_key") base::log_warning("encryption_key: is ???, so no file is sealed; give a key with -k");
  return std::move(loaded.experiment);
}

spec::Experiment load_training_experiment(const SpecArguments& arguments, const std::string& otherwise) {
  spec::Experiment experiment = load_experiment(arguments, otherwise);
  spec::ModelSpec& model = experiment.model;
  for (std::optional<std::string>* start :
       {&model.rgb_pretrained_model_path, &model.of_pretrained_model_path, &model.joint_pretrained_model_path})
    if (*start) *start = local_model(**start).string();
  return experiment;
}

}  // namespace gerund::cli
