#include "media/frame_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/lower_case.h"
#include "media/ffmpeg_handles.h"
#include "media/picture_folder.h"
#include "media/video_file.h"

namespace gerund::media {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kVideoExtensions{".avi", ".mp4", ".mkv", ".mov", ".webm"};

bool has_video_extension(const fs::path& path) {
  const std::string extension = base::lower_case(path.extension().string());
  return std::find(kVideoExtensions.begin(), kVideoExtensions.end(), extension) != kVideoExtensions.end();
}

std::unique_ptr<FrameSource> open_folder(const fs::path& path) {
  if (!find_pictures(path))
    throw base::UserError(fmt::format("{}: a folder without frames: neither it nor {} holds .png or .jpg pictures",
                                      path.string(), (path / "rgb").string()));
  return std::make_unique<PictureFolder>(path);
}

std::unique_ptr<FrameSource> open_file(const fs::path& path) {
  if (!has_video_extension(path))
    throw base::UserError(
        fmt::format("{}: not a video by its name; allowed: .avi, .mp4, .mkv, .mov, .webm, or a folder of pictures; "
                    "rename or convert it",
                    path.string()));
  std::error_code error;
  const auto num_bytes = fs::file_size(path, error);
  if (!error && num_bytes == 0)
    throw base::UserError(fmt::format("{}: the file is empty (0 bytes); copy it again or leave it out", path.string()));
  return std::make_unique<VideoFile>(path);
}

}  // namespace

std::unique_ptr<FrameSource> open_source(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::directory) return open_folder(path);
  if (status.type() == fs::file_type::regular) return open_file(path);
  if (status.type() == fs::file_type::not_found)
    throw base::UserError(fmt::format("{}: there is no such file or folder; check the path", path.string()));
  throw base::UserError(fmt::format("{}: neither a video file nor a folder of pictures", path.string()));
}

std::string decoder_version() {
  return fmt::format("libavcodec {}, libswscale {}", avcodec_version(), swscale_version());
}

bool is_video_file(const fs::path& path) {
  return has_video_extension(path);
}

bool is_frame_folder(const fs::path& path) {
  return find_pictures(path).has_value();
}

}  // namespace gerund::media
