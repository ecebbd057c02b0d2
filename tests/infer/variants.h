// tests/infer/variants.h - every engine, with every way it computes convolutions: all pass the same tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "infer/engine.h"

namespace gerund::infer {

struct Variant {
  std::string engine;
  std::string algorithm;
  double tolerance;  ///< Relative L2 error of one operator. Winograd's transforms cost digits.

  EngineOptions options(int num_threads = 2) const { return {engine, num_threads, algorithm}; }
};

inline std::ostream& operator<<(std::ostream& out, const Variant& variant) {
  return out << variant.engine << "_" << variant.algorithm;
}

inline std::vector<Variant> variants() {
  return {
      {"reference", "auto", 1e-6}, {"onednn", "direct", 2e-6}, {"onednn", "winograd", 3e-5}, {"onednn", "auto", 3e-5}};
}

inline std::string variant_name(const testing::TestParamInfo<Variant>& info) {
  return info.param.engine + "_" + info.param.algorithm;
}

}  // namespace gerund::infer
