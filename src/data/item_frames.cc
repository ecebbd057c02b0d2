#include "data/item_frames.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "clip/resize.h"
#include "data/flow_source.h"
#include "media/picture_folder.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;
using clip::FrameStage;

/// Keeping a video decodes all of it. Of one with more frames than this for each frame of a clip, too little is used
/// in an epoch for that to pay.
constexpr int64_t kMaxFramesPerFrame = 16;

/// Size and times of a file. The time of change cannot be set by a program: any new content shows.
std::string stamp(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "missing";
  return fmt::format("{} {}.{} {}.{}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                     status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

std::string folder_stamp(const fs::path& folder) {
  std::vector<std::string> stamps;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end; file.increment(error))
    stamps.push_back(file->path().filename().string() + " " + stamp(file->path()));
  std::sort(stamps.begin(), stamps.end());
  std::string all = folder.filename().string();
  for (const std::string& one : stamps) all += "\n" + one;
  return all;
}

/// Of a folder, the stamps of all pictures that the input sees.
std::string content_stamp(const fs::path& path, bool is_flow) {
  if (is_flow && is_flow_folder(path)) return folder_stamp(path / "u") + "\n" + folder_stamp(path / "v");
  const std::optional<fs::path> folder = media::find_pictures(path);
  return folder ? folder_stamp(*folder) : stamp(path);
}

/// Which clip, and which of its frames, wants a frame of the video.
struct Wanted {
  int64_t index;
  size_t clip;
  int64_t t;
};

std::vector<Wanted> in_video_order(std::span<const clip::FrameIndices> clips) {
  std::vector<Wanted> wanted;
  for (size_t c = 0; c < clips.size(); ++c)
    for (size_t t = 0; t < clips[c].size(); ++t) wanted.push_back({clips[c][t], c, static_cast<int64_t>(t)});
  std::stable_sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) { return a.index < b.index; });
  return wanted;
}

tensor::Frame read_one(media::FrameSource& source, int64_t index) {
  return std::move(source.read({&index, 1}).front());
}

void put_decoded(media::FrameSource& source, const std::vector<Wanted>& wanted, std::span<clip::Assembly> assemblies) {
  tensor::Frame frame;
  int64_t have = -1;
  for (const Wanted& want : wanted) {
    if (want.index != have) frame = read_one(source, want.index);
    have = want.index;
    assemblies[want.clip].put(want.t, frame);
  }
}

/// False where a record is damaged.
bool put_kept(const FrameFile& file, const std::vector<Wanted>& wanted, std::span<clip::Assembly> assemblies) {
  const FrameShape& shape = file.shape();
  if (shape.channels != 3) return false;
  std::vector<uint8_t> room;
  std::span<const uint8_t> rgb;
  int64_t have = -1;
  for (const Wanted& want : wanted) {
    if (want.index != have) rgb = file.record(want.index, room);
    have = want.index;
    if (rgb.empty()) return false;
    assemblies[want.clip].put(want.t, tensor::FrameView(shape.width, shape.height, rgb.data()), FrameStage::resized);
  }
  return true;
}

}  // namespace

std::string cache_key(const fs::path& path, const clip::Recipe& recipe, const clip::Resizing& resizing) {
  const bool is_flow = recipe.modality == clip::Modality::flow;
  const std::string seen = is_flow ? fmt::format("flow {} {}", recipe.flow_method, recipe.flow_clamp) : "rgb";
  std::error_code error;
  return fmt::format("{}\n{}\ngerund {}, {}\n{}\n{}", seen, resizing.name(), GERUND_VERSION, media::decoder_version(),
                     fs::absolute(path, error).string(), content_stamp(path, is_flow));
}

void claim(const std::vector<Item>& items, const clip::Recipe& recipe, const clip::Resizing& resizing,
           ClipCache& cache) {
  for (const Item& item : items) cache.find(cache_key(item.path, recipe, resizing));
}

ItemFrames::ItemFrames(const Item& item, const clip::Recipe& recipe, const clip::Resizing& resizing, ClipCache* cache)
    : path_(item.path), recipe_(recipe), resizing_(resizing), cache_(cache) {
  if (cache_ != nullptr) key_ = cache_key(path_, recipe_, resizing_);
  if (cache_ != nullptr) kept_ = cache_->find(key_);
  if (kept_) return;
  const int64_t num_frames_here = source().info().num_frames;
  if (cache_ != nullptr && num_frames_here <= kMaxFramesPerFrame * recipe.num_frames) keep_all(*cache_);
}

media::FrameSource& ItemFrames::source() {
  if (!source_) source_ = open_input(path_, recipe_);
  return *source_;
}

int64_t ItemFrames::num_frames() const {
  return kept_ ? kept_->num_frames() : source_->info().num_frames;
}

void ItemFrames::keep_all(ClipCache& cache) {
  const media::SourceInfo& info = source().info();
  const auto [width, height] = resizing_.size_of(info.width, info.height);
  std::optional<FrameFileWriter> writer = cache.begin(key_, {width, height, 3}, info.num_frames);
  if (!writer) return;
  try {
    if (write_all(*writer, cache) && cache.finish(std::move(*writer))) kept_ = cache.find(key_);
  } catch (const base::UserError&) {
    cache.abandon(*writer, false);  // What is asked for may decode all the same.
  } catch (...) {
    cache.abandon(*writer, false);
    throw;
  }
  if (!kept_) source_.reset();  // It stands at some frame in the middle.
  source();
}

bool ItemFrames::write_all(FrameFileWriter& writer, ClipCache& cache) {
  const int64_t count = source().info().num_frames;
  for (int64_t i = 0; i < count; ++i) {
    const tensor::Frame frame = read_one(source(), i);
    const auto [width, height] = resizing_.size_of(frame.width, frame.height);
    const tensor::Frame resized = clip::resize(frame, width, height);
    const bool fits = FrameShape{width, height, 3} == writer.shape();  // A video may change its size on the way.
    if (fits && writer.push(resized.rgb)) continue;
    cache.abandon(writer, fits);
    return false;
  }
  return true;
}

void ItemFrames::put(std::span<const clip::FrameIndices> clips, std::span<clip::Assembly> assemblies) {
  const std::vector<Wanted> wanted = in_video_order(clips);
  if (kept_) {
    if (put_kept(*kept_, wanted, assemblies)) return;
    cache_->discard(key_);
    kept_.reset();
  }
  put_decoded(source(), wanted, assemblies);
}

}  // namespace gerund::data
