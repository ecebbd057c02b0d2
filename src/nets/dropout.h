// nets/dropout.h - dropout (Srivastava et al. 2014) that is the same however a batch is shared out among processes.
#pragma once

#include <cstdint>

#include "nets/libtorch.h"

namespace gerund::nets {

/// While it lives, dropout() of this thread draws for each clip by itself: from `seed`, the clip's place in the whole
/// batch (`first` and up, for the rows given) and the number of the call. Without one it draws from torch's random
/// state.
class DropoutRows {
 public:
  DropoutRows(uint64_t seed, int64_t first);
  ~DropoutRows();
  DropoutRows(const DropoutRows&) = delete;
  DropoutRows& operator=(const DropoutRows&) = delete;

 private:
  friend torch::Tensor dropout(const torch::Tensor& x, double ratio, bool is_training);
  uint64_t seed_;
  int64_t first_;
  uint64_t num_calls_ = 0;
  DropoutRows* before_;
};

/// `x`, float [N, ...], with each value 0 by probability `ratio` of [0, 1] and the others divided by 1 - ratio; as it
/// is where not `is_training`.
torch::Tensor dropout(const torch::Tensor& x, double ratio, bool is_training);

}  // namespace gerund::nets
