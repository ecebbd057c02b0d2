// train/peers.h - the processes that train one network together, on one machine or several.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nets/libtorch.h"
#include "train/peer_place.h"

namespace gerund::train {

/// The peers, joined by LibTorch's c10d: Gloo for the CPU, NCCL for GPUs where LibTorch has it. With one process all
/// calls return at once. Calls of all peers must come in the same order.
///
/// Threads: none.
/// Owns:    the connections. A peer that is gone is a UserError that says how to go on.
class Peers {
 public:
  /// Waits until all are there, ten minutes at most, and says so. Throws Interrupted after Ctrl-C.
  Peers(const PeerPlace& place, torch::Device device);
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  /// True for the one process that writes files.
  bool is_writer() const { return place_.rank == 0; }

  /// Each tensor becomes the sum of all peers'.
  void sum(const std::vector<torch::Tensor>& tensors) { begin_sum(tensors)(); }
  /// The same while the caller goes on: the tensors, one at least, are the sums once what is returned was called. Both
  /// throw UserError where a peer is gone.
  [[nodiscard]] std::function<void()> begin_sum(std::vector<torch::Tensor> tensors);
  /// Sums of numbers, by position.
  std::vector<double> sum(const std::vector<double>& values);
  /// The bytes of all, by rank.
  std::vector<std::string> gather(const std::string& bytes);

 private:
  struct Group;

  void join();

  PeerPlace place_;
  torch::Device device_;
  std::unique_ptr<Group> group_;  // Null where there is one process.
};

}  // namespace gerund::train
