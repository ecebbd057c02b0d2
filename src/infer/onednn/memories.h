// infer/onednn/memories.h - tensors as oneDNN describes them, and what it is told of a convolution. Only this header,
// primitives.h and those of the convolutions include oneDNN's; where its versions 2 and 3 differ is in their .cc files.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <limits>

#include "infer/onednn/layout.h"
#include "infer/winograd/winograd_conv.h"

namespace gerund::infer {

/// clamp(x, low, high).
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool is_none() const { return low == -std::numeric_limits<float>::infinity() && !has_high(); }
  bool has_high() const { return high != std::numeric_limits<float>::infinity(); }
};

/// A convolution as oneDNN sees it: ConvShape and what Winograd's algorithm does not do.
struct DirectConvShape {
  ConvShape conv;
  int64_t groups = 1;
  ConvShape::Axes dilation{1, 1, 1};
  ConvShape::Axes pad_end{0, 0, 0};
  bool adds = false;  ///< Adds a tensor of the output's shape.
  Clamp clamp;
};

const dnnl::engine& cpu();

/// [N, C, D, H, W] of what goes in and comes out.
tensor::Shape input_shape(const ConvShape& conv);
tensor::Shape output_shape(const ConvShape& conv);

/// A tensor of five axes in a layout.
dnnl::memory::desc describe(const tensor::Shape& shape, Layout layout);
dnnl::memory::dims dims(const ConvShape::Axes& axes);

/// oneDNN never writes to its inputs. `data`: memory of whatever type the description says.
dnnl::memory view(const dnnl::memory::desc& description, const float* data);
/// The same values in another layout or type; the memory itself where it is so already.
dnnl::memory reordered(const dnnl::memory& given, const dnnl::memory::desc& wanted);
dnnl::memory zeros(const dnnl::memory::desc& description);
/// Floats that take so many bytes, in whole cache lines.
int64_t floats_for(size_t bytes);

/// Appends a clamp to what is done with each result.
void append_clamp(dnnl::post_ops& steps, const Clamp& clamp);
void append_linear(dnnl::post_ops& steps, float factor);

}  // namespace gerund::infer
