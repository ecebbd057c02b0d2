// infer/onednn/direct_conv.h - oneDNN's direct convolution of float32 numbers.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <optional>

#include "infer/onednn/memories.h"

namespace gerund::infer {

/// Threads: const; run() from any number of threads at once, each with its own scratch.
class DirectConv {
 public:
  /// Blocked output. nullopt where oneDNN has no such convolution for this layout of the input but its slow reference.
  static std::optional<DirectConv> make(const DirectConvShape& shape, Layout input);

  int64_t num_scratch_floats() const;
  int64_t num_packed_bytes() const;
  /// Packed weights that are all zero.
  dnnl::memory blank() const;
  /// Packs weights float32 [out_channels, in_channels / groups, kernel...].
  dnnl::memory pack(const float* weights) const;
  /// Packs again what pack() of another DirectConv of the same weights made; returns it where nothing changes.
  dnnl::memory repack(const dnnl::memory& packed) const;
  /// `bias` float32 [out_channels]. Where shape.adds, adds to what `output` holds.
  void run(const float* input, const dnnl::memory& packed, const float* bias, float* output, float* scratch) const;

 private:
  dnnl::convolution_forward::primitive_desc description_;
  dnnl::convolution_forward primitive_;
  dnnl::memory::desc plain_weights_;
};

}  // namespace gerund::infer
