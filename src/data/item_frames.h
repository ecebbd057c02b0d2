// data/item_frames.h - the frames of one video of a data set, or its optical flow, from the cache where it has them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "clip/assemble.h"
#include "clip/recipe.h"
#include "clip/resizing.h"
#include "clip/sampler.h"
#include "data/clip_cache.h"
#include "data/dataset.h"
#include "media/frame_source.h"

namespace gerund::data {

/// Gives what an input sees of a video, its frames or its flow, to clips under assembly. With a cache, the first use of
/// a video decodes and keeps all of its frames; without, or where it is too long for that, only what is asked for is
/// decoded. The bits are the same, but for videos that are damaged inside: what a decoder makes of a damaged part
/// depends on where it began, and the cache holds what comes out when it begins at the start.
///
/// Threads: none; the cache may be shared.
/// Owns:    the open video; one frame on the way.
class ItemFrames {
 public:
  /// `cache` may be nullptr, and must outlive this. Throws UserError where the video does not open.
  ItemFrames(const Item& item, const clip::Recipe& recipe, const clip::Resizing& resizing, ClipCache* cache);

  int64_t num_frames() const;
  /// Puts the frames of clip i, of indices in [0, num_frames), into assembly i; a frame that clips share is decoded
  /// once. Throws UserError where the video does not decode, Interrupted.
  void put(std::span<const clip::FrameIndices> clips, std::span<clip::Assembly> assemblies);

 private:
  void keep_all(ClipCache& cache);
  bool write_all(FrameFileWriter& writer, ClipCache& cache);
  media::FrameSource& source();

  std::filesystem::path path_;
  clip::Recipe recipe_;
  clip::Resizing resizing_;
  ClipCache* cache_;
  std::string key_;
  std::shared_ptr<const FrameFile> kept_;
  std::unique_ptr<media::FrameSource> source_;  // Opened when first needed.
};

/// Text that is the same only where the resized frames of a video are: what they are made of, by what, and how.
std::string cache_key(const std::filesystem::path& path, const clip::Recipe& recipe, const clip::Resizing& resizing);

/// Marks what the cache has of these items as used by this run, so that it is not deleted to make room for others of
/// them.
void claim(const std::vector<Item>& items, const clip::Recipe& recipe, const clip::Resizing& resizing,
           ClipCache& cache);

}  // namespace gerund::data
