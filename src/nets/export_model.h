// nets/export_model.h - a checkpoint as the model file that is deployed.
#pragma once

#include <string>

#include "graph/model.h"
#include "nets/checkpoint.h"

namespace gerund::nets {

/// The checkpoint's network, batch norm folded, with recipe, labels, parameter count and origin in the metadata.
/// `source` is the checkpoint's name, kept as provenance.
graph::Model export_model(const Checkpoint& checkpoint, const std::string& source);

}  // namespace gerund::nets
