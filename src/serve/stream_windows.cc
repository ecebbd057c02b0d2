#include "serve/stream_windows.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/error.h"
#include "clip/assemble.h"

namespace gerund::serve {

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

StreamWindows::Entry& StreamWindows::entry_of(const RegionKey& key, std::vector<DroppedRegion>& dropped) {
  const auto known = entries_.find(key);
  if (known != entries_.end()) {
    by_age_.splice(by_age_.end(), by_age_, known->second.age);
    return known->second;
  }
  if (entries_.size() == limits_.max_regions) {
    dropped.push_back({by_age_.front(), DropReason::crowded});
    drop(RegionKey(by_age_.front()));
  }
  by_age_.push_back(key);
  Entry entry{Window(window_), std::make_shared<RegionMemory>(), {}, {-1, 0}, std::prev(by_age_.end())};
  return entries_.emplace(key, std::move(entry)).first->second;
}

StreamWindows::Outcome StreamWindows::push(const FramePosition& position, int width, int height,
                                           std::span<const Region> regions, const Pixels& pixels) {
  if (width != width_ || height != height_) reset();
  width_ = width;
  height_ = height;
  Outcome outcome;
  for (const Region& region : regions) {
    const clip::Rectangle box = clamp_to_frame(region.box, width, height);
    if (box.width == 0 || box.height == 0) continue;
    Entry& entry = entry_of(region.key, outcome.dropped);
    if (entry.seen.number == position.number) continue;
    entry.box = box;
    entry.seen = position;
    const auto make_planes = [&] {
      return std::make_shared<const tensor::Tensor>(clip::prepare_planes(recipe_, pixels(box)));
    };
    for (Clip& clip : entry.window.push(position, make_planes))
      outcome.clips.push_back({region.key, box, std::move(clip), entry.memory});
  }
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
  return dropped;
}

}  // namespace gerund::serve
