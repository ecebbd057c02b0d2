// media/frame_source.h - frames from a video file or from a folder of pictures, by index or one after the other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tensor/frame.h"

namespace gerund::media {

/// What is known of a source before any frame is decoded.
struct SourceInfo {
  int width = 0;
  int height = 0;
  /// What a plain decode from the start gives; for a folder, its picture files. Damage inside a video that looks sound
  /// from outside can make it too high: see FrameSource::read.
  int64_t num_frames = 0;
  int64_t stated_frames = 0;  ///< What the file's header says, which is more where the file was cut short; 0: nothing.
  double fps = 0;             ///< Average frames per second; 25 for a folder of pictures.
  double duration_seconds = 0;
  std::string codec;  ///< "mpeg4", "h264", "png", ...
};

/// Threads: none; one source per thread. Several sources of one file may be used at once.
/// Owns:    the decoder.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual const SourceInfo& info() const = 0;
  /// The frames at `indices`, each in [0, num_frames), in the order asked, repeats allowed. Cheapest for ascending
  /// neighbours. A frame that turns out not to decode is replaced by the nearest earlier one that does, or by the first
  /// that does. A frame has the size that it was coded with, which may change within a source, and is turned and
  /// mirrored as a video file asks (media/orientation.h; what a JPEG's EXIF asks is not heeded, as by Pillow). Throws
  /// UserError naming the file where nothing decodes, InternalError for an index outside, Interrupted.
  virtual std::vector<tensor::Frame> read(std::span<const int64_t> indices) = 0;
  /// The next frame in presentation order, starting at the first; nullopt after num_frames. Not disturbed by read().
  virtual std::optional<tensor::Frame> next() = 0;
};

/// Opens a video file (.avi .mp4 .mkv .mov .webm), a folder with rgb/ in it, or a folder of .png/.jpg pictures (sorted
/// by name). Throws UserError naming `path` and the reason: missing, empty, not a video, no frame decodes.
std::unique_ptr<FrameSource> open_source(const std::filesystem::path& path);

/// The libraries that decide what pixels a file gives, with their versions.
std::string decoder_version();

/// True for a file name that open_source would take as a video.
bool is_video_file(const std::filesystem::path& path);
/// True for a folder that open_source would take: it holds rgb/ with pictures, or pictures.
bool is_frame_folder(const std::filesystem::path& path);

}  // namespace gerund::media
