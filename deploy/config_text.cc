#include "deploy/config_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"

namespace gerund::deploy {
namespace {

constexpr size_t kMostBytes = 1 << 20;

/// UTF-8 without NUL, which later goes into JSON and onto the screen as it is.
bool is_text(const std::string& bytes) {
  return bytes.find('\0') == std::string::npos && base::is_utf8(bytes);
}

/// Comments of another encoding say nothing here: their strange bytes become '?', and no line is lost.
std::string with_plain_comments(std::string text) {
  bool is_comment = false, is_at_start = true;
  for (char& c : text) {
    if (c == '\n') {
      is_comment = false;
      is_at_start = true;
    } else if (is_at_start && c != ' ' && c != '\t') {
      is_comment = c == '#' || c == ';';
      is_at_start = false;
    }
    if (is_comment && static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// The text with every ${NAME} replaced; `value` is where it stands.
std::string expanded(const spec::Value& value) {
  const std::string& text = value.text;
  std::string result;
  size_t at = 0;
  for (size_t open = text.find("${"); open != std::string::npos; open = text.find("${", at)) {
    size_t first_slash = open;
    while (first_slash > at && text[first_slash - 1] == '\\') --first_slash;
    const size_t num_slashes = open - first_slash;
    result += text.substr(at, first_slash - at) + std::string(num_slashes / 2, '\\');
    if (num_slashes % 2 == 1) {
      result += "${";
      at = open + 2;
      continue;
    }
    const size_t close = text.find('}', open);
    if (close == std::string::npos) spec::fail(value, fmt::format("{} has a ${{ without its }}", describe(value)));
    const std::string variable = text.substr(open + 2, close - open - 2);
    const char* found = std::getenv(variable.c_str());
    if (found == nullptr)
      spec::fail(value, fmt::format("the environment has no '{}'; export it, or write the value itself",
                                    spec::excerpt(variable)));
    result += found;
    at = close + 1;
  }
  return result + text.substr(at);
}

}  // namespace

std::string read_config_text(const std::filesystem::path& path) {
  std::error_code failed;
  const uintmax_t num_bytes = std::filesystem::file_size(path, failed);
  if (!failed && num_bytes > kMostBytes)
    throw base::UserError(
        fmt::format("{}: has {} bytes; a configuration has at most {}", path.string(), num_bytes, kMostBytes));
  std::string text = base::read_file(path);
  if (!is_text(text)) text = with_plain_comments(std::move(text));
  if (!is_text(text)) throw base::UserError(fmt::format("{}: is not UTF-8 text; save it as UTF-8", path.string()));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

FoundFile find_file(const std::string& named, const std::filesystem::path& folder) {
  const std::filesystem::path beside = (folder / named).lexically_normal();
  if (is_there(beside)) return {beside, true, false};
  if (std::filesystem::path(named).is_relative() && is_there(named))
    return {std::filesystem::path(named).lexically_normal(), true, true};
  return {beside, false, false};
}

bool is_relative_path(const std::string& uri) {
  if (uri.empty() || uri[0] == '/') return false;
  const auto is_scheme_letter = [](char byte) {
    return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '+' || byte == '-' || byte == '.';
  };
  const auto end = std::find_if_not(uri.begin(), uri.end(), is_scheme_letter);
  return end == uri.end() || *end != ':' || end - uri.begin() < 2;
}

spec::Value expand_environment(const spec::Value& value) {
  spec::Value result = value;
  if (value.kind == spec::Value::Kind::kScalar && value.text.find("${") != std::string::npos)
    result.text = expanded(value);
  for (spec::Value& item : result.items) item = expand_environment(item);
  for (spec::Entry& entry : result.entries) entry.value = expand_environment(entry.value);
  return result;
}

}  // namespace gerund::deploy
