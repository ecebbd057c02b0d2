#include "media/steady_frames.h"

#include <utility>

namespace gerund::media {
namespace {

// In frames: how far a frame may lie from its place, and how near it is brought where it lies farther.
constexpr double kFar = 1.5;
constexpr double kNear = 0.5;

}  // namespace

SteadyFrames::SteadyFrames(FrameSource& source)
    : source_(source), fps_(source.info().fps > 0 ? source.info().fps : 25) {
  take();
  take();
}

// How many frames later than its place the frame ahead is due.
double SteadyFrames::lead() const {
  return ahead_->pts_seconds * fps_ - static_cast<double>(num_given_ + 1);
}

void SteadyFrames::take() {
  shown_ = std::exchange(ahead_, source_.next());
}

std::optional<tensor::Frame> SteadyFrames::next() {
  if (!shown_ || num_given_ == source_.info().num_frames) return std::nullopt;
  if (ahead_ && lead() < -kFar)
    while (ahead_ && lead() < -kNear) take();
  is_filling_ = ahead_ && lead() > (is_filling_ ? kNear : kFar);
  ++num_given_;
  if (is_filling_) return shown_;
  std::optional<tensor::Frame> given = std::move(shown_);
  take();
  return given;
}

}  // namespace gerund::media
