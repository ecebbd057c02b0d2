// infer/fold_constants.h - what a network computes from constants alone, computed once.
#pragma once

#include "graph/model.h"

namespace gerund::infer {

/// Every node that reads constants alone becomes a constant, by the kernels of the reference engine; constants that
/// nobody reads any more leave the model. Nodes that make outputs of the network stay.
graph::Model fold_constants(graph::Model model);

}  // namespace gerund::infer
