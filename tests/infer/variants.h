// tests/infer/variants.h - every engine, with every way it computes convolutions: all pass the same tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "infer/engine.h"
#include "infer/onednn/onednn_engine.h"
#include "infer/winograd/kernels.h"

namespace gerund::infer {

struct Variant {
  std::string engine;
  std::string algorithm;
  double tolerance;  ///< Relative L2 error of one operator. Winograd's transforms cost digits.
  std::string precision = "fp32";

  EngineOptions options(int num_threads = 2) const { return {engine, num_threads, algorithm, precision}; }
};

inline std::ostream& operator<<(std::ostream& out, const Variant& variant) {
  return out << variant.engine << "_" << variant.algorithm << "_" << variant.precision;
}

inline std::vector<Variant> variants() {
  // Left to itself, the engine multiplies halves of numbers where the processor is fast at that.
  const double fastest = winograd_kernels_of_halves() != nullptr ? 2e-4 : 3e-5;
  std::vector<Variant> all{{"reference", "auto", 1e-6},
                           {"onednn", "direct", 3e-6},
                           {"onednn", "winograd", 3e-5},
                           {"onednn", "auto", fastest}};
  // Factors, summand and result are rounded, each by 2^-9 at most.
  if (onednn_has_bf16()) all.push_back({"onednn", "direct", 8e-3, "bf16"});
  return all;
}

inline std::string variant_name(const testing::TestParamInfo<Variant>& info) {
  return info.param.engine + "_" + info.param.algorithm + "_" + info.param.precision;
}

}  // namespace gerund::infer
