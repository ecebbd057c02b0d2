// The CSV forms (RFC 4180 fields, lines end with a line feed) of report.h and inference_output.h.
#include <fmt/format.h>

#include "base/csv.h"
#include "infer/softmax.h"
#include "score/inference_output.h"
#include "score/report.h"

namespace gerund::score {
namespace {

using base::csv_field;

std::string inference_row(const Inference& inference, const ClipScores& clip, size_t clip_index) {
  const auto best = static_cast<size_t>(infer::argmax(clip.probabilities));
  const std::string path = inference.items.at(static_cast<size_t>(clip.item_index)).path.string();
  std::string row = fmt::format("{},{},{},{:.6f}", csv_field(path), clip_index, csv_field(inference.labels.at(best)),
                                clip.probabilities[best]);
  for (double probability : clip.probabilities) row += fmt::format(",{:.6f}", probability);
  return row + "\n";
}

}  // namespace

std::string confusion_csv(const Evaluation& evaluation) {
  std::string text = "true\\predicted";
  for (const std::string& label : evaluation.labels) text += fmt::format(",{}", csv_field(label));
  text += "\n";
  for (int64_t row = 0; row < evaluation.confusion.num_classes(); ++row) {
    text += csv_field(evaluation.labels.at(static_cast<size_t>(row)));
    for (int64_t column = 0; column < evaluation.confusion.num_classes(); ++column)
      text += fmt::format(",{}", evaluation.confusion.count(row, column));
    text += "\n";
  }
  return text;
}

std::string inference_csv(const Inference& inference) {
  std::string text = "path,clip,label,score";
  for (const std::string& label : inference.labels) text += fmt::format(",{}", csv_field(label));
  text += "\n";
  for_each_video(inference.classified, [&](const std::vector<const ClipScores*>& clips) {
    for (size_t i = 0; i < clips.size(); ++i) text += inference_row(inference, *clips[i], i);
  });
  return text;
}

}  // namespace gerund::score
