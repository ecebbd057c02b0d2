// tests/small_videos.h - tiny video data sets for tests: moving squares, two classes that differ in direction.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "base/random.h"
#include "media/video_writer.h"
#include "tensor/frame.h"

namespace gerund::testing_data {

/// A bright square that moves right (direction 1) or left (-1) over noise.
inline void write_moving_square(const std::filesystem::path& path, int direction, uint64_t seed, int num_frames = 12,
                                int size = 48) {
  base::Random random(seed);
  media::WriterOptions options;
  options.width = size;
  options.height = size;
  options.codec = path.extension() == ".avi" ? media::Codec::mpeg4 : media::Codec::h264;
  std::filesystem::create_directories(path.parent_path());
  media::VideoWriter writer(path, options);
  const auto top = static_cast<int>(random.below(size / 2));
  for (int t = 0; t < num_frames; ++t) {
    tensor::Frame frame(size, size);
    for (uint8_t& value : frame.rgb) value = static_cast<uint8_t>(random.below(60));
    const int travel = t * (size - 14) / std::max(1, num_frames - 1);
    const int left = direction > 0 ? travel : size - 14 - travel;
    for (int y = top; y < top + 14; ++y) {
      for (int x = left; x < left + 14; ++x) {
        for (int c = 0; c < 3; ++c) frame.row(y)[x * 3 + c] = 230;
      }
    }
    writer.push(frame);
  }
  writer.finish();
}

/// Nothing but one grey level, .avi.
inline void write_plain(const std::filesystem::path& path, uint8_t level, int num_frames = 12, int size = 48) {
  media::WriterOptions options;
  options.width = size;
  options.height = size;
  options.codec = media::Codec::mpeg4;
  media::VideoWriter writer(path, options);
  tensor::Frame frame(size, size);
  std::fill(frame.rgb.begin(), frame.rgb.end(), level);
  for (int t = 0; t < num_frames; ++t) writer.push(frame);
  writer.finish();
}

/// folder/{left,right}/clipN.avi
inline void write_two_classes(const std::filesystem::path& folder, int clips_per_class, uint64_t seed) {
  for (int i = 0; i < clips_per_class; ++i) {
    const std::string name = "clip" + std::to_string(i) + ".avi";
    write_moving_square(folder / "left" / name, -1, seed + static_cast<uint64_t>(2 * i));
    write_moving_square(folder / "right" / name, 1, seed + static_cast<uint64_t>(2 * i) + 1);
  }
}

/// A fresh folder of a test's own, removed at the end.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / ("gerund_test_" + name + "_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gerund::testing_data
