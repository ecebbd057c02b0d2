#include "serve/window_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace gerund::serve {
namespace {

double sample_fps_of(const LoadedModel& model, const WindowRequest& request) {
  if (request.sample_fps >= 0) return request.sample_fps;
  if (request.stride > 0 || request.subsample >= 0) return 0;
  if (model.recipe().sample_strategy == clip::SampleStrategy::consecutive || model.clip_seconds <= 0) return 0;
  return model.recipe().num_frames / model.clip_seconds;
}

int subsample_of(const LoadedModel& model, const WindowRequest& request) {
  if (request.subsample >= 0) return request.subsample;
  return model.recipe().sample_strategy == clip::SampleStrategy::consecutive ? model.recipe().sample_rate - 1 : 0;
}

void check_request(const WindowRequest& request) {
  if (request.stride < 0)
    throw base::UserError(
        fmt::format("window.stride: {}; 1 or more is wanted, or 0 for half a window", request.stride));
  if (request.subsample < -1)
    throw base::UserError(
        fmt::format("window.subsample: {}; 0 or more is wanted, or -1 for that of the training", request.subsample));
  if (!(request.sample_fps >= 0 || request.sample_fps == -1))
    throw base::UserError(
        fmt::format("window.sample_fps: {}; 0 (count frames) to 1000 is wanted, or -1 for that of the "
                    "training",
                    request.sample_fps));
  if (request.sample_fps > 0 && (request.stride > 0 || request.subsample > 0))
    throw base::UserError(
        fmt::format("window.sample_fps: {:g} takes samples by time, while window.stride and window.subsample count "
                    "frames; give one or the other: window.hop_seconds says how often by time; window.stride=0 and "
                    "window.subsample=-1 take back what a config says",
                    request.sample_fps));
}

}  // namespace

WindowOptions plan_windows(const LoadedModel& model, const WindowRequest& request) {
  check_request(request);
  WindowOptions options;
  options.num_frames = static_cast<int>(frames_per_window(model));
  options.sample_fps = sample_fps_of(model, request);
  options.subsample = subsample_of(model, request);
  options.stride = request.stride > 0 ? request.stride : std::max(1, options.num_frames / 2);
  options.hop_seconds = request.hop_seconds;
  options.max_gap_seconds = request.max_gap_seconds;
  options.at_end = request.at_end;
  if (model.step) {
    options.stride = options.num_frames;
    if (options.sample_fps > 0) options.hop_seconds = options.num_frames / options.sample_fps;
  }
  if (options.at_end == AtEnd::partial && !model.takes_any_length)
    throw base::UserError(fmt::format("window.at_end: partial; {} takes {} frames and no other number; use drop or pad",
                                      model.name, options.num_frames));
  check(options);
  return options;
}

std::string describe(const WindowOptions& options, int interval) {
  const int num_frames = options.num_frames;
  if (options.sample_fps > 0)
    return fmt::format("{} samples, {:.3g} per second: windows of {:.3g} s, one every {:.3g} s", num_frames,
                       options.sample_fps, num_frames / options.sample_fps,
                       static_cast<double>(std::max(1LL, std::llround(options.hop_seconds * options.sample_fps))) /
                           options.sample_fps);
  const int64_t offered = int64_t{interval} + 1;
  const int64_t spacing = (options.subsample + offered) / offered * offered;  // The next offered frame that is due.
  return fmt::format("{} frames{}: the first window is complete after {} frames, one more every {}", num_frames,
                     spacing > 1 ? fmt::format(", every {}. of the stream", spacing) : "",
                     (num_frames - 1) * spacing + 1, options.stride * spacing);
}

}  // namespace gerund::serve
