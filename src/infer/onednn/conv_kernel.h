// infer/onednn/conv_kernel.h - one of oneDNN's kernels of direct convolution: what those of all numbers share.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <string_view>
#include <unordered_map>

#include "infer/onednn/memories.h"

namespace gerund::infer {

/// Threads: const but for take().
class ConvKernel {
 public:
  int64_t num_scratch_floats() const;
  int64_t num_packed_bytes() const;
  /// Packed weights that are all zero.
  dnnl::memory blank() const;
  /// Weights in the form of this kernel, from those packed for another of the same numbers; themselves where nothing
  /// changes.
  dnnl::memory repack(const dnnl::memory& packed) const;

 protected:
  using Arguments = std::unordered_map<int, dnnl::memory>;
  /// Says of a kernel, by oneDNN's name of it, whether it may be taken.
  using MayTake = bool (*)(std::string_view name);

  /// Takes the first kernel that may be taken, with a float32 bias; false where there is none.
  bool take(const DirectConvShape& shape, const dnnl::memory::desc& source, const dnnl::memory::desc& weights,
            const dnnl::memory::desc& target, dnnl::primitive_attr attributes, MayTake may_take);
  void execute(const float* input, const dnnl::memory& packed, const float* bias, float* output, float* scratch,
               Arguments more = {}) const;
  const dnnl::convolution_forward::primitive_desc& description() const { return description_; }

 private:
  dnnl::convolution_forward::primitive_desc description_;
  dnnl::convolution_forward primitive_;
};

}  // namespace gerund::infer
