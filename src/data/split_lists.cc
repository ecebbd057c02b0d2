// The official lists of HMDB51 and UCF101 (data/split.h).
#include <fmt/format.h>

#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/lower_case.h"
#include "data/clip_names.h"
#include "data/split.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

/// {class, name without extension}.
using ClipKey = std::pair<std::string, std::string>;

std::string without_extension(const std::string& name) {
  return fs::path(name).stem().string();
}

void check_number(int number) {
  if (number < 1 || number > 3)
    throw base::UserError(fmt::format("--split: there is no split {}; allowed: 1, 2, 3", number));
}

/// Calls `take(line number, words)` for every line that is not empty.
template <typename Take>
void read_lines(const fs::path& path, Take take) {
  std::istringstream lines(base::read_file(path));
  std::string line;
  for (int64_t number = 1; std::getline(lines, line); ++number) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (number == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    if (line.ends_with('\r')) line.pop_back();
    std::istringstream fields(line);
    std::vector<std::string> words;
    for (std::string word; fields >> word;) words.push_back(word);
    if (!words.empty()) take(number, words);
  }
}

[[noreturn]] void refuse_line(const fs::path& path, int64_t line, const std::string& wanted) {
  throw base::UserError(fmt::format("{}:{}: is not \"{}\"", path.string(), line, wanted));
}

/// `label_of`: an item's class as the lists write it.
template <typename LabelOf>
Split apply(const std::vector<Item>& items, const std::map<ClipKey, Side>& lists, const fs::path& folder,
            LabelOf label_of) {
  Split split;
  std::set<ClipKey> found;
  int64_t num_unlisted = 0;
  for (const Item& item : items) {
    const ClipKey key{label_of(item), clip_name(item.path)};
    const auto listed = lists.find(key);
    split.sides.push_back(listed == lists.end() ? Side::none : listed->second);
    if (listed == lists.end() && num_unlisted++ == 0)
      split.warnings.push_back(fmt::format("{}: is in no list, left out", item.path.string()));
    if (listed != lists.end()) found.insert(key);
  }
  if (found.empty())
    throw base::UserError(fmt::format("{}: none of its {} clips is in the data set", folder.string(), lists.size()));
  if (num_unlisted > 1) split.warnings.push_back(fmt::format("{} clips in all are in no list, left out", num_unlisted));
  if (found.size() < lists.size())
    split.warnings.push_back(
        fmt::format("{} of {} listed clips are not in the data set", lists.size() - found.size(), lists.size()));
  return split;
}

}  // namespace

Split hmdb51_split(const std::vector<Item>& items, const fs::path& folder, int number) {
  check_number(number);
  std::set<std::string> labels;
  for (const Item& item : items) labels.insert(item.label);
  std::map<ClipKey, Side> lists;
  for (const std::string& label : labels) {
    const fs::path path = folder / fmt::format("{}_test_split{}.txt", label, number);
    read_lines(path, [&](int64_t line, const std::vector<std::string>& words) {
      if (words.size() != 2 || words[1].size() != 1 || words[1] < "0" || words[1] > "2")
        refuse_line(path, line, "NAME.avi 0|1|2");
      const Side side = words[1] == "1" ? Side::train : words[1] == "2" ? Side::test : Side::none;
      lists[{label, without_extension(words[0])}] = side;
    });
  }
  return apply(items, lists, folder, [](const Item& item) { return item.label; });
}

Split ucf101_split(const std::vector<Item>& items, const fs::path& folder, int number) {
  check_number(number);
  std::map<ClipKey, Side> lists;
  for (const auto& [kind, side] : {std::pair{"train", Side::train}, std::pair{"test", Side::test}}) {
    const fs::path path = folder / fmt::format("{}list0{}.txt", kind, number);
    read_lines(path, [&, one_side = side](int64_t line, const std::vector<std::string>& words) {
      const fs::path clip = words[0];
      if (words.size() > 2 || clip.parent_path().empty()) refuse_line(path, line, "CLASS/NAME.avi");
      const ClipKey key{base::lower_case(clip.parent_path().filename().string()), clip.stem().string()};
      if (!lists.emplace(key, one_side).second)
        throw base::UserError(fmt::format("{}:{}: {} is listed twice", path.string(), line, words[0]));
    });
  }
  // Classes that the data set does not have say nothing about it.
  std::set<std::string> labels;
  for (const Item& item : items) labels.insert(base::lower_case(item.label));
  std::erase_if(lists, [&](const auto& listed) { return labels.count(listed.first.first) == 0; });
  // Its files write a class as HandStandPushups that its folders and lists write as HandstandPushups.
  return apply(items, lists, folder, [](const Item& item) { return base::lower_case(item.label); });
}

}  // namespace gerund::data
