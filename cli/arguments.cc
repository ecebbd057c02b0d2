#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/log.h"
#include "cli/given.h"
#include "cli/models_catalogue.h"
#include "cli/values.h"

namespace gerund::cli {
namespace {

using Differ = bool (*)(const clip::Recipe&, const clip::Recipe&);

/// A setting of a spec that a model decides itself.
struct Setting {
  const char* key;
  Differ differ;
};

template <auto Member>
bool differ_in(const clip::Recipe& a, const clip::Recipe& b) {
  return a.*Member != b.*Member;
}

constexpr std::array kSettings{
    Setting{"model.model_type", differ_in<&clip::Recipe::modality>},
    Setting{"model.input_type", differ_in<&clip::Recipe::input_type>},
    Setting{"model.rgb_seq_length", differ_in<&clip::Recipe::num_frames>},
    Setting{"model.of_seq_length", differ_in<&clip::Recipe::num_frames>},
    Setting{"model.sample_rate", differ_in<&clip::Recipe::sample_rate>},
    Setting{"model.sample_strategy", differ_in<&clip::Recipe::sample_strategy>},
    Setting{"model.input_width", differ_in<&clip::Recipe::width>},
    Setting{"model.input_height", differ_in<&clip::Recipe::height>},
    Setting{"dataset.augmentation_config.rgb_input_mean", differ_in<&clip::Recipe::mean>},
    Setting{"dataset.augmentation_config.rgb_input_std", differ_in<&clip::Recipe::std>},
    Setting{"dataset.augmentation_config.val_center_crop", differ_in<&clip::Recipe::resize_mode>},
    Setting{"dataset.augmentation_config.crop_smaller_edge", differ_in<&clip::Recipe::crop_smaller_edge>}};

/// Names what the spec says of clips and the model does otherwise.
void warn_of_settings(const spec::Experiment& experiment, const serve::LoadedModel& model) {
  const clip::Recipe wanted = clip::make_recipes(experiment).front();
  std::vector<std::string> keys;
  for (const Setting& setting : kSettings)
    if (was_given(setting.key) && setting.differ(wanted, model.recipes.front())) keys.emplace_back(setting.key);
  if (keys.empty()) return;
  base::log_warning(fmt::format("{}: {} sees clips as it was trained to; what the spec says otherwise is not used",
                                fmt::join(keys, ", "), model.name));
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
  verb.add_option("--precision", arguments.precision, fmt::format("Of ONNX files. {}", infer::kPrecisionHelp))
      ->type_name(one_of(infer::precision_names()))
      ->capture_default_str();
  verb.add_flag("--strict", arguments.strict, "A broken clip is an error instead of being left out");
}

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
  if (arguments.spec_path.empty())  // The rest is gerund's own plan, and stands nowhere.
    std::erase_if(loaded.given, [](const spec::Given& one) { return one.place.starts_with("command line:"); });
  remember_given(std::move(loaded.given));
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
