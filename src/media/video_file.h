// media/video_file.h - a video file as a source of frames.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "media/frame_source.h"
#include "media/video_reader.h"

namespace gerund::media {

class VideoFile final : public FrameSource {
 public:
  /// Throws UserError naming `path`: not a video, no video stream, no frame decodes.
  explicit VideoFile(const std::filesystem::path& path);

  const SourceInfo& info() const override { return info_; }
  std::vector<tensor::Frame> read(std::span<const int64_t> indices) override;
  std::optional<tensor::Frame> next() override;

 private:
  const std::filesystem::path path_;
  VideoReader reader_;
  SourceInfo info_;
  std::unique_ptr<VideoReader> sequential_;  // For next(); opened by its first call.
  int64_t next_number_ = 0;
};

}  // namespace gerund::media
