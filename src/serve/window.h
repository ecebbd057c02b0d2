// serve/window.h - cuts the frames of one live stream, or of one region of it, into overlapping windows.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tensor/tensor.h"

namespace gerund::serve {

/// What becomes of frames at the end of a stream that fill no window.
enum class AtEnd {
  drop,       ///< Nothing, as in the reference runtime.
  pad,        ///< One more window, with the last frame repeated.
  pad_short,  ///< The same, but only where the stream was too short for any window.
  partial,    ///< One more window, shorter; for networks whose number of frames is free.
};

/// With T = num_frames, k = subsample + 1 and no frame lost, window n of frame mode holds the frames
/// f0 + (n * stride + i) * k for i in [0, T): the first is complete at f0 + (T - 1) * k, one more every stride * k.
struct WindowOptions {
  int num_frames = 16;         ///< T >= 1.
  int stride = 1;              ///< >= 1; larger than T leaves frames out between windows.
  int subsample = 0;           ///< >= 0: the least number of frames between two taken ones.
  double sample_fps = 0;       ///< > 0: time mode. Samples stand 1 / sample_fps apart whatever the camera's rate.
  double hop_seconds = 0.5;    ///< Time mode: from window to window, > 0, rounded to whole samples.
  double max_gap_seconds = 1;  ///< A longer hole between two frames of the stream starts anew, > 0.
  AtEnd at_end = AtEnd::drop;
};

/// Throws UserError naming the field that is out of range.
void check(const WindowOptions& options);

struct FramePosition {
  int64_t number = 0;      ///< Counts the frames of the stream.
  double pts_seconds = 0;  ///< Media time.
  /// Of the time since the frame before this one that was offered, what is no gap: frames between them that were passed
  /// over on purpose.
  double passed_seconds = 0;
};

/// One frame as the network takes it, float32 [3, H, W]; shared by the windows that hold it.
using Planes = std::shared_ptr<const tensor::Tensor>;

/// A complete window.
struct Clip {
  std::vector<Planes> frames;            ///< T of them, oldest first; one frame may stand several times.
  std::vector<FramePosition> positions;  ///< Of each.
  bool is_first = false;                 ///< Nothing came before it since the start or a reset.
};

/// Threads: none; one per stream and region.
/// Owns:    at most T frames, shared with the clips that it gave away.
/// Time:    media timestamps, never the wall clock.
class Window {
 public:
  explicit Window(const WindowOptions& options);

  /// Takes the frame or passes it over. `make_planes` is called at most once, and only for a frame that is taken.
  /// Returns the windows that it completes, oldest first: none or one in frame mode; in time mode more where the camera
  /// is slower than the hop. A frame whose number does not grow, whose time goes back, or which comes more than
  /// max_gap_seconds (and what was passed over) after the one before, starts anew.
  std::vector<Clip> push(const FramePosition& position, const std::function<Planes()>& make_planes);

  /// The stream is over: what at_end makes of the frames that no window has shown yet. The window is as new afterwards.
  std::vector<Clip> finish();

  /// Forgets all frames: after a seek, a loop, a reconnection, a change of size.
  void reset();

 private:
  struct Sample {
    int64_t number;  // The frame's own in frame mode, its place on the grid of samples in time mode.
    FramePosition position;
    Planes planes;
  };
  bool is_wanted(int64_t number) const;
  void take(Sample sample, std::vector<Clip>& complete);
  Clip make_clip();
  std::pair<int64_t, int64_t> grid_numbers(const FramePosition& position);

  WindowOptions options_;
  int64_t stride_;   // In samples.
  int64_t spacing_;  // k, the least distance of two samples.
  std::deque<Sample> samples_;
  std::optional<FramePosition> previous_;  // The last frame offered, taken or not.
  std::optional<int64_t> last_;            // Number of the last sample taken.
  int64_t next_ready_ = 0;                 // The last sample of the next window has at least this number.
  int64_t num_unseen_ = 0;                 // Samples that no window has shown.
  bool is_first_ = true;
  double grid_start_seconds_ = 0;  // Time mode: pts of sample 0.
  int64_t next_grid_ = 0;          // Time mode: the first place on the grid that has no frame yet.
};

}  // namespace gerund::serve
