// serve/stream_windows.h - the windows of one stream: one sequence for each of its regions.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "clip/recipe.h"
#include "infer/step_network.h"
#include "serve/region.h"
#include "serve/window.h"
#include "tensor/frame.h"

namespace gerund::serve {

/// How many regions a stream may have at once.
struct KeyLimits {
  /// >= 1. One more takes the place of the one seen longest ago; where all are in the same frame it gets none.
  size_t max_regions = 256;
  double ttl_seconds = 2;  ///< A region not seen for this long is dropped, > 0.
};

/// What goes along with the windows of one region until the next reset or drop of it.
struct RegionMemory {
  infer::StreamState state;  ///< Of a step network; the thread that runs it owns it.
  bool has_lost = false;     ///< The next window begins anew, for one before it was lost; BatchQueue owns it.
};

/// A window of a region.
struct RegionClip {
  RegionKey key;
  clip::Rectangle box;  ///< Where the region was in the newest frame of the clip, in pixels of that frame.
  Clip clip;
  std::shared_ptr<RegionMemory> memory;
};

/// Threads: none; one per stream.
/// Owns:    a Window per region, dropped by the rules of KeyLimits.
class StreamWindows {
 public:
  /// Makes the RGB pixels of a rectangle that lies within the frame.
  using Pixels = std::function<tensor::Frame(const clip::Rectangle&)>;

  /// Throws UserError as check(WindowOptions) does.
  StreamWindows(clip::Recipe recipe, const WindowOptions& window, const KeyLimits& limits);

  struct Outcome {
    std::vector<RegionClip> clips;  ///< Complete windows, in the order of `regions`.
    std::vector<DroppedRegion> dropped;
  };

  /// A frame of width x height and the regions in it; each is cut out, resized and normalised once, and only where a
  /// window takes it. Another size than before starts all windows anew. A region outside of the frame is passed over,
  /// as one that is not seen; so is a second region with the same key. A region that gets no place is among the
  /// dropped ones once, not in every frame.
  Outcome push(const FramePosition& position, int width, int height, std::span<const Region> regions,
               const Pixels& pixels);

  /// The stream is over.
  std::vector<RegionClip> finish();

  /// Forgets all regions: after a seek, a loop, a reconnection. Returns which there were.
  std::vector<DroppedRegion> reset();

  size_t num_regions() const { return entries_.size(); }

 private:
  struct Entry {
    Window window;
    std::shared_ptr<RegionMemory> memory;
    clip::Rectangle box;
    FramePosition seen;
    std::list<RegionKey>::iterator age;
  };
  void see_again(const RegionKey& key, const FramePosition& position);
  /// nullptr: all places are taken by regions of this frame.
  Entry* entry_of(const RegionKey& key, const FramePosition& position, std::vector<DroppedRegion>& dropped);
  void drop_lost(double now_seconds, std::vector<DroppedRegion>& dropped);
  void drop(const RegionKey& key);

  clip::Recipe recipe_;
  WindowOptions window_;
  KeyLimits limits_;
  int width_ = 0;
  int height_ = 0;
  std::map<RegionKey, Entry> entries_;
  std::list<RegionKey> by_age_;      // Seen longest ago first.
  std::set<RegionKey> turned_away_;  // Those of the last frame that got no place.
};

}  // namespace gerund::serve
