#include "serve/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace gerund::serve {
namespace {

void refuse_unless(bool fits, const char* field, double value, const char* wanted) {
  if (!fits) throw base::UserError(fmt::format("window.{}: {}; {} is wanted", field, value, wanted));
}

int64_t samples_per_hop(const WindowOptions& options) {
  if (options.sample_fps <= 0) return options.stride;
  return std::max<int64_t>(1, std::llround(options.hop_seconds * options.sample_fps));
}

}  // namespace

void check(const WindowOptions& options) {
  refuse_unless(options.num_frames >= 1, "num_frames", options.num_frames, "1 or more");
  refuse_unless(options.stride >= 1, "stride", options.stride, "1 or more");
  refuse_unless(options.subsample >= 0, "subsample", options.subsample, "0 or more");
  refuse_unless(options.sample_fps >= 0 && options.sample_fps <= 1000, "sample_fps", options.sample_fps,
                "0 (count frames) to 1000");
  refuse_unless(options.hop_seconds > 0 && options.hop_seconds <= 86400, "hop_seconds", options.hop_seconds,
                "more than 0, at most 86400");
  refuse_unless(options.max_gap_seconds > 0, "max_gap_seconds", options.max_gap_seconds, "more than 0");
}

Window::Window(const WindowOptions& options)
    : options_(options),
      stride_(samples_per_hop(options)),
      spacing_(options.sample_fps > 0 ? 1 : static_cast<int64_t>(options.subsample) + 1) {
  check(options);
}

void Window::reset() {
  samples_.clear();
  previous_.reset();
  last_.reset();
  num_unseen_ = 0;
  is_first_ = true;
}

bool Window::is_wanted(int64_t number) const {
  if (!last_) return true;
  const int64_t span = (options_.num_frames - 1) * spacing_;
  return number >= *last_ + spacing_ && number + span >= next_ready_;
}

void Window::take(Sample sample, std::vector<Clip>& complete) {
  if (!last_) next_ready_ = sample.number + (options_.num_frames - 1) * spacing_;
  last_ = sample.number;
  samples_.push_back(std::move(sample));
  ++num_unseen_;
  if (static_cast<int64_t>(samples_.size()) < options_.num_frames || *last_ < next_ready_) return;
  complete.push_back(make_clip());
  next_ready_ = *last_ + stride_ * spacing_;
  samples_.erase(samples_.begin(),
                 samples_.begin() + std::min<int64_t>(stride_, static_cast<int64_t>(samples_.size())));
}

Clip Window::make_clip() {
  Clip clip;
  for (const Sample& sample : samples_) {
    clip.frames.push_back(sample.planes);
    clip.positions.push_back(sample.position);
  }
  clip.is_first = is_first_;
  is_first_ = false;
  num_unseen_ = 0;
  return clip;
}

// The places [first, stop) of the grid to which this frame is nearest. The next frame is not known yet: it is taken to
// come after the same time as this one did.
std::pair<int64_t, int64_t> Window::grid_numbers(const FramePosition& position) {
  const int64_t first = next_grid_;
  double reach = 0;
  if (previous_) reach = std::min(position.pts_seconds - previous_->pts_seconds, 1 / options_.sample_fps) / 2;
  const double share = (position.pts_seconds - grid_start_seconds_ + reach) * options_.sample_fps;
  // A place that lies just between two frames belongs to the later one, however the last digit is rounded.
  const auto stop = static_cast<int64_t>(std::ceil(share - 1e-6)) + (previous_ ? 0 : 1);
  next_grid_ = std::max(first, stop);
  return {first, next_grid_};
}

std::vector<Clip> Window::push(const FramePosition& position, const std::function<Planes()>& make_planes) {
  if (previous_ && (position.number <= previous_->number || position.pts_seconds < previous_->pts_seconds ||
                    position.pts_seconds - previous_->pts_seconds > options_.max_gap_seconds + position.passed_seconds))
    reset();
  std::pair<int64_t, int64_t> numbers{position.number, position.number + 1};
  if (options_.sample_fps > 0) {
    if (!previous_) {
      grid_start_seconds_ = position.pts_seconds;
      next_grid_ = 0;
    }
    numbers = grid_numbers(position);
  }
  previous_ = position;
  std::vector<Clip> complete;
  Planes planes;
  for (int64_t number = numbers.first; number < numbers.second; ++number) {
    if (!is_wanted(number)) continue;
    if (!planes) planes = make_planes();
    take({number, position, planes}, complete);
  }
  return complete;
}

std::vector<Clip> Window::finish() {
  std::vector<Clip> complete;
  const bool is_shown = options_.at_end == AtEnd::pad || options_.at_end == AtEnd::partial ||
                        (options_.at_end == AtEnd::pad_short && is_first_);
  if (num_unseen_ > 0 && is_shown) {
    while (options_.at_end != AtEnd::partial && static_cast<int64_t>(samples_.size()) < options_.num_frames)
      samples_.push_back(samples_.back());
    complete.push_back(make_clip());
  }
  reset();
  return complete;
}

}  // namespace gerund::serve
