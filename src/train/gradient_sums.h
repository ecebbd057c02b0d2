// train/gradient_sums.h - the sums of the peers' gradients, begun while the backward pass still makes others.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "nets/libtorch.h"
#include "train/peers.h"

namespace gerund::train {

/// Sums gradients in buckets, those of the network's last layers first: a full one goes off when the next gradient
/// comes, and travels while the pass goes on. The passes of all peers must make gradients in the same order, as those
/// of one network do.
///
/// Threads: none; hooks run in the thread of the backward pass.
/// Owns:    hooks on the parameters, taken off at the end.
class GradientSums {
 public:
  /// Of those parameters that need a gradient. `peers` must outlive this.
  GradientSums(std::vector<torch::Tensor> parameters, Peers& peers);
  ~GradientSums();
  GradientSums(const GradientSums&) = delete;
  GradientSums& operator=(const GradientSums&) = delete;

  /// Before a backward pass that is the only one of its update: buckets go off within it.
  void begin();
  /// After the last backward pass of an update: each gradient becomes the sum of all peers'. Throws UserError where a
  /// peer is gone.
  void finish();

 private:
  void take(size_t i);
  void send();

  std::vector<torch::Tensor> parameters_;
  std::vector<std::pair<size_t, unsigned>> hooks_;  // Of which parameter, and its number there.
  Peers& peers_;
  bool is_open_ = false;                         // A pass is under way whose gradients go off at once.
  std::vector<bool> is_taken_;                   // By parameter, in this pass.
  std::vector<size_t> bucket_;                   // Parameters whose gradients wait to go off.
  std::vector<std::function<void()>> arrivals_;  // Of those under way.
};

}  // namespace gerund::train
