#include "score/inference_output.h"

#include <fmt/format.h>

#include "infer/softmax.h"

namespace gerund::score {
namespace {

/// The text as Python's repr() prints it: single quotes unless the text holds one and no double quote.
std::string python_quoted(const std::string& text) {
  const bool has_single = text.find('\'') != std::string::npos;
  const char quote = has_single && text.find('"') == std::string::npos ? '"' : '\'';
  std::string quoted(1, quote);
  for (char c : text) {
    if (c == quote || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + quote;
}

}  // namespace

std::string inference_lines(const Inference& inference) {
  std::string text;
  for_each_video(inference.classified, [&](const std::vector<const ClipScores*>& clips) {
    std::string labels;
    for (const ClipScores* clip : clips)
      labels += (labels.empty() ? "" : ", ") +
                python_quoted(inference.labels.at(static_cast<size_t>(infer::argmax(clip->probabilities))));
    text += fmt::format("{} : [{}]\n", inference.items.at(static_cast<size_t>(clips.front()->item_index)).path.string(),
                        labels);
  });
  return text;
}

}  // namespace gerund::score
