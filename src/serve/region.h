// serve/region.h - what a sequence of windows is about: a fixed region of a stream, or one person in it.
#pragma once

#include <compare>
#include <string>

#include "clip/resize.h"

namespace gerund::serve {

enum class RegionKind {
  area,   ///< A region of interest that stays where it is.
  track,  ///< An object that a tracker follows: its box moves, its id stays.
};

/// Names a region within its stream. Never the pixels of a box: a person who moves stays the same person.
struct RegionKey {
  RegionKind kind = RegionKind::area;
  std::string id;

  auto operator<=>(const RegionKey&) const = default;  // NOLINT(modernize-use-nullptr): the 0 of the comparison.
};

enum class DropReason {
  lost,     ///< Not seen for KeyLimits::ttl_seconds.
  crowded,  ///< More than KeyLimits::max_regions at once.
  reset,    ///< The stream starts anew.
};

struct DroppedRegion {
  RegionKey key;
  DropReason reason = DropReason::lost;

  bool operator==(const DroppedRegion&) const = default;
};

struct Region {
  RegionKey key;
  clip::Rectangle box;  ///< In pixels of the frame; may reach over its edges.
};

/// The part of `box` that lies within a frame of width x height: of width or height 0 where none does.
clip::Rectangle clamp_to_frame(const clip::Rectangle& box, int width, int height);

}  // namespace gerund::serve
