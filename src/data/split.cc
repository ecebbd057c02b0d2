#include "data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/random.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

/// Decides recording by recording. The cost is the squared distance of every class from its share, in shares.
class Stratifier {
 public:
  Stratifier(const std::vector<Item>& items, const Recordings& recordings, double ratio) : ratio_(ratio) {
    for (size_t i = 0; i < items.size(); ++i) {
      const auto label = labels_.emplace(items[i].label, labels_.size()).first->second;
      const auto group = groups_.emplace(recordings.names[i], groups_.size()).first->second;
      group_of_.push_back(group);
      members_.resize(groups_.size());
      ++members_[group][label];
    }
    totals_.resize(labels_.size());
    for (const auto& counts : members_)
      for (const auto& [label, count] : counts) totals_[label] += count;
  }

  /// The best of some searches, each of which goes over the recordings in another order.
  void run(uint64_t seed) {
    base::Random random(seed);
    std::vector<bool> best;
    double least = 0;
    for (int i = 0; i < kSearches; ++i) {
      search(random.permutation(static_cast<int64_t>(members_.size())));
      double total = 0;
      for (size_t label = 0; label < totals_.size(); ++label) total += cost(label, in_test_[label]);
      if (best.empty() || total < least) {
        best = is_test_;
        least = total;
      }
    }
    is_test_ = best;
  }

  Side side(size_t item) const { return is_test_[group_of_[item]] ? Side::test : Side::train; }

 private:
  static constexpr int kSearches = 20;
  static constexpr int kMostRounds = 100;

  /// From nothing in the test, turns over one recording after the other as long as that brings the shares nearer.
  void search(const std::vector<int64_t>& order) {
    is_test_.assign(members_.size(), false);
    in_test_.assign(totals_.size(), 0);
    bool is_better = true;
    for (int round = 0; is_better && round < kMostRounds; ++round) {
      is_better = false;
      for (const int64_t at : order) is_better |= turn_over(static_cast<size_t>(at));
    }
  }

  bool turn_over(size_t group) {
    const int64_t sign = is_test_[group] ? -1 : 1;
    double change = 0;
    for (const auto& [label, count] : members_[group])
      change += cost(label, in_test_[label] + sign * count) - cost(label, in_test_[label]);
    if (change >= -1e-12) return false;
    for (const auto& [label, count] : members_[group]) in_test_[label] += sign * count;
    is_test_[group] = !is_test_[group];
    return true;
  }

  double cost(size_t label, int64_t num_test) const {
    const double off = static_cast<double>(num_test) / static_cast<double>(totals_[label]) - ratio_;
    const bool is_empty = num_test == 0 || num_test == totals_[label];  // Worse than any share.
    return off * off + (is_empty ? 1 : 0);
  }

  const double ratio_;
  std::map<std::string, size_t> labels_, groups_;
  std::vector<size_t> group_of_;                    // Of each item.
  std::vector<std::map<size_t, int64_t>> members_;  // Of each group: clips by class.
  std::vector<int64_t> totals_, in_test_;           // By class.
  std::vector<bool> is_test_;                       // Of each group.
};

void warn_of_empty_sides(const std::vector<Item>& items, Split& split) {
  std::map<std::string, std::pair<int64_t, int64_t>> counts;
  for (size_t i = 0; i < items.size(); ++i) {
    if (split.sides[i] == Side::train) ++counts[items[i].label].first;
    if (split.sides[i] == Side::test) ++counts[items[i].label].second;
  }
  for (const auto& [label, sides] : counts)
    if (sides.first == 0 || sides.second == 0)
      split.warnings.push_back(fmt::format("class {} has no clip to {}: it has too few recordings", label,
                                           sides.first == 0 ? "train on" : "test with"));
}

fs::path target_of(const Item& item, Side side) {
  return fs::path(side == Side::train ? "train" : "test") / item.label / item.path.filename();
}

}  // namespace

int64_t Split::count(Side side) const {
  return std::ranges::count(sides, side);
}

Split stratified_split(const std::vector<Item>& items, const Recordings& recordings, double test_ratio, uint64_t seed) {
  if (!(test_ratio > 0 && test_ratio < 1))
    throw base::UserError(fmt::format(
        "--ratio: {} is no share of clips to test with; more than 0 and less than 1, e.g. 0.2", test_ratio));
  Stratifier stratifier(items, recordings, test_ratio);
  stratifier.run(seed);
  Split split;
  for (size_t i = 0; i < items.size(); ++i) split.sides.push_back(stratifier.side(i));
  warn_of_empty_sides(items, split);
  return split;
}

Differences differences(const std::vector<Item>& items, const Split& split, const fs::path& folder) {
  std::set<fs::path> wanted, there;
  for (size_t i = 0; i < items.size(); ++i)
    if (split.sides[i] != Side::none) wanted.insert(target_of(items[i], split.sides[i]));
  for (const char* side : {"train", "test"}) {
    if (!fs::is_directory(folder / side)) continue;
    for (const fs::path& label : entries_of(folder / side)) {
      if (!fs::is_directory(label)) continue;
      for (const fs::path& clip : entries_of(label))
        if (is_clip(clip)) there.insert(clip.lexically_relative(folder));
    }
  }
  Differences found;
  for (const fs::path& clip : there)
    if (!wanted.contains(clip)) found.strangers.push_back(folder / clip);
  for (const fs::path& clip : wanted)
    if (!there.contains(clip)) found.missing.push_back(folder / clip);
  return found;
}

void write_split(const std::vector<Item>& items, const Split& split, const fs::path& root, const fs::path& folder,
                 Placing placing, base::Progress& progress) {
  check_lies_elsewhere(folder, root);
  if (const Differences found = differences(items, split, folder); !found.strangers.empty())
    throw base::UserError(
        fmt::format("{}: is there already, and this split does not put it there; choose another folder or remove this "
                    "one",
                    found.strangers.front().string()));
  std::vector<Placement> clips;
  for (size_t i = 0; i < items.size(); ++i)
    if (split.sides[i] != Side::none) clips.push_back({items[i].path, target_of(items[i], split.sides[i])});
  place_all(clips, folder, placing, progress);
}

}  // namespace gerund::data
