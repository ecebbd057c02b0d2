// infer/onednn/narrow_conv.h - oneDNN's direct convolutions of narrow numbers: bfloat16, and bytes.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <optional>
#include <vector>

#include "infer/onednn/conv_kernel.h"

namespace gerund::infer {

/// A convolution of bytes: what each whole number stands for. Input uint8 with zero point 0, weights int8.
struct ByteScales {
  float input = 1;
  std::vector<float> weights;    ///< One per output channel.
  std::optional<float> output;   ///< nullopt: float32 comes out, Layout::last; else Layout::u8.
  std::optional<float> summand;  ///< nullopt: it is float32, Layout::last; else Layout::u8, only where the output is.
  /// Weights beyond -64 to 64: two products of them and of bytes pass 16 bits, which processors without dot products of
  /// bytes sum in.
  bool has_large_weights = false;
};

/// Channels lie last, as processors want it that multiply such numbers.
///
/// Threads: const; run() from any number of threads at once, each with its own scratch.
class NarrowConv : public ConvKernel {
 public:
  /// Products of bfloat16 numbers, summed in float32; input, summand and output in Layout::bf16. nullopt where this
  /// processor or oneDNN has no such convolution (Note [Not every kernel]) but its slow reference.
  static std::optional<NarrowConv> make_bf16(const DirectConvShape& shape);
  /// Products of bytes, summed in int32. nullopt as above.
  static std::optional<NarrowConv> make_int8(const DirectConvShape& shape, const ByteScales& scales);

  /// Packs weights float32 [out_channels, in_channels, kernel...]; for bytes whole multiples of their scales.
  dnnl::memory pack(const float* weights) const;
  /// The bias as run() wants it, from float32 [out_channels].
  std::vector<float> pack_bias(std::vector<float> bias) const;
  /// `summand`: nullptr where shape.adds is not set; it may be `output` where both have one layout.
  void run(const float* input, const dnnl::memory& packed, const float* bias, const float* summand, float* output,
           float* scratch) const;

 private:
  bool take_narrow(const DirectConvShape& shape, Layout input, Layout output, dnnl::memory::data_type weights,
                   const dnnl::primitive_attr& attributes, MayTake may_take);

  dnnl::memory::dims weight_extents_;
  dnnl::memory::desc summand_;
  std::optional<ByteScales> bytes_;
  bool sums_in_place_ = false;  // The summand is of the output's type: oneDNN adds to what is there.
};

/// Whether NarrowConv multiplies bfloat16 numbers on this processor.
bool has_bf16();

}  // namespace gerund::infer
