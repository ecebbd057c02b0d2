// media/steady_frames.h - frames at an even rate, whatever times a file gives them.
#pragma once

#include <cstdint>
#include <optional>

#include "media/frame_source.h"

namespace gerund::media {

/// The frames of a source one after the other, frame i being what is seen at i / fps seconds. Telephones and screen
/// recorders write frames when something moves: there a frame is given again until the next one's time has come, and
/// of frames that lie closer together some are left out. Frames that are off by no more than 1.5 of the rate's keep
/// their places, so that an even video is given as it is.
///
/// Threads: none.
/// Owns:    two frames.
class SteadyFrames {
 public:
  /// `source`: next() was not called yet; outlives this.
  explicit SteadyFrames(FrameSource& source);

  /// Frames per second; 25 where the source does not know.
  double fps() const { return fps_; }

  /// The next frame; nullopt after the source's last one. No more than its num_frames. Throws as the source's next().
  std::optional<tensor::Frame> next();

 private:
  double lead() const;
  void take();

  FrameSource& source_;
  const double fps_;
  int64_t num_given_ = 0;
  bool is_filling_ = false;  // Gives `shown_` again.
  std::optional<tensor::Frame> shown_;
  std::optional<tensor::Frame> ahead_;
};

}  // namespace gerund::media
