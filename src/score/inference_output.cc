#include "score/inference_output.h"

#include <fmt/format.h>

#include "infer/softmax.h"

namespace gerund::score {
namespace {

/// The text as one line: what would break it, or steer a terminal, is written as Python's repr() does (\\n, \\x1b).
std::string one_line(const std::string& text) {
  std::string line;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      line += "\\n";
    else if (c == '\r')
      line += "\\r";
    else if (c == '\t')
      line += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      line += fmt::format("\\x{:02x}", byte);
    else
      line += c;
  }
  return line;
}

/// The text as Python's repr() prints it: single quotes unless the text holds one and no double quote.
std::string python_quoted(const std::string& text) {
  const bool has_single = text.find('\'') != std::string::npos;
  const char quote = has_single && text.find('"') == std::string::npos ? '"' : '\'';
  std::string quoted;
  for (char c : text) {
    if (c == quote || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quote + one_line(quoted) + quote;
}

}  // namespace

std::string inference_lines(const Inference& inference) {
  std::string text;
  for_each_video(inference.classified, [&](const std::vector<const ClipScores*>& clips) {
    std::string labels;
    for (const ClipScores* clip : clips)
      labels += (labels.empty() ? "" : ", ") +
                python_quoted(inference.labels.at(static_cast<size_t>(infer::argmax(clip->probabilities))));
    const auto& path = inference.items.at(static_cast<size_t>(clips.front()->item_index)).path;
    text += fmt::format("{} : [{}]\n", one_line(path.string()), labels);
  });
  return text;
}

}  // namespace gerund::score
