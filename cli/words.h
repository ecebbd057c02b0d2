// cli/words.h - the words of a line that belong to no option.
#pragma once

#include <string>
#include <vector>

namespace gerund::cli {

/// The words of a line, told apart: "a.b=value" whose part before the first '=' is a key and that is no existing file
/// is an override.
struct Words {
  std::vector<std::string> paths;
  std::vector<std::string> overrides;
};
Words split_words(const std::vector<std::string>& words);

}  // namespace gerund::cli
