// infer/onednn/direct_conv.h - oneDNN's direct convolution of float32 numbers.
#pragma once

#include <dnnl.hpp>
#include <optional>

#include "infer/onednn/conv_kernel.h"

namespace gerund::infer {

/// Threads: const; run() from any number of threads at once, each with its own scratch.
class DirectConv : public ConvKernel {
 public:
  /// Blocked output. nullopt where oneDNN has no such convolution for this layout of the input but its slow reference.
  static std::optional<DirectConv> make(const DirectConvShape& shape, Layout input);

  /// Packs weights float32 [out_channels, in_channels / groups, kernel...].
  dnnl::memory pack(const float* weights) const;
  /// `bias` float32 [out_channels]. Where shape.adds, adds to what `output` holds.
  void run(const float* input, const dnnl::memory& packed, const float* bias, float* output, float* scratch) const;

 private:
  dnnl::memory::desc plain_weights_;
};

}  // namespace gerund::infer
