// graph/transform.h - rewriting and measuring graphs.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "graph/model.h"

namespace gerund::graph {

/// Folds every BatchNormalization that alone follows a Conv into that Conv's weight and bias, in double precision.
Model fold_batch_norm(Model model);

/// Lets a Conv leave out what a MaxPool behind it never reads: where the pool's window is one element wide along an
/// axis and strides (the stem of the 3D ResNets, in time), its stride moves to the Conv. The outputs stay the same.
Model drop_unread_positions(Model model);

/// Shapes of all values for the given input shapes (no -1 in them). Throws UserError naming the node where shapes do
/// not fit or an operator is not known.
std::map<std::string, tensor::Shape> infer_shapes(const Model& model,
                                                  const std::map<std::string, tensor::Shape>& inputs);

/// Multiply-adds of Conv, Gemm and MatMul for the given input shapes, multiplications with padding included.
int64_t count_macs(const Model& model, const std::map<std::string, tensor::Shape>& inputs);

}  // namespace gerund::graph
