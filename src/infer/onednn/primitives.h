// infer/onednn/primitives.h - oneDNN's operators on tensors in blocks of channels. The only header of the engine that
// includes oneDNN's; the differences between oneDNN 2 and 3 are in primitives.cc.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "infer/winograd/winograd_conv.h"
#include "tensor/tensor.h"

namespace gerund::infer {

/// How a float32 tensor [N, C, D, H, W] lies in memory.
enum class Layout {
  plain,   ///< Row-major.
  blocked  ///< [N, ceil(C / lanes), D, H, W, lanes], zeros behind the last channel.
};

/// The version that runs, such as "2.6.3".
std::string onednn_version();

/// Channels of a block, the vector of this processor.
int64_t block_lanes();

/// [N, C, D, H, W] of a tensor of rank 4 (depth 1) or 5.
tensor::Shape five_axes(const tensor::Shape& shape);

/// Floats of a tensor of rank 4 or 5 in a layout; of any rank where it is plain.
int64_t num_floats(const tensor::Shape& shape, Layout layout);

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
  bool adds = false;  ///< Adds to what `output` holds.
  Clamp clamp;
};

/// oneDNN's direct convolution.
///
/// Threads: const; run() from any number of threads at once, each with its own scratch.
class DirectConv {
 public:
  /// nullopt where oneDNN has no such convolution for these layouts but its slow reference.
  static std::optional<DirectConv> make(const DirectConvShape& shape, Layout input, Layout output);

  int64_t num_scratch_floats() const;
  int64_t num_packed_bytes() const;
  /// Packed weights that are all zero.
  dnnl::memory blank() const;
  /// Packs weights float32 [out_channels, in_channels / groups, kernel...].
  dnnl::memory pack(const float* weights) const;
  /// Packs again what pack() of another DirectConv of the same weights made; returns it where nothing changes.
  dnnl::memory repack(const dnnl::memory& packed) const;
  /// `bias` float32 [out_channels].
  void run(const float* input, const dnnl::memory& packed, const float* bias, float* output, float* scratch) const;

 private:
  dnnl::convolution_forward::primitive_desc description_;
  dnnl::convolution_forward primitive_;
  dnnl::memory::desc plain_weights_;
};

/// oneDNN's direct convolution of bfloat16 numbers, summed in float32: what comes in is rounded and laid out channels
/// last, as processors with matrix units want it, and what goes out is float32 in blocks.
///
/// Threads: const; run() from any number of threads at once, each with its own scratch.
class Bf16Conv {
 public:
  /// nullopt where this processor or oneDNN has no such convolution but its slow reference, and for shapes that
  /// networks of this field do not have (Note [Only what networks do]).
  static std::optional<Bf16Conv> make(const DirectConvShape& shape, Layout input);

  int64_t num_scratch_floats() const;
  int64_t num_packed_bytes() const;
  /// Packed weights that are all zero.
  dnnl::memory blank() const;
  /// Packs weights float32 [out_channels, in_channels, kernel...].
  dnnl::memory pack(const float* weights) const;
  /// As DirectConv::repack.
  dnnl::memory repack(const dnnl::memory& packed) const;
  /// `bias` float32 [out_channels]. `summand`: blocked like `output`, nullptr where shape.adds is not set; they may be
  /// the same.
  void run(const float* input, const dnnl::memory& packed, const float* bias, const float* summand, float* output,
           float* scratch) const;

 private:
  dnnl::convolution_forward::primitive_desc description_;
  dnnl::convolution_forward primitive_;
  dnnl::memory::desc plain_weights_, given_, blocked_;  // blocked_: summand and output.
  dnnl::reorder round_, bring_, give_;                  // The input; the summand; the output.
};

/// Whether Bf16Conv is there at all on this processor.
bool has_bf16();

/// Maximum or average over a window, no dilation, blocked to blocked.
struct PoolShape {
  enum class Kind { max, average, average_with_padding };
  Kind kind = Kind::max;
  int64_t batch = 1;
  int64_t channels = 1;
  ConvShape::Axes input{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, pad{0, 0, 0}, pad_end{0, 0, 0}, output{1, 1, 1};
};

class Pool {
 public:
  explicit Pool(const PoolShape& shape);
  void run(const float* input, float* output) const;

 private:
  dnnl::pooling_forward::primitive_desc description_;
  dnnl::pooling_forward primitive_;
};

/// Copies a tensor of rank 4 or 5 from one layout to another.
class Reorder {
 public:
  Reorder(const tensor::Shape& shape, Layout from, Layout to);
  void run(const float* input, float* output) const;

 private:
  dnnl::memory::desc from_, to_;
  dnnl::reorder primitive_;
};

}  // namespace gerund::infer
