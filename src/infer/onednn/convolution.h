// infer/onednn/convolution.h - one convolution of a plan: which algorithms can do it, and its packed weights.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "infer/onednn/aligned_floats.h"
#include "infer/onednn/memories.h"
#include "infer/onednn/narrow_conv.h"

namespace gerund::infer {

/// How a convolution is computed: "direct" (oneDNN), "winograd4", 5, 6, 8 or 9 (points of the transform), "bf16" and
/// "int8" (oneDNN, products of bfloat16 numbers, of bytes), "taps" (infer/winograd/tap_conv.h), "gather"
/// (infer/winograd/gather_conv.h); with "-phases" where the four phases of a plain input are first laid side by side as
/// channels, with "-halves" where halves of numbers are multiplied (infer/winograd/kernels.h), "-lean" where weights
/// are transformed in every run.
using ConvAlgorithm = std::string;

/// Packed weights of one convolution; they fit every batch size.
struct PackedConv {
  ConvAlgorithm algorithm;
  AlignedFloats own;        ///< Those of our own algorithms.
  dnnl::memory direct;      ///< Those of oneDNN's algorithms.
  std::vector<float> bias;  ///< Padded with zeros to whole panels.
};

/// A convolution ready to run.
///
/// Threads: run() from any number of threads at once, each with its own scratch.
struct PlannedConv {
  ConvAlgorithm algorithm;
  Layout input = Layout::blocked;
  Layout summand = Layout::blocked;
  Layout output = Layout::blocked;
  int64_t num_scratch_floats = 0;
  int64_t num_packed_bytes = 0;     ///< Of its weights.
  std::optional<ByteScales> bytes;  ///< Of "int8".
  bool takes_parts = false;         ///< run() takes an input of two parts.
  /// `summand` is nullptr where nothing is added; it may be `output` where both have one layout.
  std::function<void(const PackedConv& weights, const ConvInput& input, const float* summand, float* output,
                     float* scratch)>
      run;
  /// Packs weights float32 [out_channels, in_channels / groups, kernel...]; `bias` nullptr: zeros.
  std::function<PackedConv(const float* weights, const float* bias)> pack;
  /// Packed weights that are all zero, to be measured with.
  std::function<PackedConv()> blank;
  /// Packed weights of the same algorithm in the form that this plan wants; mostly they are as they were.
  std::function<std::shared_ptr<const PackedConv>(std::shared_ptr<const PackedConv> weights)> adapt;
};

/// "bf16", "bf16-phases" or "int8".
inline bool is_narrow(const PlannedConv& conv) {
  return conv.algorithm == "int8" || conv.algorithm.starts_with("bf16");
}

/// Which narrow numbers may be multiplied.
struct NarrowChoice {
  bool bf16 = false;
  std::optional<ByteScales> int8;
};

/// The algorithms that can do this convolution, "direct" first where oneDNN has it, and those of narrow numbers only
/// then, since they are held against it; those of float32 numbers take their input in the layout `input`, plain or
/// blocked, or in blocks where oneDNN has them only for channels that fill these. The same for every batch.
/// `shape.adds` says that there is a summand.
std::vector<PlannedConv> conv_candidates(const DirectConvShape& shape, Layout input, int num_threads,
                                         const NarrowChoice& narrow);

}  // namespace gerund::infer
