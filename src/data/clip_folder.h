// data/clip_folder.h - a clip's folder of pictures, made stream by stream: class/video/{rgb,u,v,flo}.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gerund::data {

/// The disk is full or the like: no fault of the clip.
class CannotWrite : public base::UserError {
 public:
  using base::UserError::UserError;
};

/// Fills a hidden folder beside class/video and renames its streams at the end, so that each of them is there whole or
/// not at all, and a clip that breaks leaves nothing.
///
/// Threads: none; one per clip.
/// Owns:    the hidden folder until publish().
class ClipFolder {
 public:
  /// `folder` is class/video. Nothing is made yet.
  explicit ClipFolder(std::filesystem::path folder);
  ~ClipFolder();
  ClipFolder(const ClipFolder&) = delete;
  ClipFolder& operator=(const ClipFolder&) = delete;

  /// Adds a file to a stream. Throws CannotWrite where that fails.
  void write(const std::string& stream, const std::string& name, std::string_view bytes);
  /// Flushes to disk and makes all streams visible that are not there yet; `making` says of a stream how it was made,
  /// for has_streams. Throws CannotWrite, or UserError of the note, where that fails.
  void publish(const std::map<std::string, std::string>& making);

 private:
  const std::filesystem::path folder_;
  const std::filesystem::path hidden_;
};

/// True where every stream of `making` is there. Throws UserError where one was made in another way than `making` says,
/// or has not the pictures any more that it had; what others have made is taken as it is.
bool has_streams(const std::filesystem::path& folder, const std::map<std::string, std::string>& making);

/// "000001.png" for (0, ".png"): the reference toolkit counts from 1.
std::string picture_name(int64_t index, const std::string& extension);

}  // namespace gerund::data
