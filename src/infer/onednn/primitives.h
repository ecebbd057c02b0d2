// infer/onednn/primitives.h - oneDNN's operators beside the convolutions.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <string>

#include "infer/onednn/memories.h"

namespace gerund::infer {

/// The version that runs, such as "2.6.3".
std::string onednn_version();

/// Maximum or average over a window, no dilation.
struct PoolShape {
  enum class Kind { max, average, average_with_padding };
  Kind kind = Kind::max;
  int64_t batch = 1;
  int64_t channels = 1;
  ConvShape::Axes input{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, pad{0, 0, 0}, pad_end{0, 0, 0}, output{1, 1, 1};
};

/// From a layout, any but plain, to the same.
class Pool {
 public:
  Pool(const PoolShape& shape, Layout layout);
  int64_t num_scratch_floats() const;
  void run(const float* input, float* output, float* scratch) const;

 private:
  dnnl::pooling_forward::primitive_desc description_;
  dnnl::pooling_forward primitive_;
};

/// Copies a tensor of rank 4 or 5 from one layout to another, each number times `factor`; to bytes it rounds to the
/// nearest, ties to even, and stays within them.
class Reorder {
 public:
  Reorder(const tensor::Shape& shape, Layout from, Layout to, float factor = 1);
  void run(const float* input, float* output) const;

 private:
  dnnl::memory::desc from_, to_;
  [[maybe_unused]] float factor_;  // oneDNN 2 has it in the primitive.
  dnnl::reorder primitive_;
};

}  // namespace gerund::infer
