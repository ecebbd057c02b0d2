// tests/serve/small_clips.h - windows of a few numbers, made by hand.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "serve/stream_windows.h"

namespace gerund::serve {

/// One pixel, float32 [3, 1, 1].
inline Planes pixel(float red, float green, float blue) {
  return std::make_shared<const tensor::Tensor>(tensor::Shape{3, 1, 1}, std::vector<float>{red, green, blue});
}

/// A window whose frames have the numbers first_number, first_number + 1, ... and ten of them fill a second.
inline Clip clip_of(std::vector<Planes> frames, int64_t first_number = 0, bool is_first = false) {
  Clip clip;
  for (size_t i = 0; i < frames.size(); ++i) {
    const int64_t number = first_number + static_cast<int64_t>(i);
    clip.positions.push_back({number, static_cast<double>(number) / 10});
  }
  clip.frames = std::move(frames);
  clip.is_first = is_first;
  return clip;
}

/// The key of a track.
inline RegionKey track(const std::string& id) {
  return {RegionKind::track, id};
}

/// Gives windows of one region, each of one gray pixel of value `number`, as StreamWindows does: the first is a first
/// one, and all share what the region remembers.
class RegionSource {
 public:
  explicit RegionSource(const std::string& id) : key_(track(id)) {}

  RegionClip next() {
    const auto value = static_cast<float>(number_);
    return next(pixel(value, value, value));
  }
  RegionClip next(Planes planes) {
    Clip clip = clip_of({std::move(planes)}, number_++, std::exchange(is_first_, false));
    return {key_, {0, 0, 1, 1}, std::move(clip), memory_};
  }
  /// The next window is a first one again, as after a gap.
  void start_anew() { is_first_ = true; }
  const RegionKey& key() const { return key_; }

 private:
  RegionKey key_;
  int64_t number_ = 0;
  bool is_first_ = true;
  std::shared_ptr<RegionMemory> memory_ = std::make_shared<RegionMemory>();
};

/// The frame numbers of windows.
inline std::vector<std::vector<int64_t>> numbers_of(const std::vector<Clip>& clips) {
  std::vector<std::vector<int64_t>> numbers;
  for (const Clip& clip : clips) {
    std::vector<int64_t>& list = numbers.emplace_back();
    for (const FramePosition& position : clip.positions) list.push_back(position.number);
  }
  return numbers;
}

}  // namespace gerund::serve
