#include "score/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "infer/softmax.h"

namespace gerund::score {
namespace {

std::vector<SampleResult> samples_of(const Classified& classified, const std::vector<data::Item>& items,
                                     clip::View view) {
  std::vector<SampleResult> samples;
  for_each_video(classified, [&](const std::vector<const ClipScores*>& clips) {
    const data::Item& item = items[static_cast<size_t>(clips.front()->item_index)];
    if (view != clip::View::all) {
      samples.push_back(sample_of(item.path, item.class_index, average(clips)));
      return;
    }
    for (size_t i = 0; i < clips.size(); ++i) {
      samples.push_back(sample_of(item.path, item.class_index, clips[i]->probabilities));
      samples.back().clip_index = static_cast<int64_t>(i);
    }
  });
  return samples;
}

}  // namespace

double Evaluation::top_k(int64_t k) const {
  if (samples.empty()) return 0;
  const auto hits = std::count_if(samples.begin(), samples.end(), [k](const SampleResult& sample) {
    return in_top_k(sample.probabilities, sample.label, k);
  });
  return static_cast<double>(hits) / static_cast<double>(samples.size());
}

SampleResult sample_of(std::filesystem::path path, int64_t label, std::vector<double> probabilities) {
  const int64_t prediction = infer::argmax(probabilities);
  return {std::move(path), 0, label, prediction, std::move(probabilities)};
}

Evaluation evaluation_of(std::vector<SampleResult> samples, std::vector<data::Broken> broken, size_t num_clips,
                         const std::vector<std::string>& labels) {
  if (samples.empty())
    throw base::UserError(data::describe_broken(broken, num_clips) + "\nnothing is left to evaluate");
  Evaluation evaluation;
  evaluation.labels = labels;
  evaluation.confusion = Confusion(static_cast<int64_t>(labels.size()));
  evaluation.samples = std::move(samples);
  evaluation.broken = std::move(broken);
  for (const SampleResult& sample : evaluation.samples) {
    evaluation.confusion.add(sample.label, sample.prediction);
    evaluation.loss += infer::cross_entropy(sample.probabilities, sample.label);
  }
  evaluation.loss /= static_cast<double>(evaluation.samples.size());
  return evaluation;
}

Samples find_samples(const infer::Engine& engine, const data::Probed& clips, const clip::Recipes& recipes,
                     int64_t num_classes, const ClassifyOptions& options, base::Progress& progress) {
  Classified classified = classify(engine, clips.items, recipes, num_classes, options, progress);
  Samples found{samples_of(classified, clips.items, options.view), clips.broken};
  found.broken.insert(found.broken.end(), classified.broken.begin(), classified.broken.end());
  return found;
}

Evaluation evaluate(const infer::Engine& engine, const data::Probed& clips, const clip::Recipes& recipes,
                    const std::vector<std::string>& labels, const ClassifyOptions& options, base::Progress& progress) {
  Samples found = find_samples(engine, clips, recipes, static_cast<int64_t>(labels.size()), options, progress);
  Evaluation evaluation = evaluation_of(std::move(found.samples), std::move(found.broken),
                                        clips.items.size() + clips.broken.size(), labels);
  evaluation.view = options.view;
  return evaluation;
}

std::string view_name(clip::View view) {
  switch (view) {
    case clip::View::center:
      return "center";
    case clip::View::conv:
      return "conv";
    case clip::View::all:
      return "all";
  }
  throw base::InternalError("view_name: no such view");
}

clip::View view_from_name(const std::string& name, const std::string& key) {
  for (clip::View view : {clip::View::center, clip::View::conv, clip::View::all})
    if (name == view_name(view)) return view;
  throw base::UserError(fmt::format("{}: is \"{}\"; allowed are center, conv, all", key, name));
}

}  // namespace gerund::score
