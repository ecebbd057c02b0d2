// nets/shared_statistics.h - mean and variance of the batches of several processes.
#pragma once

#include <functional>

#include "nets/libtorch.h"

namespace gerund::nets {

/// The peers whose batches are normalised together.
struct SharedStatistics {
  /// Makes a tensor the sum of all peers' tensors.
  std::function<void(const torch::Tensor&)> sum;
  bool has_clips = true;  ///< False while a peer runs along without clips of its own.
};

/// Of the values of each channel.
struct BatchStatistics {
  torch::Tensor mean;      ///< [C].
  torch::Tensor variance;  ///< [C], biased.
  double count = 0;        ///< Values per channel.
};

/// float64 statistics of all peers' batches from those of each.
BatchStatistics combine(const BatchStatistics& own, const SharedStatistics& shared);

}  // namespace gerund::nets
