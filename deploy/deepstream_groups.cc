#include "deploy/deepstream_groups.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/error.h"
#include "deploy/key_file.h"

namespace gerund::deploy {
namespace {

using spec::Value;

constexpr std::string_view kGroupStart = "group-";
constexpr std::string_view kRegionStart = "roi-params-src-";
constexpr double kLongest = 65536;
constexpr int64_t kAllSources = -1;

/// The number that follows `start` in `text`: 3 in "group-3".
std::optional<int64_t> number_after(std::string_view start, std::string_view text) {
  if (!text.starts_with(start)) return std::nullopt;
  text.remove_prefix(start.size());
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

/// One list of regions as it is written.
struct RegionLine {
  std::string key;
  int64_t source = 0;
  const Value* value = nullptr;
  std::vector<int64_t> numbers;  ///< left;top;width;height of each.
};

struct SourceGroup {
  std::vector<int64_t> src_ids;
  bool process_on_roi = false;
  bool draw_roi = true;
  int64_t interval = 0;
  std::vector<RegionLine> lines;  ///< In the order of the file.
};

const std::vector<IdleKeys>& idle_keys() {
  static const std::vector<IdleKeys> kIdle = {
      {"gerund deploy looks at pictures and regions, not at detected objects",
       {"process-on-all-objects", "operate-on-class-ids", "input-object-min-width", "input-object-min-height",
        "input-object-max-width", "input-object-max-height"}},
      {"regions are drawn in one colour", {"roi-color"}},
      {"gerund scales by itself", {"custom-input-transformation-function"}},
  };
  return kIdle;
}

/// The groups with their names, in the order of the file.
std::vector<const Value*> groups_of(const Value& file, KeyReader& reader) {
  std::vector<const Value*> groups;
  for (const spec::Entry& entry : file.entries) {
    if (entry.key == "property" || entry.key == "user-configs") continue;
    if (entry.key == "group" && entry.value.kind == Value::Kind::kList) {
      for (const Value& item : entry.value.items) groups.push_back(&item);
    } else if (entry.key == "group" || number_after(kGroupStart, entry.key)) {
      groups.push_back(&entry.value);
    } else {
      reader.warn(entry.value, "is no known group and ignored; known: property, user-configs, group-0, group-1, ...");
    }
  }
  return groups;
}

/// The keys of regions become fields like all others, each with its own list.
// clang-format off
std::vector<spec::Field> fields_of(SourceGroup& g) {
  using namespace spec;
  std::vector<Field> fields = {
      {"src-ids", &g.src_ids, at_least(kAllSources), "Sources of this group, from 0; -1: all. One in no group is shown and not looked at, one in two belongs to the first.", ""},
      {"process-on-roi", &g.process_on_roi, anything(), "0: whole pictures, whatever regions are given. Not given: 1 where there are regions. Its place in the file does not matter.", ""},
      {"draw-roi", &g.draw_roi, anything(), "`output.draw_regions`, of all groups: 0 in each of them draws none.", ""},
      {"interval", &g.interval, between(0, kLongest), "`window.interval`, one for all sources: the smallest.", ""},
  };
  for (RegionLine& line : g.lines)
    fields.push_back({line.key, &line.numbers, between(-kLongest, kLongest), "`sources[K].regions`: left;top;width;height of each in pixels of muxer-width x muxer-height, named 0, 1, ... Cut at the picture's edge with a warning; without area in it: refused. With `src-ids=-1` the first such key counts for all.", ""});
  return fields;
}
// clang-format on

SourceGroup read_group(const Value& group, KeyReader& reader) {
  using namespace spec;
  SourceGroup read;
  for (const Entry& entry : group.entries) {
    if (const std::optional<int64_t> source = number_after(kRegionStart, entry.key))
      read.lines.push_back({entry.key, *source, &entry.value, {}});
  }
  const std::vector<Field> fields = fields_of(read);
  read.process_on_roi = !read.lines.empty();
  reader.read(group, fields, idle_keys());
  if (!read.process_on_roi && !read.lines.empty())
    reader.warn(group, "has regions and process-on-roi=0: whole pictures are looked at; set 1 for the regions");
  return read;
}

struct Span {
  double start = 0;
  double length = 0;
};

/// The part of [start, start + length) in [0, size), as shares of `size`; length 0: nothing.
Span share_of(int64_t start, int64_t length, int64_t size) {
  const int64_t first = std::clamp<int64_t>(start, 0, size);
  const int64_t stop = std::clamp<int64_t>(start + length, first, size);
  const auto whole = static_cast<double>(size);
  return {static_cast<double>(first) / whole, static_cast<double>(stop - first) / whole};
}

std::vector<RegionConfig> regions_of(const RegionLine& line, const MuxerSize& muxer, KeyReader& reader) {
  const std::vector<int64_t>& n = line.numbers;
  if (n.empty() || n.size() % 4 != 0)
    fail(*line.value, fmt::format("has {} numbers; allowed: left;top;width;height of each region", n.size()));
  std::vector<RegionConfig> regions;
  for (size_t i = 0; i < n.size(); i += 4) {
    const std::string text = fmt::format("{}", fmt::join(std::span(n).subspan(i, 4), ";"));
    const Span x = share_of(n[i], n[i + 2], muxer.width);
    const Span y = share_of(n[i + 1], n[i + 3], muxer.height);
    if (x.length <= 0 || y.length <= 0)
      fail(*line.value, fmt::format("region {} ({}) has no area in the {} x {} picture of muxer-width and "
                                    "muxer-height; write left;top;width;height inside it",
                                    regions.size(), text, muxer.width, muxer.height));
    const bool is_cut = n[i] < 0 || n[i + 1] < 0 || n[i] + n[i + 2] > muxer.width || n[i + 1] + n[i + 3] > muxer.height;
    if (is_cut)
      reader.warn(*line.value, fmt::format("region {} ({}) is cut at the edge of the {} x {} picture", regions.size(),
                                           text, muxer.width, muxer.height));
    regions.push_back({std::to_string(regions.size()), x.start, y.start, x.length, y.length, false});
  }
  const RegionConfig& first = regions[0];
  const bool is_whole = first.x == 0 && first.y == 0 && first.width == 1 && first.height == 1;
  if (regions.size() == 1 && is_whole) regions.clear();
  return regions;
}

/// Gives sources to groups, first come first served.
class Assignment {
 public:
  Assignment(AppConfig& config, const MuxerSize& muxer, KeyReader& reader)
      : config_(config), muxer_(muxer), reader_(reader) {}

  void add(const Value& group, const SourceGroup& read) {
    const bool is_for_all = std::find(read.src_ids.begin(), read.src_ids.end(), kAllSources) != read.src_ids.end();
    if (!read.process_on_roi) {
      for (const int64_t source : is_for_all ? all_sources() : read.src_ids) give(group, source, {});
    } else if (is_for_all) {
      add_for_all(group, read);
    } else {
      for (const RegionLine& line : read.lines) add_line(group, line, read.src_ids);
      for (const int64_t source : read.src_ids) add_without_region(group, source, read);
    }
    if (is_used(group)) intervals_.insert(read.interval);
  }

  /// What is left to say and to do once all groups are known.
  void finish() {
    if (!absent_.empty())
      reader_.warn(fmt::format("groups speak of source {}, and uri-list has {} (0 to {}): ignored",
                               fmt::join(absent_, ", "), config_.sources.size(), config_.sources.size() - 1));
    std::vector<size_t> unwatched;
    for (size_t i = 0; i < config_.sources.size(); ++i) {
      config_.sources[i].is_watched = owners_.count(static_cast<int64_t>(i)) > 0;
      if (!config_.sources[i].is_watched) unwatched.push_back(i);
    }
    if (!unwatched.empty())
      reader_.warn(fmt::format("source{} {} {} in no group's src-ids: shown and not looked at",
                               unwatched.size() > 1 ? "s" : "", fmt::join(unwatched, ", "),
                               unwatched.size() > 1 ? "are" : "is"));
    if (intervals_.size() > 1)
      reader_.warn(fmt::format("groups have the intervals {}; gerund has one for all sources and takes {}",
                               fmt::join(intervals_, ", "), *intervals_.begin()));
    if (!intervals_.empty()) config_.window.interval = static_cast<int>(*intervals_.begin());
  }

 private:
  std::vector<int64_t> all_sources() const {
    std::vector<int64_t> all(config_.sources.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
    return all;
  }

  void add_for_all(const Value& group, const SourceGroup& read) {
    std::vector<RegionConfig> regions;
    if (!read.lines.empty()) regions = regions_of(read.lines[0], muxer_, reader_);
    for (const int64_t source : all_sources()) give(group, source, regions);
    if (read.lines.size() > 1)
      reader_.warn(*read.lines[1].value,
                   fmt::format("is not looked at: with src-ids=-1 all sources have {}", read.lines[0].key));
  }

  /// A group without src-ids has the sources that its regions name.
  void add_line(const Value& group, const RegionLine& line, const std::vector<int64_t>& src_ids) {
    if (!src_ids.empty() && std::find(src_ids.begin(), src_ids.end(), line.source) == src_ids.end()) {
      reader_.warn(*line.value, fmt::format("is not looked at: source {} is not in src-ids", line.source));
      return;
    }
    give(group, line.source, regions_of(line, muxer_, reader_));
  }

  void add_without_region(const Value& group, int64_t source, const SourceGroup& read) {
    const bool has_line = std::any_of(read.lines.begin(), read.lines.end(),
                                      [&](const RegionLine& line) { return line.source == source; });
    if (has_line) return;
    if (exists(source))
      reader_.warn(group, fmt::format("has no {}{}: the whole picture is looked at", kRegionStart, source));
    give(group, source, {});
  }

  bool exists(int64_t source) const { return source < static_cast<int64_t>(config_.sources.size()); }

  void give(const Value& group, int64_t source, std::vector<RegionConfig> regions) {
    if (!exists(source)) {
      absent_.insert(source);
      return;
    }
    const auto [owner, is_new] = owners_.emplace(source, &group);
    if (is_new) {
      config_.sources[static_cast<size_t>(source)].regions = std::move(regions);
    } else if (owner->second != &group) {
      reader_.warn(group,
                   fmt::format("has source {}, which {} has already: that one counts", source, owner->second->name));
    }
  }

  bool is_used(const Value& group) const {
    return std::any_of(owners_.begin(), owners_.end(), [&](const auto& owner) { return owner.second == &group; });
  }

  AppConfig& config_;
  const MuxerSize& muxer_;
  KeyReader& reader_;
  std::map<int64_t, const Value*> owners_;  ///< The group of each source.
  std::set<int64_t> absent_;
  std::set<int64_t> intervals_;
};

}  // namespace

std::string source_groups_reference() {
  SourceGroup group;
  group.lines.push_back({std::string(kRegionStart) + "K", 0, nullptr, {}});
  return fmt::format("### The preprocess file: `[group-0]`, `[group-1]`, ...\n\n{}",
                     key_table(fields_of(group), idle_keys()));
}

void read_source_groups(const Value& file, const MuxerSize& muxer, AppConfig& config, KeyReader& reader) {
  const std::vector<const Value*> groups = groups_of(file, reader);
  Assignment assignment(config, muxer, reader);
  bool any_draws = false, all_draw = true;
  for (const Value* group : groups) {
    const SourceGroup read = read_group(*group, reader);
    any_draws = any_draws || read.draw_roi;
    all_draw = all_draw && read.draw_roi;
    assignment.add(*group, read);
  }
  config.output.draw_regions = any_draws || groups.empty();
  if (any_draws && !all_draw)
    reader.warn("draw-roi: groups differ; gerund has one setting for all sources and draws regions");
  assignment.finish();
}

}  // namespace gerund::deploy
