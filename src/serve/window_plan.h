// serve/window_plan.h - which frames make the windows of a model, where its user says little or nothing about it.
#pragma once

#include <string>

#include "serve/loaded_model.h"
#include "serve/window.h"

namespace gerund::serve {

/// What a user says; the defaults leave it to the model.
struct WindowRequest {
  int stride = 0;      ///< As WindowOptions::stride; 0: half a window.
  int subsample = -1;  ///< As WindowOptions::subsample; -1: as the clips of the training were taken.
  double sample_fps =
      -1;  ///< As WindowOptions::sample_fps; 0: frame mode; -1: as the clips of the training were taken.
  double hop_seconds = 0.5;
  double max_gap_seconds = 1;
  AtEnd at_end = AtEnd::drop;
};

/// A network that was trained on clips of neighbouring frames counts frames; one that was trained on frames spread over
/// whole videos takes samples at the spacing that they had there. A stride or subsample that is given means frame mode,
/// and beside a sample_fps it is refused. The windows of a step network are its steps, one after the other. Throws
/// UserError for a request out of range.
WindowOptions plan_windows(const LoadedModel& model, const WindowRequest& request);

/// For a person: "16 samples, 8 per second: windows of 2 s, one every 0.5 s". `interval`: frames passed over between
/// two that are offered.
std::string describe(const WindowOptions& options, int interval = 0);

}  // namespace gerund::serve
