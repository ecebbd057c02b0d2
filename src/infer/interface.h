// infer/interface.h - what every engine asks of a graph and of the inputs of a run, so that all refuse alike.
#pragma once

#include <map>
#include <span>
#include <string>

#include "graph/model.h"
#include "tensor/tensor.h"

namespace gerund::infer {

/// Throws UserError where `model` has no input or no output, an output that no node makes or that is listed twice, or a
/// node without outputs.
void check_interface(const graph::Model& model);

/// Finds what cannot run when the network is loaded, where only the batch is free. Other free extents are checked by
/// each run. Throws UserError naming the node.
void check_shapes(const graph::Model& model);

/// The shapes of `inputs` by the names of the network's inputs. Throws UserError where their number differs, or one is
/// not float32.
std::map<std::string, tensor::Shape> input_shapes(std::span<const graph::Value> wanted,
                                                  std::span<const tensor::Tensor> inputs);

}  // namespace gerund::infer
