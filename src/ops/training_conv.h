// ops/training_conv.h - a convolution and its gradients, in the layout that this processor's vectors want.
//
// Note [Why not LibTorch's]
// LibTorch calls the same kernels of oneDNN, but holds tensors row-major in between: each convolution rearranges its
// input and output, forward and back, and batch norm and ReLU walk over memory one by one. Here the tensors of a
// network stay in blocks of channels from the first convolution to the last mean. Convolutions of 3x3 pixels and stride
// 1 and their gradients go by Winograd's algorithm where there are enough tiles to pay for transforming the weights in
// every step. A rule says where, not a measurement: a run that is resumed must go on as it began.
#pragma once

#include <dnnl.hpp>
#include <memory>
#include <optional>

#include "infer/winograd/winograd_conv.h"
#include "infer/winograd/winograd_gradient.h"

namespace gerund::ops {

/// float32, without groups, dilation and bias. Output and input lie in blocks (infer::Layout::blocked); what comes into
/// a network may be row-major, and has no gradient then. Weights are row-major [out, in, kernel...].
///
/// Threads: const; runs on the threads of the caller's OpenMP.
class TrainingConv {
 public:
  /// nullopt where channels do not fill blocks, or oneDNN has no kernel of this processor's vectors. Row-major ones it
  /// has for up to three channels.
  static std::optional<TrainingConv> make(const infer::ConvShape& shape, bool is_row_major, int num_threads);

  const infer::ConvShape& shape() const { return shape_; }

  void forward(const float* input, const float* weights, float* output) const;
  /// Not of a row-major input.
  void input_gradient(const float* output_gradient, const float* weights, float* gradient) const;
  void weight_gradient(const float* input, const float* output_gradient, float* gradient) const;

 private:
  TrainingConv() = default;
  bool describe_all();
  void take_winograd(int num_threads);

  infer::ConvShape shape_;
  bool is_row_major_ = false;
  dnnl::memory::desc plain_weights_, input_, output_;
  dnnl::convolution_forward::primitive_desc forward_description_;
  dnnl::convolution_forward forward_;
  dnnl::convolution_backward_data::primitive_desc data_description_;
  dnnl::convolution_backward_data data_;
  dnnl::convolution_backward_weights::primitive_desc weights_description_;
  dnnl::convolution_backward_weights weights_;
  std::shared_ptr<const infer::WinogradConv> winograd_forward_, winograd_data_;  // nullptr: the kernels above.
  std::shared_ptr<const infer::WinogradGradient> winograd_weights_;
};

}  // namespace gerund::ops
