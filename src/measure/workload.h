// measure/workload.h - what a benchmark runs: a model's inputs at a batch, drawn at random, and what they cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "tensor/tensor.h"

namespace gerund::measure {

struct Workload {
  std::vector<std::string> input_names;
  std::vector<std::string> output_names;  ///< Those that are compared: all but next states.
  /// float32, standard normal, the same in every run of the program; of states one such number everywhere, which means
  /// the same to engines that keep them in layouts of their own.
  std::vector<tensor::Tensor> inputs;
  int64_t batch = 1;  ///< Clips of one run: the first extent of the first input.
  int64_t macs = 0;   ///< Multiply-adds of one run (graph::count_macs).
};

/// A free first extent becomes `batch` (1 where none is given); others that are free, of pictures and clips, 3
/// channels, 16 frames, 224 pixels, and that is said. Throws UserError for a batch below 1, for one that differs from
/// the batch a model is fixed to, and for free extents of other inputs, naming the input.
Workload make_workload(const graph::Model& model, std::optional<int64_t> batch);

/// How far two lists of answers are apart: max |actual - expected| / max |expected|, of the output where that is
/// largest. Infinite where number or shapes differ or where one has a NaN that the other lacks.
double relative_difference(const std::vector<tensor::Tensor>& actual, const std::vector<tensor::Tensor>& expected);

}  // namespace gerund::measure
