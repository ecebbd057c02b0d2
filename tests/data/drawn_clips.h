// drawn_clips.h - small real videos on disk for the tests of data and score.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "data/dataset.h"
#include "media/video_writer.h"
#include "tensor/frame.h"

namespace gerund::drawn {

/// A folder of its own for one test, gone afterwards.
class Folder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("gerund_") + info->test_suite_name() + "_" + info->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

/// A frame of one colour with a bright bar that moves right by two pixels per frame.
inline tensor::Frame bar_frame(int width, int height, std::array<uint8_t, 3> color, int time) {
  tensor::Frame frame(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const bool in_bar = (x + width - 2 * time % width) % width < 6;
      for (size_t c = 0; c < 3; ++c) frame.row(y)[3 * static_cast<size_t>(x) + c] = in_bar ? uint8_t{240} : color[c];
    }
  return frame;
}

/// Writes a video of such frames; class 0, 1, 2 is red, green, blue, and `shade` makes videos differ.
inline void write_video(const std::filesystem::path& path, int class_index, int num_frames, int shade = 0,
                        int width = 48, int height = 32) {
  media::WriterOptions options;
  options.width = width;
  options.height = height;
  options.codec = media::Codec::mpeg4;
  std::filesystem::create_directories(path.parent_path());
  media::VideoWriter writer(path, options);
  for (int time = 0; time < num_frames; ++time) {
    std::array<uint8_t, 3> color{30, 30, 30};
    color.at(static_cast<size_t>(class_index)) = static_cast<uint8_t>(std::min(255, 110 + 10 * shade + 2 * time));
    writer.push(bar_frame(width, height, color, time));
  }
  writer.finish();
}

/// root/{blue,green,red}/clipN.avi, `per_class` clips each of 10, 13, 16, ... frames.
inline data::LabelMap write_color_set(const std::filesystem::path& root, int per_class) {
  const data::LabelMap label_map{{"red", 0}, {"green", 1}, {"blue", 2}};
  for (const auto& [label, index] : label_map)
    for (int clip = 0; clip < per_class; ++clip)
      write_video(root / label / ("clip" + std::to_string(clip) + ".avi"), static_cast<int>(index), 10 + 3 * clip,
                  clip);
  return label_map;
}

/// A file with a video's name and no video in it.
inline void write_damaged(const std::filesystem::path& path) {
  base::write_file(path, "this is no video, only a text with the name of one\n");
}

/// The first half of a real video's bytes, and then nothing: headers are there, frames may be.
inline void cut_short(const std::filesystem::path& path, size_t keep_bytes) {
  base::write_file(path, base::read_file(path).substr(0, keep_bytes));
}

}  // namespace gerund::drawn
