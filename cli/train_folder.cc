#include "cli/train_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
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

/// What the user is told about the clips; the run's page repeats it.
class Advice {
 public:
  void say(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) base::log_warning(warning);
    said_.insert(said_.end(), warnings.begin(), warnings.end());
  }
  const std::vector<std::string>& said() const { return said_; }

 private:
  std::vector<std::string> said_;
};

data::Survey look_through(const fs::path& root, const data::LabelMap& label_map, bool strict, Advice& advice,
                          base::Progress& progress) {
  const data::Dataset dataset = data::scan_dataset(root, label_map);
  advice.say(dataset.warnings);
  data::SurveyOptions options;
  options.with_content = dataset.items.size() <= kMostToLookThrough;
  options.num_workers = base::num_cores();
  data::Survey survey = data::survey(dataset.items, options, progress);
  if (strict)
    for (const data::ClipFacts& clip : survey.clips)
      if (const auto missing = data::missing_end(clip.info)) survey.broken.push_back({clip.item.path, *missing});
  if (survey.clips.empty() || (strict && !survey.broken.empty()))
    throw base::UserError(data::describe_broken(survey.broken, dataset.items.size()));
  return survey;
}

/// Clips to learn from and to test with. Nothing is written yet.
struct Parting {
  std::vector<data::Item> items;
  data::Split split;
};

Parting part(const data::Survey& survey, Advice& advice) {
  Parting result;
  std::vector<data::Item>& items = result.items;
  std::vector<std::string> sums;
  for (const data::ClipFacts& clip : survey.clips) {
    items.push_back(clip.item);
    sums.push_back(clip.sha256);
  }
  data::Recordings recordings = data::recordings_by_name(items);
  if (const std::string told = data::describe(recordings); !told.empty()) base::log_info(told);
  recordings.join(sums);
  result.split = data::stratified_split(items, recordings, kTestShare, kSplitSeed);
  const size_t num_recordings = std::set(recordings.names.begin(), recordings.names.end()).size();
  for (const data::Side side : {data::Side::train, data::Side::test})
    if (result.split.count(side) == 0)
      throw base::UserError(fmt::format(
          "all {} clips come from {} recording{} by their names, which stay whole, so that none is left to {}: film "
          "more, at other times or of other people; or part the clips yourself into DATA_DIR/train and DATA_DIR/val, "
          "knowing that what is trained on one recording and tested with the same looks better than it is",
          items.size(), num_recordings, num_recordings == 1 ? "" : "s",
          side == data::Side::train ? "learn from" : "validate with"));
  advice.say(result.split.warnings);
  if (recordings.num_unknown() > 0)
    advice.say({fmt::format(
        "the names of {} of {} clips do not tell what they were cut from, so that each counts as a recording of "
        "its own. Where several come from one, part them yourself: "
        "else the accuracy is too good to be true. With names like anna07.avi: gerund dataset "
        "split CLIPS PARTED --ratio 0.2 --group '^([a-z]+)[0-9]', then gerund train PARTED",
        recordings.num_unknown(), items.size())});
  return result;
}

void write_parts(const Parting& parting, const fs::path& root, const fs::path& folder, base::Progress& progress) {
  base::make_folder(folder);
  data::write_split(parting.items, parting.split, root, folder, data::Placing::link, progress);
  base::log_info(
      fmt::format("{} clips to learn from, {} to validate with, whole recordings each, in {}. The latter "
                  "choose the best epoch: judge it by others (gerund evaluate)",
                  parting.split.count(data::Side::train), parting.split.count(data::Side::test), folder.string()));
}

/// A results folder that has a run of a spec of one's own: clips would be put there that the run does not know. Or a
/// run of other clips, which cannot go on with these.
void refuse_other_run(const Parting& parting, const fs::path& root, const fs::path& results, const fs::path& clips) {
  const bool has_run = fs::exists(results / "train" / "last.safetensors");
  if (has_run && !fs::exists(clips))
    throw base::UserError(
        fmt::format("{}: has a run of a spec, or of clips that were parted before; choose another folder with -r, "
                    "or go on with its spec: gerund train -e {} -r {}",
                    results.string(), (results / "train" / "spec.yaml").string(), results.string()));
  const data::Differences found = data::differences(parting.items, parting.split, clips);
  if (!found.strangers.empty() || (has_run && !found.missing.empty()))
    throw base::UserError(fmt::format(
        "{}: was made with other clips than {} has now ({}); choose another folder for them: gerund train {} -r {}2",
        results.string(), root.string(), (found.strangers.empty() ? found.missing : found.strangers).front().string(),
        root.string(), results.string()));
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

/// -r, else results_dir=DIR, else "results".
std::string results_of(const SpecArguments& line) {
  if (!line.results_dir.empty()) return line.results_dir;
  constexpr std::string_view kKey = "results_dir=";
  std::string results;
  for (const std::string& word : split_words(line.words).overrides)
    if (word.starts_with(kKey)) results = word.substr(kKey.size());
  return results.empty() ? "results" : results;
}

data::LabelMap classes_of(const fs::path& root) {
  data::LabelMap classes = data::label_map_from_folders(root);
  if (classes.size() > 1) return classes;
  for (const fs::path& entry : data::entries_of(root)) {
    if (!fs::is_directory(entry) || data::is_class_folder(entry)) continue;
    const std::vector<fs::path> inner = data::entries_of(entry);
    if (std::count_if(inner.begin(), inner.end(), data::is_class_folder) > 1)
      throw base::UserError(
          fmt::format("{}: has one class folder with clips, '{}', and folders of class folders, {} for "
                      "one; give one of them: gerund train {}",
                      root.string(), classes.begin()->first, entry.string(), entry.string()));
  }
  return classes;
}

/// Black clips teach nothing; the user was told of them.
data::Survey without_black(data::Survey survey) {
  std::erase_if(survey.clips, [](const data::ClipFacts& clip) { return clip.look && clip.look->is_black(); });
  return survey;
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

FolderPlan plan_for_folder(const fs::path& root, SpecArguments line, bool strict) {
  line.results_dir = results_of(line);
  TerminalProgress progress;
  Advice advice;
  const std::optional<Folders> parts = given_parts(root);
  const data::LabelMap label_map = classes_of(parts ? parts->train : root);
  const data::Survey seen = look_through(parts ? parts->train : root, label_map, strict, advice, progress);
  std::optional<data::Survey> tested;
  if (parts) tested = look_through(parts->test, label_map, strict, advice, progress);
  advice.say(data::advice_on(data::check(seen, tested, {})));
  const data::Survey survey = without_black(seen);
  train::PlanOptions options;
  options.has_gpu = nets::sees_gpu();
  options.num_cores = base::num_cores();
  if (parts) options.least_clips = 2;  // Those to validate with lie elsewhere.
  options.find_start = [&](const spec::ModelSpec& model) { return find_start(model, label_map, progress); };
  train::Plan plan = train::plan_training(survey, label_map, options);

  const fs::path folder = fs::path(line.results_dir) / "clips";
  const Folders used = parts.value_or(Folders{folder / "train", folder / "test"});
  const Parting parting = parts ? Parting{} : part(survey, advice);
  const int64_t num_train = parts ? static_cast<int64_t>(survey.clips.size()) : parting.split.count(data::Side::train);
  train::plan_epochs(num_train, options, plan);
  for (const std::string& reason : plan.reasons) base::log_info(reason);
  if (const std::vector<std::string> changes = split_words(line.words).overrides; !changes.empty())
    base::log_info(fmt::format("That is the plan; you change it by: {}", fmt::join(changes, " ")));
  // Absolute, so that the spec of the run makes it again from any folder.
  plan.experiment.dataset.train_dataset_dir = fs::absolute(used.train).string();
  plan.experiment.dataset.val_dataset_dir = fs::absolute(used.test).string();
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
    refuse_other_run(parting, root, line.results_dir, folder);
    write_parts(parting, root, folder, progress);
  }
  return {std::move(experiment), advice.said()};
}

}  // namespace gerund::cli
