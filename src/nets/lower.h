// nets/lower.h - a network with its weights as a portable graph.
#pragma once

#include <map>
#include <string>

#include "graph/model.h"
#include "nets/architecture.h"
#include "tensor/tensor.h"

namespace gerund::nets {

/// The graph of `architecture` as evaluation runs it (no dropout, batch norm not yet folded): input "input_rgb" [-1, 3
/// * T, H, W] or
/// [-1, 3, T, H, W], output "fc_pred" [-1, num_classes], logits. Throws UserError naming a weight that is missing or
/// has another shape.
graph::Model lower(const Architecture& architecture, const std::map<std::string, tensor::Tensor>& weights,
                   int64_t height, int64_t width);

}  // namespace gerund::nets
