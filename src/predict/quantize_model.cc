#include "predict/quantize_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/utf8.h"
#include "clip/recipe.h"
#include "data/probe.h"
#include "graph/metadata.h"
#include "graph/quantize.h"
#include "infer/engine.h"
#include "predict/inputs.h"
#include "score/classify.h"

namespace gerund::predict {
namespace {

namespace fs = std::filesystem;
using graph::ValueRange;
using nlohmann::json;

/// The range without the outermost ten-thousandth of the elements at either end. Throws UserError where one is not
/// finite.
ValueRange range_of(std::span<const float> elements) {
  if (!std::all_of(elements.begin(), elements.end(), [](float x) { return std::isfinite(x); }))
    throw base::UserError("the network's values are not finite (infinite or NaN); its weights are damaged");
  constexpr double kLeftOut = 1e-4;
  std::vector<float> sorted(elements.begin(), elements.end());
  const auto skipped = static_cast<int64_t>(kLeftOut * static_cast<double>(sorted.size()));
  const auto low = sorted.begin() + skipped, high = sorted.end() - 1 - skipped;
  std::nth_element(sorted.begin(), low, sorted.end());
  const float lowest = *low;
  std::nth_element(sorted.begin(), high, sorted.end());
  return {lowest, *high};
}

/// A network that notes the ranges of some of its values while it classifies.
///
/// Threads: run_all from any number of threads at once.
class ObservedEngine : public infer::Engine {
 public:
  ObservedEngine(graph::Model model, std::vector<std::string> values) : values_(std::move(values)) {
    for (const std::string& value : values_) model.outputs.push_back({value, {}});
    engine_ = infer::make_engine(std::move(model), {});
  }

  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    std::vector<tensor::Tensor> outputs = engine_->run_all(inputs);
    const size_t first = outputs.size() - values_.size();
    for (size_t i = 0; i < values_.size(); ++i) {
      const ValueRange seen = range_of(outputs[first + i].floats());
      std::lock_guard lock(mutex_);
      const auto [known, is_new] = ranges_.try_emplace(values_[i], seen);
      known->second = {std::min(known->second.low, seen.low), std::max(known->second.high, seen.high)};
    }
    outputs.resize(first);
    return outputs;
  }

  std::map<std::string, ValueRange> ranges() const {
    std::lock_guard lock(mutex_);
    return ranges_;
  }

 private:
  const std::vector<std::string> values_;
  std::unique_ptr<infer::Engine> engine_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, ValueRange> ranges_;  // Guarded by mutex_.
};

/// Clips to calibrate with; labelled where folders bear the names of labels.
struct Clips {
  std::vector<data::Item> items;
  bool has_labels = false;
};

Clips find_clips(const fs::path& folder, const std::vector<std::string>& labels) {
  Clips clips;
  clips.has_labels = std::any_of(labels.begin(), labels.end(),
                                 [&](const std::string& label) { return fs::is_directory(folder / label); });
  std::vector<data::Item> all;
  if (clips.has_labels) {
    data::Dataset dataset = data::scan_dataset(folder, data::label_map_of(labels));
    for (const std::string& warning : dataset.warnings) base::log_warning(warning);
    all = std::move(dataset.items);
  } else {
    all = find_inputs({folder.string()});
  }
  const size_t count = std::min(all.size(), kMaxCalibrationClips);
  for (size_t i = 0; i < count; ++i) clips.items.push_back(all[i * all.size() / count]);
  return clips;
}

/// The class named for each clip, by the clip's position.
std::map<int64_t, int64_t> answers_of(const score::Classified& classified) {
  std::map<int64_t, int64_t> answers;
  score::for_each_video(classified, [&](const std::vector<const score::ClipScores*>& views) {
    const std::vector<double> mean = score::average(views);
    answers[views.front()->item_index] = std::max_element(mean.begin(), mean.end()) - mean.begin();
  });
  return answers;
}

double share_right(const std::map<int64_t, int64_t>& answers, const std::vector<data::Item>& items) {
  const auto right = std::count_if(answers.begin(), answers.end(), [&](const auto& answer) {
    return items[static_cast<size_t>(answer.first)].class_index == answer.second;
  });
  return static_cast<double>(right) / static_cast<double>(answers.size());
}

void note_in_origin(QuantizedModel& quantized) {
  std::string& text = quantized.model.metadata[graph::kOriginKey];
  json origin = json::parse(text.empty() ? "{}" : text);
  json note = {{"weights", "int8"}, {"clips", quantized.clips}, {"agreement", quantized.agreement}};
  if (quantized.accuracy_before) note["accuracy_before"] = *quantized.accuracy_before;
  if (quantized.accuracy_after) note["accuracy_after"] = *quantized.accuracy_after;
  origin["quantization"] = note;
  text = base::json_text(origin);
}

}  // namespace

QuantizedModel quantize_model(const graph::Model& model, const fs::path& folder, base::Progress& progress) {
  const auto recipe_text = model.metadata.find(graph::kRecipeKey);
  if (recipe_text == model.metadata.end())
    throw base::UserError("the model has no recipe in its metadata; clips cannot be made for it");
  const clip::Recipes recipes = clip::recipes_from_json(recipe_text->second, model.name);
  const std::vector<std::string> labels = graph::labels_of(model, model.name);
  const Clips clips = find_clips(folder, labels);
  const data::Probed probed = data::probe(clips.items, {.inputs = recipes}, progress);
  if (!probed.broken.empty()) base::log_warning(data::describe_broken(probed.broken, clips.items.size()));

  score::ClassifyOptions options;
  options.title = "Calibrating";
  const ObservedEngine observed(model, graph::values_to_quantize(model));
  const auto classes = static_cast<int64_t>(labels.size());
  const score::Classified seen = classify(observed, probed.items, recipes, classes, options, progress);
  if (!seen.broken.empty()) base::log_warning(data::describe_broken(seen.broken, probed.items.size()));
  if (seen.clips.empty())
    throw base::UserError(fmt::format("{}: none of its clips can be decoded; give other clips", folder.string()));

  QuantizedModel result;
  result.model = graph::quantize(model, observed.ranges());
  options.title = "Checking int8";
  const auto engine = infer::make_engine(result.model, {});
  const score::Classified checked = classify(*engine, probed.items, recipes, classes, options, progress);
  const std::map<int64_t, int64_t> after = answers_of(checked);
  std::map<int64_t, int64_t> before = answers_of(seen);
  std::erase_if(before, [&](const auto& answer) { return !after.contains(answer.first); });  // Changed under our hands.
  if (before.size() != after.size() || before.empty())
    throw base::UserError(fmt::format("{}: its clips changed while they were read; export again", folder.string()));
  result.clips = static_cast<int64_t>(before.size());
  const auto same =
      std::count_if(before.begin(), before.end(), [&](const auto& one) { return after.at(one.first) == one.second; });
  result.agreement = static_cast<double>(same) / static_cast<double>(before.size());
  if (clips.has_labels) {
    result.accuracy_before = share_right(before, probed.items);
    result.accuracy_after = share_right(after, probed.items);
  }
  note_in_origin(result);
  return result;
}

std::string summary_of(const QuantizedModel& quantized) {
  std::string text = fmt::format("int8, calibrated on {} clips: {:.1f} % of them are named as before", quantized.clips,
                                 100 * quantized.agreement);
  if (quantized.accuracy_before && quantized.accuracy_after) {
    text += fmt::format("; accuracy on them {:.1f} % before, {:.1f} % after", 100 * *quantized.accuracy_before,
                        100 * *quantized.accuracy_after);
  }
  return text + ".";
}

}  // namespace gerund::predict
