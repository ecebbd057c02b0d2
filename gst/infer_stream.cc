#include "gst/infer_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "gst/frame_pixels.h"
#include "gst/region_metas.h"

namespace gerund::gst {
namespace {

constexpr const char* kWholeFrame = "0";

/// Maps a buffer while it lives, and only where it is asked.
class MappedFrame {
 public:
  MappedFrame(GstBuffer* buffer, const GstVideoInfo& info) : buffer_(buffer), info_(info) {}
  ~MappedFrame() {
    if (is_mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  const GstVideoFrame& get() {
    if (!is_mapped_ && gst_video_frame_map(&frame_, &info_, buffer_, GST_MAP_READ) == FALSE)
      throw base::UserError("a video buffer cannot be read; its memory may lie on a device: put videoconvert before");
    is_mapped_ = true;
    return frame_;
  }

 private:
  GstBuffer* buffer_;
  GstVideoInfo info_;
  GstVideoFrame frame_{};
  bool is_mapped_ = false;
};

serve::WindowReport to_report(serve::WindowResult result) {
  serve::WindowReport report;
  report.key = std::move(result.key);
  report.box = result.box;
  report.scores = std::move(result.scores.values);
  report.logits = std::move(result.scores.logits);
  report.start_seconds = result.positions.front().pts_seconds;
  report.end_seconds = result.positions.back().pts_seconds;
  report.num_frames = static_cast<int>(result.positions.size());
  report.first_frame = result.positions.front().number;
  report.last_frame = result.positions.back().number;
  report.is_first = result.is_first;
  report.engine_seconds = result.engine_seconds;
  report.age_seconds = result.age_seconds;
  return report;
}

}  // namespace

double nominal_seconds(const GstVideoInfo& info) {
  const int numerator = GST_VIDEO_INFO_FPS_N(&info);
  return numerator > 0 ? static_cast<double>(GST_VIDEO_INFO_FPS_D(&info)) / numerator : 0;
}

InferStream::InferStream(std::shared_ptr<ModelContext> context, const InferOptions& options)
    : context_(std::move(context)),
      options_(options),
      window_(serve::plan_windows(context_->batcher->classifier().model(), options.window)),
      windows_(context_->batcher->classifier().model().recipe(), window_, options.limits) {
  last_.stream = options.stream;
  last_.source_id = options.source_id;
  last_.model = context_->identity;
  id_ = context_->batcher->add_stream(
      options.overload,
      [this](serve::WindowResult result) {
        std::lock_guard lock(mutex_);
        if (result.positions.front().number >= first_number_) answers_.push_back(to_report(std::move(result)));
      },
      [this](const std::string& failure) {
        std::lock_guard lock(mutex_);
        failure_ = failure;
      });
}

InferStream::~InferStream() {
  context_->batcher->remove_stream(id_);
}

std::vector<serve::Region> InferStream::regions_of(GstBuffer* buffer, const GstVideoInfo& info) {
  std::vector<serve::Region> regions;
  if (options_.regions != RegionSource::frame) regions = read_regions(buffer);
  has_seen_regions_ = has_seen_regions_ || !regions.empty();
  const bool takes_whole =
      options_.regions == RegionSource::frame || (options_.regions == RegionSource::automatic && !has_seen_regions_);
  if (takes_whole)
    regions.push_back(
        {{serve::RegionKind::area, kWholeFrame}, {0, 0, GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)}});
  return regions;
}

void InferStream::offer(std::vector<serve::RegionClip> clips) {
  for (serve::RegionClip& clip : clips) context_->batcher->offer(id_, std::move(clip));
}

serve::FrameReport InferStream::push(GstBuffer* buffer, const GstVideoInfo& info, double pts_seconds, bool is_live) {
  serve::FramePosition position{next_number_++, pts_seconds};
  // Boxes of before are in pixels of another picture.
  if (GST_VIDEO_INFO_WIDTH(&info) != last_.frame_width || GST_VIDEO_INFO_HEIGHT(&info) != last_.frame_height) {
    reset();
    old_width_ = last_.frame_width;
    old_height_ = last_.frame_height;
    resized_number_ = position.number;
  }
  last_.frame_width = GST_VIDEO_INFO_WIDTH(&info);
  last_.frame_height = GST_VIDEO_INFO_HEIGHT(&info);
  const double since = position.number > 0 ? pts_seconds - last_.pts_seconds : 0;
  last_.pts_seconds = pts_seconds;
  last_.frame_number = position.number;
  last_.is_live = is_live;
  // A camera slower than the longest gap has none between its own frames.
  const double slow = std::max(0.0, 1.5 * nominal_seconds(info) - window_.max_gap_seconds);
  if (position.number % (options_.interval + 1) != 0) {
    if (since <= window_.max_gap_seconds + slow) passed_seconds_ += std::max(0.0, since);
  } else {
    position.passed_seconds = std::exchange(passed_seconds_, 0) + slow;
    MappedFrame frame(buffer, info);
    const auto pixels = [&](const clip::Rectangle& box) { return rgb_pixels(frame.get(), box); };
    serve::StreamWindows::Outcome outcome =
        windows_.push(position, last_.frame_width, last_.frame_height, regions_of(buffer, info), pixels);
    for (serve::DroppedRegion& region : outcome.dropped) gone_.push_back(std::move(region));
    const bool is_due = !outcome.clips.empty();
    offer(std::move(outcome.clips));
    if (options_.waits && is_due) context_->batcher->drain(id_);
  }
  return take_report();
}

serve::FrameReport InferStream::take_report() {
  serve::FrameReport report = last_;
  std::lock_guard lock(mutex_);
  if (!failure_.empty()) throw base::UserError(std::exchange(failure_, {}));
  report.windows = std::exchange(answers_, {});
  for (serve::WindowReport& window : report.windows) {
    if (window.last_frame < resized_number_)
      window.box = serve::scaled_box(window.box, old_width_, old_height_, report.frame_width, report.frame_height);
  }
  report.gone = std::exchange(gone_, {});
  return report;
}

serve::FrameReport InferStream::finish() {
  offer(windows_.finish());
  context_->batcher->drain(id_);
  last_.frame_number.reset();
  return take_report();
}

void InferStream::reset() {
  for (serve::DroppedRegion& region : windows_.reset()) gone_.push_back(std::move(region));
}

void InferStream::forget() {
  reset();
  std::lock_guard lock(mutex_);
  first_number_ = next_number_;
  answers_.clear();
}

serve::FrameReport InferStream::cut(bool loops) {
  if (loops) offer(windows_.finish());
  context_->batcher->drain(id_);
  reset();
  last_.frame_number.reset();
  return take_report();
}

void InferStream::interrupt(bool value) {
  context_->batcher->interrupt(id_, value);
}

}  // namespace gerund::gst
