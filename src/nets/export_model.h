// nets/export_model.h - a checkpoint as the model file that is deployed.
#pragma once

#include <string>

#include "graph/model.h"
#include "nets/checkpoint.h"

namespace gerund::nets {

/// The checkpoint's network, batch norm folded, with recipe, labels, parameter count and origin in the metadata.
/// `source` is the checkpoint's name, kept as provenance.
graph::Model export_model(const Checkpoint& checkpoint, const std::string& source);

/// The same of a causal network that takes `step_frames` new frames and carries its state (nets/lower.h, lower_step).
/// Throws UserError where the network is not causal or step_frames no multiple of 4.
graph::Model export_step_model(const Checkpoint& checkpoint, const std::string& source, int64_t step_frames);

}  // namespace gerund::nets
