// nets/step_cost.h - what a new frame costs a causal network that carries its state, beside the centred network.
#pragma once

#include <cstdint>

#include "nets/lower.h"

namespace gerund::nets {

/// Multiply-adds, those with padding included.
struct StepCost {
  int64_t step_frames = 0;             ///< New frames of one step.
  double macs_per_frame = 0;           ///< Of the step graph.
  double centered_macs_per_frame = 0;  ///< Of the centred network of the same shape, which for every answer computes a
                                       ///< clip of T frames anew.
};

/// Counts both graphs. `architecture` is causal; throws as lower_step does.
StepCost step_cost(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width,
                   int64_t step_frames);

}  // namespace gerund::nets
