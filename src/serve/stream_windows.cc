#include "serve/stream_windows.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"
#include "clip/assemble.h"

namespace gerund::serve {
namespace {

/// What of the regions lies within the frame, the first of each key.
std::vector<Region> visible_once(std::span<const Region> regions, int width, int height) {
  std::vector<Region> visible;
  std::set<RegionKey> keys;
  for (const Region& region : regions) {
    const clip::Rectangle box = clamp_to_frame(region.box, width, height);
    if (box.width > 0 && box.height > 0 && keys.insert(region.key).second) visible.push_back({region.key, box});
  }
  return visible;
}

}  // namespace

StreamWindows::StreamWindows(clip::Recipe recipe, const WindowOptions& window, const KeyLimits& limits)
    : recipe_(std::move(recipe)), window_(window), limits_(limits) {
  check(window);
  if (limits.max_regions < 1) throw base::UserError("max_regions: 0; 1 or more is wanted");
  if (!(limits.ttl_seconds > 0))
    throw base::UserError(fmt::format("ttl_seconds: {}; more than 0 is wanted", limits.ttl_seconds));
}

void StreamWindows::drop(const RegionKey& key) {
  const auto entry = entries_.find(key);
  by_age_.erase(entry->second.age);
  entries_.erase(entry);
}

void StreamWindows::drop_lost(double now_seconds, std::vector<DroppedRegion>& dropped) {
  while (!by_age_.empty()) {
    const RegionKey oldest = by_age_.front();
    // Time may have gone back since.
    if (std::abs(now_seconds - entries_.at(oldest).seen.pts_seconds) <= limits_.ttl_seconds) return;
    drop(oldest);
    dropped.push_back({oldest, DropReason::lost});
  }
}

StreamWindows::Entry* StreamWindows::entry_of(const RegionKey& key, const FramePosition& position,
                                              std::vector<DroppedRegion>& dropped) {
  if (const auto known = entries_.find(key); known != entries_.end()) return &known->second;
  if (entries_.size() == limits_.max_regions) {
    const RegionKey oldest = by_age_.front();
    if (entries_.at(oldest).seen.number == position.number) return nullptr;
    dropped.push_back({oldest, DropReason::crowded});
    drop(oldest);
  }
  by_age_.push_back(key);
  Entry entry{Window(window_), std::make_shared<RegionMemory>(), {}, position, std::prev(by_age_.end())};
  return &entries_.emplace(key, std::move(entry)).first->second;
}

void StreamWindows::see_again(const RegionKey& key, const FramePosition& position) {
  const auto known = entries_.find(key);
  if (known == entries_.end()) return;
  known->second.seen = position;
  by_age_.splice(by_age_.end(), by_age_, known->second.age);
}

StreamWindows::Outcome StreamWindows::push(const FramePosition& position, int width, int height,
                                           std::span<const Region> regions, const Pixels& pixels) {
  if (width != width_ || height != height_) reset();
  width_ = width;
  height_ = height;
  const std::vector<Region> visible = visible_once(regions, width, height);
  for (const Region& region : visible) see_again(region.key, position);  // First: none of them gives way to a new one.
  Outcome outcome;
  std::set<RegionKey> turned_away;
  for (const Region& region : visible) {
    Entry* entry = entry_of(region.key, position, outcome.dropped);
    if (entry == nullptr) {
      if (!turned_away_.contains(region.key)) outcome.dropped.push_back({region.key, DropReason::crowded});
      turned_away.insert(region.key);
      continue;
    }
    entry->box = region.box;
    const auto make_planes = [&] {
      return std::make_shared<const tensor::Tensor>(clip::prepare_planes(recipe_, pixels(region.box)));
    };
    for (Clip& clip : entry->window.push(position, make_planes))
      outcome.clips.push_back({region.key, region.box, std::move(clip), entry->memory});
  }
  turned_away_ = std::move(turned_away);
  drop_lost(position.pts_seconds, outcome.dropped);
  return outcome;
}

std::vector<RegionClip> StreamWindows::finish() {
  std::vector<RegionClip> clips;
  for (auto& [key, entry] : entries_)
    for (Clip& clip : entry.window.finish()) clips.push_back({key, entry.box, std::move(clip), entry.memory});
  return clips;
}

std::vector<DroppedRegion> StreamWindows::reset() {
  std::vector<DroppedRegion> dropped;
  for (const RegionKey& key : by_age_) dropped.push_back({key, DropReason::reset});
  entries_.clear();
  by_age_.clear();
  turned_away_.clear();
  return dropped;
}

}  // namespace gerund::serve
