// nets/lower.h - a network with its weights as a portable graph.
#pragma once

#include <map>
#include <string>

#include "graph/model.h"
#include "nets/architecture.h"
#include "tensor/tensor.h"

namespace gerund::nets {

using Weights = std::map<std::string, tensor::Tensor>;

/// The graph of `architecture` as evaluation runs it (no dropout, batch norm not yet folded): input "input_rgb" [-1, 3
/// * T, H, W] or [-1, 3, T, H, W], or "input_of" with 2 in the place of 3, or both in this order; output "fc_pred" [-1,
/// num_classes], logits. A causal network sees a clip from a reset: zeros before it. Throws UserError naming a weight
/// that is missing or has another shape.
graph::Model lower(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width);

/// The same for a causal network and a sequence of `num_frames`, a multiple of 4, of any length from a reset: logits
/// for its last T frames.
graph::Model lower_sequence(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width,
                            int64_t num_frames);

/// A causal network that goes on from where it stood: input "input_rgb" [-1, 3, step_frames, H, W], the newest frames;
/// output "fc_pred" [-1, num_classes], logits for the newest T frames, or for those since the reset where they are
/// fewer. With 4 k frames, k > 1, it is [-1, k, num_classes]: after every fourth frame what a step of 4 gives. Inputs
/// "state_..." carry what the network keeps, outputs "next_state_..." of the same shapes are what it must be given next
/// time; zeros reset it. Names and shapes: docs/streaming.md. Throws UserError as lower does and where step_frames is
/// no multiple of 4, InternalError for a network that is not causal.
graph::Model lower_step(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width,
                        int64_t step_frames);

}  // namespace gerund::nets
