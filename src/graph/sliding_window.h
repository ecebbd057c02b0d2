// graph/sliding_window.h - where the window of a convolution or a pool stands.
#pragma once

#include "graph/attributes.h"
#include "tensor/tensor.h"

namespace gerund::graph {

/// One entry per spatial axis (height, width or depth, height, width), as ONNX's Conv, MaxPool and AveragePool define
/// them. Tap k of output position o lies at input position o * stride - pad_begin + k * dilation.
struct SlidingWindow {
  Ints kernel;
  Ints strides;
  Ints dilations;
  Ints pads_begin;
  Ints pads_end;  ///< May be less than the last window needs where ceil_mode is set.
  Ints output;    ///< Output positions, each at least 1.
};

/// The window of `node` over an input [N, C, spatial...] with two or three spatial axes. `kernel` is the extent of the
/// window. Reads strides, dilations, pads, auto_pad and ceil_mode; a window of ceil_mode that would begin behind the
/// input and its leading padding is left out. Throws UserError naming the node where they do not fit the input.
SlidingWindow sliding_window(const Node& node, const tensor::Shape& input, const Ints& kernel);

}  // namespace gerund::graph
