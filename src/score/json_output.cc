// The JSON forms of report.h and inference_output.h.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "infer/softmax.h"
#include "score/inference_output.h"
#include "score/report.h"

namespace gerund::score {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) {
  return std::round(value * 1e6) / 1e6;
}

std::vector<double> rounded(std::vector<double> values) {
  for (double& value : values) value = rounded(value);
  return values;
}

std::string dumped(const Json& document) {
  return base::json_text(document, 2) + "\n";
}

Json broken_json(const std::vector<data::Broken>& broken) {
  Json list = Json::array();
  for (const data::Broken& clip : broken) list.push_back({{"path", clip.path.string()}, {"reason", clip.reason}});
  return list;
}

Json confusion_json(const Confusion& confusion) {
  Json rows = Json::array();
  for (int64_t row = 0; row < confusion.num_classes(); ++row) {
    Json counts = Json::array();
    for (int64_t column = 0; column < confusion.num_classes(); ++column) counts.push_back(confusion.count(row, column));
    rows.push_back(std::move(counts));
  }
  return rows;
}

Json per_class_json(const Evaluation& evaluation) {
  Json list = Json::array();
  for (int64_t i = 0; i < evaluation.confusion.num_classes(); ++i) {
    const ClassFigures figures = evaluation.confusion.figures(i);
    list.push_back({{"label", evaluation.labels.at(static_cast<size_t>(i))},
                    {"num_samples", figures.num_samples},
                    {"num_correct", figures.num_correct},
                    {"accuracy", figures.recall},
                    {"precision", figures.precision},
                    {"recall", figures.recall},
                    {"f1", figures.f1}});
  }
  return list;
}

Json top_k_json(const Evaluation& evaluation) {
  Json shares = Json::object();
  for (int64_t k : {1, 5})
    if (k <= evaluation.confusion.num_classes()) shares[std::to_string(k)] = evaluation.top_k(k);
  return shares;
}

/// One entry per sample: per video, or per clip with "clip" for View::all.
Json videos_json(const Evaluation& evaluation) {
  Json list = Json::array();
  for (const SampleResult& sample : evaluation.samples) {
    Json entry = {{"path", sample.path.string()}};
    if (evaluation.view == clip::View::all) entry["clip"] = sample.clip_index;
    entry["label"] = evaluation.labels.at(static_cast<size_t>(sample.label));
    entry["prediction"] = evaluation.labels.at(static_cast<size_t>(sample.prediction));
    entry["probabilities"] = rounded(sample.probabilities);
    list.push_back(std::move(entry));
  }
  return list;
}

Json answer_json(const Inference& inference, const std::vector<double>& probabilities) {
  const auto best = static_cast<size_t>(infer::argmax(probabilities));
  return {{"label", inference.labels.at(best)},
          {"score", rounded(probabilities[best])},
          {"probabilities", rounded(probabilities)}};
}

}  // namespace

std::string results_json(const Evaluation& evaluation) {
  return dumped({{"schema", "gerund.results/1"},
                 {"model", evaluation.model},
                 {"dataset", evaluation.dataset},
                 {"view", view_name(evaluation.view)},
                 {"num_samples", evaluation.samples.size()},
                 {"accuracy", evaluation.confusion.accuracy()},
                 {"class_average_accuracy", evaluation.confusion.class_average_accuracy()},
                 {"top_k", top_k_json(evaluation)},
                 {"loss", evaluation.loss},
                 {"labels", evaluation.labels},
                 {"confusion_matrix", confusion_json(evaluation.confusion)},
                 {"per_class", per_class_json(evaluation)},
                 {"videos", videos_json(evaluation)},
                 {"broken", broken_json(evaluation.broken)}});
}

std::string inference_json(const Inference& inference) {
  Json videos = Json::array();
  for_each_video(inference.classified, [&](const std::vector<const ClipScores*>& clips) {
    const auto& item = inference.items.at(static_cast<size_t>(clips.front()->item_index));
    Json video = {{"path", item.path.string()}};
    video.update(answer_json(inference, average(clips)));
    video["clips"] = Json::array();
    for (const ClipScores* clip : clips) video["clips"].push_back(answer_json(inference, clip->probabilities));
    videos.push_back(std::move(video));
  });
  return dumped({{"schema", "gerund.inference/1"},
                 {"model", inference.model},
                 {"view", view_name(inference.view)},
                 {"labels", inference.labels},
                 {"videos", std::move(videos)},
                 {"broken", broken_json(inference.classified.broken)}});
}

}  // namespace gerund::score
