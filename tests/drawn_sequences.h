// tests/drawn_sequences.h - reads docs/images/sequences.txt, of which the pictures of docs/sequences.md are drawn.
#pragma once

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"

namespace gerund {

/// "0-3,5" as {0, 1, 2, 3, 5}.
inline std::vector<int64_t> numbers_in(const std::string& text) {
  std::vector<int64_t> numbers;
  std::istringstream items(text);
  for (std::string item; std::getline(items, item, ',');) {
    const size_t dash = item.find('-');
    const int64_t first = std::stoll(item);
    const int64_t last = dash == std::string::npos ? first : std::stoll(item.substr(dash + 1));
    for (int64_t number = first; number <= last; ++number) numbers.push_back(number);
  }
  return numbers;
}

/// "0-3;2-5" as two lists.
inline std::vector<std::vector<int64_t>> lists_in(const std::string& text) {
  std::vector<std::vector<int64_t>> lists;
  std::istringstream items(text);
  for (std::string item; std::getline(items, item, ';');) lists.push_back(numbers_in(item));
  return lists;
}

/// One line of the file: its name and its key=value words.
struct DrawnLine {
  std::string name;
  std::map<std::string, std::string> values;

  bool has(const std::string& key) const { return values.count(key) > 0; }
  std::string text(const std::string& key, const std::string& otherwise) const {
    return has(key) ? values.at(key) : otherwise;
  }
  double number(const std::string& key, double otherwise) const {
    return has(key) ? std::stod(values.at(key)) : otherwise;
  }
  int integer(const std::string& key, int otherwise) const { return has(key) ? std::stoi(values.at(key)) : otherwise; }
};

/// The lines that begin with `kind`: "window" or "clip".
inline std::vector<DrawnLine> drawn_lines(const std::string& kind) {
  std::istringstream file(base::read_file(std::string(GERUND_SOURCE_DIR) + "/docs/images/sequences.txt"));
  std::vector<DrawnLine> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word != kind) continue;
    DrawnLine& drawn = lines.emplace_back();
    words >> drawn.name;
    while (words >> word) drawn.values[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  return lines;
}

}  // namespace gerund
