// media/picture_folder.h - a folder of pictures as a source of frames.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/frame_source.h"
#include "media/picture_file.h"

namespace gerund::media {

/// The folder that holds the pictures: `path`/rgb where there is one with pictures, else `path` where that has some,
/// else nullopt.
std::optional<std::filesystem::path> find_pictures(const std::filesystem::path& path);

/// Every picture file of the folder is a frame, in the order of the names' bytes, at 25 frames per second. A damaged
/// one is replaced by the nearest earlier one that decodes, or by the first that does.
class PictureFolder final : public FrameSource {
 public:
  /// `path` must have pictures (find_pictures). Throws UserError naming it where not one decodes.
  explicit PictureFolder(const std::filesystem::path& path);

  const SourceInfo& info() const override { return info_; }
  std::vector<tensor::Frame> read(std::span<const int64_t> indices) override;
  std::optional<tensor::Frame> next() override;

 private:
  tensor::Frame read_one(int64_t number);
  std::optional<tensor::Frame> decode(int64_t number);

  const std::filesystem::path path_;
  std::vector<std::filesystem::path> files_;
  PictureDecoder decoder_;
  SourceInfo info_;
  int64_t first_that_decodes_ = 0;
  std::string trouble_;  // Of the last picture that did not decode.
  int64_t next_number_ = 0;
};

}  // namespace gerund::media
