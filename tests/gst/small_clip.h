// tests/gst/small_clip.h - video files that get lighter from frame to frame.
#pragma once

#include <algorithm>
#include <filesystem>

#include "media/video_writer.h"
#include "small_videos.h"

namespace gerund::gst {

/// H.264 in .mp4, MPEG-4 in .avi, 64x48.
inline void write_small_clip(const std::filesystem::path& path, int num_frames = 12, double fps = 25) {
  media::WriterOptions options;
  options.width = 64;
  options.height = 48;
  options.fps = fps;
  options.codec = path.extension() == ".avi" ? media::Codec::mpeg4 : media::Codec::h264;
  media::VideoWriter writer(path, options);
  for (int i = 0; i < num_frames; ++i) {
    tensor::Frame frame(64, 48);
    std::fill(frame.rgb.begin(), frame.rgb.end(), static_cast<uint8_t>(std::min(250, 10 * i)));
    writer.push(frame);
  }
  writer.finish();
}

/// Owns: the file.
class SmallClip {
 public:
  explicit SmallClip(const char* name = "clip.mp4", int num_frames = 12, double fps = 25) : name_(name) {
    write_small_clip(path(), num_frames, fps);
  }

  std::string path() const { return folder_.path() / name_; }
  std::filesystem::path folder() const { return folder_.path(); }

 private:
  testing_data::TemporaryFolder folder_{"gst_clip"};
  std::string name_;
};

}  // namespace gerund::gst
