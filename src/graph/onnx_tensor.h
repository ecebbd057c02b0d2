// graph/onnx_tensor.h - arrays between ONNX's form and ours.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "tensor/tensor.h"

namespace gerund::graph {

/// Throws UserError beginning with `what` for a type other than float, int64, int32, int8, uint8 and bool, for external
/// data and where the number of elements does not fit the shape.
tensor::Tensor from_onnx(const onnx::TensorProto& proto, const std::string& what);
/// The same, where what would be raw_data was taken out of `proto`.
tensor::Tensor from_onnx(const onnx::TensorProto& proto, tensor::Bytes raw, const std::string& what);

/// Elements go to raw_data.
onnx::TensorProto to_onnx(const tensor::Tensor& tensor, const std::string& name);

}  // namespace gerund::graph
