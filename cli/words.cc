#include "cli/words.h"

#include <cctype>
#include <filesystem>

namespace gerund::cli {
namespace {

bool is_override(const std::string& word) {
  const size_t equals = word.find('=');
  std::error_code too_long;  // A label map may be longer than any file name.
  if (equals == std::string::npos || equals == 0 || std::filesystem::exists(word, too_long)) return false;
  const size_t slash = word.find('/', equals);  // "q=1/*.avi" where there is a folder q=1.
  if (slash != std::string::npos && std::filesystem::exists(word.substr(0, slash), too_long)) return false;
  const std::string key = word.substr(word[0] == '+' ? 1 : 0, equals - (word[0] == '+' ? 1 : 0));
  // A checkpoint's name has '=' as well (ar_model_epoch=9-val_loss=0.05.safetensors): a path that does not exist is
  // still a path.
  if (key == "ar_model_epoch") return false;
  for (char c : key) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '-' && c != ' ') return false;
  }
  return !key.empty();
}

}  // namespace

Words split_words(const std::vector<std::string>& words) {
  Words result;
  for (const std::string& word : words) (is_override(word) ? result.overrides : result.paths).push_back(word);
  return result;
}

}  // namespace gerund::cli
