// graph/quantize.h - a network with its convolutions in 8-bit whole numbers, in ONNX's QDQ form: a QuantizeLinear and a
// DequantizeLinear say where a value is rounded, and any runtime either computes with the whole numbers or as it is
// written. Form: ONNX operator reference, QuantizeLinear; scales: Jacob et al. 2018, arXiv:1712.05877.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/model.h"

namespace gerund::graph {

/// Between which numbers a value lies.
struct ValueRange {
  float low = 0;
  float high = 0;
};

/// The values that quantize() rounds: what convolutions with constant weights read, but for inputs of the network,
/// whose few channels are worth their precision. In the order of the graph, each once.
std::vector<std::string> values_to_quantize(const Model& model);

/// Rounds those values to uint8, by the ranges given, and the weights of the convolutions that read them to int8, one
/// scale per output channel. Weights span -63 to 63: processors without dot products of bytes add two products of
/// bytes in 16 bits, which larger weights would overflow. Batch norm must be folded. Throws InternalError where a range
/// is missing, UserError where no convolution can be quantized or the opset is below 13.
Model quantize(const Model& model, const std::map<std::string, ValueRange>& ranges);

}  // namespace gerund::graph
