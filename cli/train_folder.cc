#include "cli/train_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "base/log.h"
#include "base/workers.h"
#include "cli/models_catalogue.h"
#include "cli/terminal.h"
#include "data/check.h"
#include "data/dataset.h"
#include "data/recordings.h"
#include "data/split.h"
#include "data/survey.h"
#include "nets/torch_engine.h"
#include "spec/load.h"
#include "train/plan.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kTestShare = 0.2;
constexpr uint64_t kSplitSeed = 1;
constexpr size_t kMostToLookThrough = 2000;  // Every byte of so many clips is read; of more, only their headers.

struct Folders {
  fs::path train;
  fs::path test;
};

/// DATA/train and DATA/val or DATA/test, where a data set has come so.
std::optional<Folders> given_parts(const fs::path& data) {
  const auto has_classes = [](const fs::path& folder) {
    if (!fs::is_directory(folder)) return false;
    const std::vector<fs::path> entries = data::entries_of(folder);
    return std::any_of(entries.begin(), entries.end(), data::is_class_folder);
  };
  if (!has_classes(data / "train")) return std::nullopt;
  for (const char* name : {"val", "test"})
    if (has_classes(data / name)) return Folders{data / "train", data / name};
  return std::nullopt;
}

data::Survey look_through(const fs::path& root, const data::LabelMap& label_map, bool strict,
                          base::Progress& progress) {
  const data::Dataset dataset = data::scan_dataset(root, label_map);
  for (const std::string& warning : dataset.warnings) base::log_warning(warning);
  data::SurveyOptions options;
  options.with_content = dataset.items.size() <= kMostToLookThrough;
  options.num_workers = base::num_cores();
  data::Survey survey = data::survey(dataset.items, options, progress);
  if (survey.clips.empty() || (strict && !survey.broken.empty()))
    throw base::UserError(data::describe_broken(survey.broken, dataset.items.size()));
  return survey;
}

/// Clips to learn from and to test with. Nothing is written yet.
struct Parting {
  std::vector<data::Item> items;
  data::Split split;
};

Parting part(const data::Survey& survey) {
  Parting result;
  std::vector<data::Item>& items = result.items;
  for (const data::ClipFacts& clip : survey.clips) items.push_back(clip.item);
  const data::Recordings recordings = data::recordings_by_name(items);
  result.split = data::stratified_split(items, recordings, kTestShare, kSplitSeed);
  for (const std::string& warning : result.split.warnings) base::log_warning(warning);
  if (const std::string told = data::describe(recordings); !told.empty()) base::log_info(told);
  if (recordings.num_unknown() > 0)
    base::log_warning(fmt::format(
        "the names of {} of {} clips do not tell what they were cut from, so that each counts as a recording of "
        "its own. Where several come from one, part them yourself: "
        "else the accuracy is too good to be true. With names like anna07.avi: gerund dataset "
        "split CLIPS PARTED --ratio 0.2 --group '^([a-z]+)[0-9]', then gerund train PARTED",
        recordings.num_unknown(), items.size()));
  return result;
}

void write_parts(const Parting& parting, const fs::path& root, const fs::path& folder, base::Progress& progress) {
  data::write_split(parting.items, parting.split, root, folder, data::Placing::link, progress);
  base::log_info(fmt::format("{} clips to learn from, {} to test with, by recording, in {}",
                             parting.split.count(data::Side::train), parting.split.count(data::Side::test),
                             folder.string()));
}

/// A results folder that has a run of a spec of one's own: clips would be put there that the run does not know.
void refuse_other_run(const fs::path& results, const fs::path& clips) {
  if (fs::exists(results / "train" / "last.safetensors") && !fs::exists(clips))
    throw base::UserError(
        fmt::format("{}: has a run of a spec, or of clips that were parted before; choose another folder with -r, "
                    "or go on with its spec: gerund train -e {} -r {}",
                    results.string(), (results / "train" / "experiment.yaml").string(), results.string()));
}

bool fits(const catalogue::Network& network, const spec::ModelSpec& model) {
  return network.model_type == model.model_type && network.input_type == model.input_type &&
         network.backbone == model.backbone && network.temporal == model.temporal && network.width == model.width;
}

/// Of the catalogue's networks that fit the one that knows most of the classes, the first among equals.
const catalogue::Entry* choose_start(const catalogue::Index& index, const spec::ModelSpec& model,
                                     const data::LabelMap& label_map) {
  const catalogue::Entry* best = nullptr;
  int64_t most = -1;
  for (const catalogue::Entry& entry : index.entries) {
    const int64_t shared = std::count_if(entry.classes.begin(), entry.classes.end(),
                                         [&](const std::string& label) { return label_map.contains(label); });
    if (!fits(entry.network, model) || shared <= most) continue;
    best = &entry;
    most = shared;
  }
  return best;
}

/// Training goes without where the catalogue cannot be had.
std::optional<train::Start> find_start(const spec::ModelSpec& model, const data::LabelMap& label_map,
                                       base::Progress& progress) {
  try {
    const catalogue::Catalogue catalogue = open_catalogue();
    const catalogue::Entry* entry = choose_start(catalogue.index(), model, label_map);
    if (entry == nullptr) return std::nullopt;
    return train::Start{catalogue.obtain(*entry, progress), fmt::format("{}", fmt::join(entry->classes, ", "))};
  } catch (const base::UserError& error) {
    base::log_warning(fmt::format("no weights to start from: {}", error.what()));
    return std::nullopt;
  }
}

}  // namespace

spec::Experiment plan_for_folder(const fs::path& root, SpecArguments line, bool strict) {
  if (line.results_dir.empty()) line.results_dir = "results";
  TerminalProgress progress;
  const std::optional<Folders> parts = given_parts(root);
  const data::LabelMap label_map = data::label_map_from_folders(parts ? parts->train : root);
  const data::Survey survey = look_through(parts ? parts->train : root, label_map, strict, progress);
  train::PlanOptions options;
  options.has_gpu = nets::sees_gpu();
  options.num_cores = base::num_cores();
  if (parts) options.least_clips = 2;  // Those to test with lie elsewhere.
  options.find_start = [&](const spec::ModelSpec& model) { return find_start(model, label_map, progress); };
  train::Plan plan = train::plan_training(survey, label_map, options);
  data::CheckOptions check;
  check.min_frames = plan.experiment.model.rgb_seq_length * plan.experiment.model.sample_rate;
  for (const std::string& advice : data::advice_on(data::check(survey, std::nullopt, check))) base::log_warning(advice);

  const fs::path folder = fs::path(line.results_dir) / "clips";
  const Folders used = parts.value_or(Folders{folder / "train", folder / "test"});
  const Parting parting = parts ? Parting{} : part(survey);
  const int64_t num_train = parts ? static_cast<int64_t>(survey.clips.size()) : parting.split.count(data::Side::train);
  train::plan_epochs(num_train, options, plan);
  for (const std::string& reason : plan.reasons) base::log_info(reason);
  if (const std::vector<std::string> changes = split_words(line.words).overrides; !changes.empty())
    base::log_info(fmt::format("That is the plan; you change it by: {}", fmt::join(changes, " ")));
  plan.experiment.dataset.train_dataset_dir = used.train.string();
  plan.experiment.dataset.val_dataset_dir = used.test.string();
  spec::Experiment experiment = load_training_experiment(line, spec::print_changes(plan.experiment));
  std::optional<std::string>& start = experiment.model.rgb_pretrained_model_path;
  const spec::ModelSpec &asked = experiment.model, &chosen = plan.experiment.model;
  const bool is_other = std::tie(asked.width, asked.backbone, asked.input_type) !=
                        std::tie(chosen.width, chosen.backbone, chosen.input_type);
  if (start && start == chosen.rgb_pretrained_model_path && is_other) {
    base::log_info(
        "The weights to start from are of another network (width, backbone or input): it starts from fresh ones");
    start.reset();
  }
  if (!parts) {  // Only now: a word that is refused leaves nothing behind.
    refuse_other_run(line.results_dir, folder);
    write_parts(parting, root, folder, progress);
  }
  return experiment;
}

}  // namespace gerund::cli
