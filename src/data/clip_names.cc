#include "data/clip_names.h"

#include <regex>

#include "media/frame_source.h"

namespace gerund::data {
namespace {

const std::regex& ucf101_pattern() {
  static const std::regex pattern(R"((v_(.+)_g\d+)_c\d+)");
  return pattern;
}

/// Visible part of the body, camera motion, number of people, viewpoint, quality, number of the clip.
const std::regex& hmdb51_pattern() {
  static const std::regex pattern(R"((.+)_[fhlu]_(?:cm|nm)_np\d+_(?:fr|ba|le|ri)_(?:goo|med|bad)_\d+)");
  return pattern;
}

const std::regex& kinetics_pattern() {
  static const std::regex pattern(R"((.{11})_\d{6}_\d{6})");
  return pattern;
}

}  // namespace

std::string clip_name(const std::filesystem::path& path) {
  return media::is_video_file(path) ? path.stem().string() : path.filename().string();
}

std::optional<std::string> ucf101_class(const std::string& name) {
  std::smatch match;
  if (!std::regex_match(name, match, ucf101_pattern())) return std::nullopt;
  return match[2];
}

std::optional<std::string> recording_of(const std::string& name, const std::string& label) {
  std::smatch match;
  if (std::regex_match(name, match, ucf101_pattern())) return match[1];
  if (std::regex_match(name, match, hmdb51_pattern())) {
    std::string recording = match[1];
    if (recording.ends_with("_" + label)) recording.resize(recording.size() - label.size() - 1);
    return recording;
  }
  if (std::regex_match(name, match, kinetics_pattern())) return match[1];
  return std::nullopt;
}

}  // namespace gerund::data
