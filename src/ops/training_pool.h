// ops/training_pool.h - maximum pooling and its gradient, in blocks of channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>

#include "infer/onednn/primitives.h"

namespace gerund::ops {

/// Tensors as infer::Layout::blocked.
///
/// Threads: const; runs on the threads of the caller's OpenMP.
class TrainingPool {
 public:
  /// `shape.kind`: max.
  explicit TrainingPool(const infer::PoolShape& shape);

  const infer::PoolShape& shape() const { return shape_; }
  /// Of the memory that forward() leaves to gradient(): where each maximum was.
  size_t num_places_bytes() const { return description_.workspace_desc().get_size(); }

  void forward(const float* input, float* output, void* places) const;
  void gradient(const float* output_gradient, const void* places, float* gradient) const;

 private:
  infer::PoolShape shape_;
  dnnl::pooling_forward::primitive_desc description_;
  dnnl::pooling_forward forward_;
  dnnl::pooling_backward::primitive_desc back_description_;
  dnnl::pooling_backward back_;
};

}  // namespace gerund::ops
