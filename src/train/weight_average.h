// train/weight_average.h - a moving average of a network's weights, which often judges better than the weights.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "nets/libtorch.h"
#include "nets/network.h"

namespace gerund::train {

/// The exponential moving average of parameters and running statistics; counters are copied. Early on the decay is
/// (1 + n) / (10 + n) for the n-th update, where that is less, so that fresh weights are forgotten soon (as
/// TensorFlow's ExponentialMovingAverage).
///
/// Threads: none.
/// Owns:    a copy of all weights.
class WeightAverage {
 public:
  /// Begins with the weights that the network has. `decay` 0..1.
  WeightAverage(const nets::Network& network, double decay);

  /// Takes in the weights after the n-th update, from 1.
  void take(const nets::Network& network, int64_t num_updates);
  /// Exchanges average and weights of the network: once to use the average, once more to go on training.
  void exchange(nets::Network& network);

 private:
  double decay_;
  std::map<std::string, torch::Tensor> values_;
};

/// The network has averaged weights while this lives; without an average nothing happens.
class AveragedWeights {
 public:
  AveragedWeights(WeightAverage* average, nets::Network& network) : average_(average), network_(network) {
    if (average_ != nullptr) average_->exchange(network_);
  }
  ~AveragedWeights() {
    if (average_ != nullptr) average_->exchange(network_);
  }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  WeightAverage* average_;
  nets::Network& network_;
};

}  // namespace gerund::train
