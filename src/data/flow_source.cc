#include "data/flow_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "data/dataset.h"
#include "flow/estimator.h"
#include "media/picture_file.h"
#include "media/picture_folder.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;
using tensor::Frame;

constexpr uint8_t kUnused = 128;

/// Stems of the pictures of a folder, by name: u/000001.jpg may go with v/000001.png.
std::vector<std::string> picture_stems(const fs::path& folder) {
  std::vector<std::string> stems;
  for (const fs::path& file : entries_of(folder))
    if (media::is_picture_file(file)) stems.push_back(file.stem().string());
  return stems;
}

/// Grey pictures decode to three equal channels, but for what JPEG rounds.
bool is_grey(const Frame& frame) {
  constexpr int kRounding = 2;
  for (size_t i = 0; i + 2 < frame.rgb.size(); i += 3) {
    const int red = frame.rgb[i];
    if (std::abs(red - frame.rgb[i + 1]) > kRounding || std::abs(red - frame.rgb[i + 2]) > kRounding) return false;
  }
  return true;
}

/// The pictures of u/ and v/.
///
/// Owns: both folders' decoders.
class FlowFolder final : public media::FrameSource {
 public:
  explicit FlowFolder(const fs::path& path) : path_(path), u_(path / "u"), v_(path / "v") {
    check_names();
    check_grey("u", u_);
    check_grey("v", v_);
  }

  const media::SourceInfo& info() const override { return u_.info(); }

  std::vector<Frame> read(std::span<const int64_t> indices) override {
    std::vector<Frame> frames = u_.read(indices);
    const std::vector<Frame> vertical = v_.read(indices);
    for (size_t i = 0; i < frames.size(); ++i) join(frames[i], vertical[i]);
    return frames;
  }

  std::optional<Frame> next() override {
    std::optional<Frame> frame = u_.next();
    if (frame) join(*frame, v_.next().value());
    return frame;
  }

 private:
  void check_names() const {
    const std::vector<std::string> u = picture_stems(path_ / "u"), v = picture_stems(path_ / "v");
    if (u.size() != v.size())
      throw base::UserError(fmt::format("{}: has {} pictures in u/ and {} in v/; every u needs a v of the same name",
                                        path_.string(), u.size(), v.size()));
    const auto [other_u, other_v] = std::mismatch(u.begin(), u.end(), v.begin());
    if (other_u != u.end())
      throw base::UserError(fmt::format("{}: u/ has a picture {} where v/ has {}; every u needs a v of the same name",
                                        path_.string(), *other_u, *other_v));
  }

  void check_grey(const char* name, media::PictureFolder& pictures) const {
    const int64_t first = 0;
    if (is_grey(pictures.read({&first, 1}).front())) return;
    throw base::UserError(fmt::format("{}: the pictures in {}/ are coloured; wanted are grey ones, 128 for no motion",
                                      path_.string(), name));
  }

  void join(Frame& u, const Frame& v) const {
    if (u.width != v.width || u.height != v.height)
      throw base::UserError(fmt::format("{}: a picture of u is {}x{} and that of v {}x{}; both need the same size",
                                        path_.string(), u.width, u.height, v.width, v.height));
    for (size_t i = 0; i + 2 < u.rgb.size(); i += 3) {
      u.rgb[i + 1] = v.rgb[i];
      u.rgb[i + 2] = kUnused;
    }
  }

  const fs::path path_;
  media::PictureFolder u_;
  media::PictureFolder v_;
};

/// Flow that is found when it is asked for.
///
/// Owns: the frames' source; the luma of the last picture read.
class EstimatedFlow final : public media::FrameSource {
 public:
  EstimatedFlow(const fs::path& path, const clip::Recipe& recipe)
      : method_(flow::method_named(recipe.flow_method)),
        scale_{recipe.flow_clamp},
        estimator_(method_),
        frames_(media::open_source(path)),
        info_(frames_->info()) {
    if (info_.num_frames < 2)
      throw base::UserError(fmt::format("{}: has {} frame; optical flow wants two", path.string(), info_.num_frames));
    info_.num_frames -= 1;
    info_.stated_frames = std::max<int64_t>(0, info_.stated_frames - 1);
  }

  const media::SourceInfo& info() const override { return info_; }

  std::vector<Frame> read(std::span<const int64_t> indices) override {
    std::vector<Frame> flows;
    for (const int64_t index : indices) flows.push_back(between(index));
    return flows;
  }

  std::optional<Frame> next() override {
    if (next_index_ == info_.num_frames) return std::nullopt;
    return between(next_index_++);
  }

 private:
  // The motion from picture `index` to the one behind it. Neighbours in ascending order read every picture once.
  Frame between(int64_t index) {
    if (index != last_index_) {
      estimator_ = flow::Estimator(method_);
      estimator_.push(picture(index));
    }
    last_index_ = -1;  // Until the next picture is read.
    const Frame next = picture(index + 1);
    const flow::FlowPictures pictures = flow::to_pictures(estimator_.push(next).value(), scale_);
    last_index_ = index + 1;
    Frame frame(pictures.u.width, pictures.u.height);
    frame.pts_seconds = next.pts_seconds;
    for (size_t i = 0; i < pictures.u.pixels.size(); ++i) {
      frame.rgb[3 * i] = pictures.u.pixels[i];
      frame.rgb[3 * i + 1] = pictures.v.pixels[i];
      frame.rgb[3 * i + 2] = kUnused;
    }
    return frame;
  }

  Frame picture(int64_t index) { return std::move(frames_->read({&index, 1}).front()); }

  const flow::Method method_;
  const flow::Scale scale_;
  flow::Estimator estimator_;
  std::unique_ptr<media::FrameSource> frames_;
  media::SourceInfo info_;
  int64_t last_index_ = -1;  // Of the picture that the estimator has seen last; -1: none, or not known.
  int64_t next_index_ = 0;
};

}  // namespace

bool is_flow_folder(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_directory(path / "u", unreadable) && fs::is_directory(path / "v", unreadable);
}

std::unique_ptr<media::FrameSource> open_flow(const fs::path& path, const clip::Recipe& recipe) {
  if (!is_flow_folder(path)) return std::make_unique<EstimatedFlow>(path, recipe);
  for (const char* name : {"u", "v"})
    if (picture_stems(path / name).empty())
      throw base::UserError(fmt::format("{}: {}/ holds no .png or .jpg pictures", path.string(), name));
  return std::make_unique<FlowFolder>(path);
}

std::unique_ptr<media::FrameSource> open_input(const fs::path& path, const clip::Recipe& recipe) {
  return recipe.modality == clip::Modality::flow ? open_flow(path, recipe) : media::open_source(path);
}

}  // namespace gerund::data
