// infer/reference/kernels.h - one plain function per operator. Meaning: ONNX's operator reference, opset 7 to 22.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/model.h"
#include "tensor/tensor.h"

namespace gerund::infer {

/// One run of a node whose shapes fit (graph/operators.h has checked them).
struct KernelCall {
  const graph::Node& node;
  int64_t opset;
  std::vector<const tensor::Tensor*> inputs;  ///< nullptr: left out.
  tensor::Shape output_shape;
  int num_threads;

  const tensor::Tensor& input(size_t index) const { return *inputs.at(index); }
  /// nullptr where the node does not give it.
  const tensor::Tensor* optional_input(size_t index) const { return index < inputs.size() ? inputs[index] : nullptr; }
};

/// Returns the first output, float32 of call.output_shape. Sums run in one fixed order, whatever the number of threads.
using Kernel = tensor::Tensor (*)(const KernelCall& call);

/// Throws UserError naming the node where its operator has no kernel.
Kernel find_kernel(const graph::Node& node);

tensor::Tensor add(const KernelCall& call);
tensor::Tensor subtract(const KernelCall& call);
tensor::Tensor multiply(const KernelCall& call);
tensor::Tensor divide(const KernelCall& call);
tensor::Tensor relu(const KernelCall& call);
tensor::Tensor sigmoid(const KernelCall& call);
tensor::Tensor clip(const KernelCall& call);
tensor::Tensor hard_sigmoid(const KernelCall& call);
tensor::Tensor hard_swish(const KernelCall& call);
/// Whole numbers of the zero point's type (uint8 without one), as float32.
tensor::Tensor quantize(const KernelCall& call);
tensor::Tensor dequantize(const KernelCall& call);
tensor::Tensor batch_norm(const KernelCall& call);
tensor::Tensor conv(const KernelCall& call);
tensor::Tensor gemm(const KernelCall& call);
tensor::Tensor matmul(const KernelCall& call);
tensor::Tensor max_pool(const KernelCall& call);
tensor::Tensor average_pool(const KernelCall& call);
tensor::Tensor global_average_pool(const KernelCall& call);
tensor::Tensor reduce_mean(const KernelCall& call);
tensor::Tensor softmax(const KernelCall& call);
tensor::Tensor concat(const KernelCall& call);
tensor::Tensor pad(const KernelCall& call);
tensor::Tensor slice(const KernelCall& call);
tensor::Tensor transpose(const KernelCall& call);
/// Operators that keep the elements in their order: Identity, Dropout, Flatten, Reshape, Squeeze, Unsqueeze.
tensor::Tensor keep_elements(const KernelCall& call);

}  // namespace gerund::infer
