#include "score/classify.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/interrupt.h"
#include "data/stack.h"
#include "data/views.h"
#include "infer/softmax.h"

namespace gerund::score {
namespace {

/// Gathers clips of one shape until a batch is full and runs them.
class Batcher {
 public:
  Batcher(const infer::Engine& engine, const std::vector<data::Item>& items, int64_t num_classes,
          const ClassifyOptions& options)
      : engine_(engine), items_(items), num_classes_(num_classes), options_(options) {}

  /// `clip`: for each input of the network.
  void push(std::vector<tensor::Tensor> clip, int64_t item_index) {
    waiting_.resize(clip.size());
    for (size_t i = 0; i < clip.size(); ++i)
      if (!waiting_[i].empty() && waiting_[i].front().shape() != clip[i].shape()) flush();
    for (size_t i = 0; i < clip.size(); ++i) waiting_[i].push_back(std::move(clip[i]));
    item_indices_.push_back(item_index);
    if (static_cast<int64_t>(item_indices_.size()) == options_.batch_size) flush();
  }

  void flush() {
    if (item_indices_.empty()) return;
    std::vector<tensor::Tensor> inputs;
    for (std::vector<tensor::Tensor>& clips : waiting_) {
      inputs.push_back(data::stack(clips));
      clips.clear();
    }
    std::vector<std::string> names;
    for (const int64_t item : item_indices_) names.push_back(items_[static_cast<size_t>(item)].path.string());
    std::vector<std::vector<double>> rows =
        infer::class_probabilities(engine_.run_all(inputs).front(), names, num_classes_, options_.gives_probabilities);
    for (size_t i = 0; i < rows.size(); ++i) scores_.push_back({item_indices_[i], std::move(rows[i])});
    item_indices_.clear();
  }

  std::vector<ClipScores> take() {
    flush();
    return std::move(scores_);
  }

 private:
  const infer::Engine& engine_;
  const std::vector<data::Item>& items_;
  const int64_t num_classes_;
  const ClassifyOptions& options_;
  std::vector<std::vector<tensor::Tensor>> waiting_;  // For each input, of the clips that item_indices_ names.
  std::vector<int64_t> item_indices_;
  std::vector<ClipScores> scores_;
};

void note_broken(const data::Broken& broken, bool strict, std::vector<data::Broken>& list) {
  if (strict)
    throw base::UserError(fmt::format("{}: {}; mend or remove it, or leave --strict out to skip it",
                                      broken.path.string(), broken.reason));
  if (list.empty() || list.back().path != broken.path) list.push_back(broken);
}

/// A long video comes in parts: one that broke in a later part leaves no answers of the earlier ones.
void drop_broken(const std::vector<data::Item>& items, Classified& classified) {
  std::erase_if(classified.clips, [&](const ClipScores& clip) {
    const auto& path = items[static_cast<size_t>(clip.item_index)].path;
    return std::any_of(classified.broken.begin(), classified.broken.end(),
                       [&](const data::Broken& broken) { return broken.path == path; });
  });
}

}  // namespace

Classified classify(const infer::Engine& engine, const std::vector<data::Item>& items, const clip::Recipes& recipes,
                    int64_t num_classes, const ClassifyOptions& options, base::Progress& progress) {
  if (options.batch_size < 1)
    throw base::UserError(fmt::format("batch_size: is {}; allowed is 1 or more", options.batch_size));
  data::ViewLoader loader(items, recipes, {options.view, options.num_segments, options.num_workers, options.cache});
  Batcher batcher(engine, items, num_classes, options);
  Classified classified;
  progress.start(options.title, static_cast<int64_t>(items.size()), "video");
  while (auto part = loader.next()) {
    if (base::interrupted()) throw base::Interrupted("stopped while the network ran over the clips");
    if (part->broken) note_broken(*part->broken, options.strict, classified.broken);
    for (std::vector<tensor::Tensor>& clip : part->clips) batcher.push(std::move(clip), part->item_index);
    if (part->last) progress.update(part->item_index + 1);
  }
  classified.clips = batcher.take();
  progress.finish();
  if (!classified.broken.empty()) drop_broken(items, classified);
  return classified;
}

std::vector<double> average(const std::vector<const ClipScores*>& clips) {
  if (clips.empty()) throw base::InternalError("average: no clips");
  std::vector<double> mean(clips.front()->probabilities.size());
  for (const ClipScores* clip : clips)
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += clip->probabilities[i];
  for (double& value : mean) value /= static_cast<double>(clips.size());
  return mean;
}

}  // namespace gerund::score
