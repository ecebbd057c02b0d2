// deploy/frame_output.h - where the tiled picture goes: a file, an RTSP server of our own, a window.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "tensor/frame.h"

namespace gerund::deploy {

/// An output that cannot be opened or written. Exit code 5.
class OutputError : public base::UserError {
 public:
  using base::UserError::UserError;
};

/// Threads: none.
class FrameOutput {
 public:
  virtual ~FrameOutput() = default;
  /// Frames of one size, one after the other at the rate given when it was opened. Throws OutputError.
  virtual void push(const tensor::Frame& frame) = 0;
  /// The last frame has come: what is open is closed properly. Throws OutputError.
  virtual void finish() = 0;
  /// False once its window has been closed.
  virtual bool is_wanted() { return true; }
};

struct PictureFormat {
  int width = 0;   ///< Pixels, even.
  int height = 0;  ///< Pixels, even.
  double fps = 25;
};

/// True for "rtsp://HOST:PORT/PATH".
bool is_rtsp_target(const std::string& target);

/// A video file, by its extension (.mp4, .mkv, .mov, .avi); it appears under its name when it is whole.
std::unique_ptr<FrameOutput> open_file_output(const std::string& path, const PictureFormat& format);
/// Serves H.264 at "rtsp://HOST:PORT/PATH" (HOST "" or 0.0.0.0: on all interfaces) to any number of viewers. The
/// encoder runs while somebody watches.
std::unique_ptr<FrameOutput> open_rtsp_output(const std::string& target, const PictureFormat& format);
/// A window on the user's display. Throws OutputError where there is none.
std::unique_ptr<FrameOutput> open_window_output(const PictureFormat& format);
/// True where the environment names a display.
bool has_display();

/// file, rtsp by the look of `target`.
std::unique_ptr<FrameOutput> open_output(const std::string& target, const PictureFormat& format);

}  // namespace gerund::deploy
