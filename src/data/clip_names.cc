#include "data/clip_names.h"

#include <algorithm>
#include <cctype>
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

/// In small letters, every run of other marks than letters and digits as one '_'.
std::string plain(const std::string& name) {
  std::string result;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!result.empty() && result.back() != '_') {
      result += '_';
    }
  }
  if (result.ends_with('_')) result.pop_back();
  return result;
}

/// "person3" of "walk_person_03_b"; codes like S001C001P003R001A001 tell the person by P.
std::optional<std::string> by_word(const std::string& name) {
  static const std::regex word(
      "(?:^|_|[0-9])(person|subject|subj|sub|actor|participant|patient|performer|volunteer|player|user|"
      "recording|session|sequence|seq|scene|video|vid|group|grp)_?0*([0-9]+)(?:_|$|[a-z])");
  static const std::regex code("(?:[a-z]{1,2}[0-9]+){2,}");
  static const std::regex person("(?:^|[0-9])p0*([0-9]+)(?:$|[a-z])");
  std::smatch match;
  if (std::regex_search(name, match, word)) return match[1].str() + match[2].str();
  if (std::regex_match(name, code) && std::regex_search(name, match, person)) return "person" + match[1].str();
  return std::nullopt;
}

/// Where `label` stands in `name` as whole words; npos: nowhere.
size_t find_words(const std::string& name, const std::string& label) {
  const auto is_end = [&](size_t at) {
    return at >= name.size() || name[at] == '_' || std::isdigit(static_cast<unsigned char>(name[at])) != 0;
  };
  for (size_t at = name.find(label); at != std::string::npos; at = name.find(label, at + 1))
    if ((at == 0 || name[at - 1] == '_') && is_end(at + label.size())) return at;
  return std::string::npos;
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

std::optional<LikelyRecording> likely_recording_of(const std::string& name, const std::string& label) {
  const std::string text = plain(name), its_class = plain(label);
  if (const std::optional<std::string> told = by_word(text)) return LikelyRecording{*told, true};
  static const std::regex piece("(.+?)_(?:clip|part|seg|segment|chunk|cut|piece)_?[0-9]+");
  std::smatch match;
  if (std::regex_match(text, match, piece) && match[1] != its_class) return LikelyRecording{match[1], true};
  if (its_class.empty()) return std::nullopt;
  const size_t at = find_words(text, its_class);
  if (at == std::string::npos) return std::nullopt;
  if (at > 0) return LikelyRecording{text.substr(0, at - 1), false};
  static const std::regex numbers("_?([0-9]+)_[0-9]+");
  const std::string rest = text.substr(its_class.size());
  if (std::regex_match(rest, match, numbers)) return LikelyRecording{match[1], false};
  return std::nullopt;
}

std::string without_copy_mark(const std::string& name, const std::string& label) {
  static const std::regex mark("(.+)[-_. ](mirror|mirrored|flip|flipped|hflip|aug|augmented|copy)[-_. ]?[0-9]*",
                               std::regex::icase);
  std::smatch match;
  if (!std::regex_match(name, match, mark)) return name;
  return find_words(plain(label), plain(match[2])) == std::string::npos ? match[1].str() : name;
}

}  // namespace gerund::data
