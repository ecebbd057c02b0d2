// infer/winograd/batch_parts.h - a convolution whose scratch memory grows with the batch, a part of the batch at a
// time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "infer/winograd/rounding.h"
#include "infer/winograd/winograd_conv.h"

namespace gerund::infer {

/// Layouts, arguments and threads are those of `Conv`, a convolution of infer/winograd.
template <typename Conv>
class BatchParts {
 public:
  /// `make(shape)` makes the convolution of a whole batch. No more samples go together than take some `most_scratch`
  /// floats, but always one; packed weights are the same for all.
  template <typename Make>
  BatchParts(const ConvShape& shape, int64_t lanes, int64_t most_scratch, const Make& make)
      : shape_(shape), lanes_(lanes), scratch_of_one_(make(with_batch(1))->num_scratch_floats()) {
    num_parts_ = divide_up(shape.batch, std::clamp<int64_t>(most_scratch / scratch_of_one_, 1, shape.batch));
    larger_ = make(with_batch(divide_up(shape.batch, num_parts_)));
    smaller_ = shape.batch % num_parts_ == 0 ? larger_ : make(with_batch(shape.batch / num_parts_));
  }

  /// Of a batch of one.
  int64_t scratch_of_one() const { return scratch_of_one_; }
  int64_t num_packed_floats() const { return larger_->num_packed_floats(); }
  int64_t num_scratch_floats() const { return larger_->num_scratch_floats(); }
  void pack(const float* weights, float* packed) const { larger_->pack(weights, packed); }

  void run(const ConvInput& input, const float* packed, const float* bias, const float* residual, float low, float high,
           float* output, float* scratch) const {
    const int64_t blocks = divide_up(shape_.out_channels, lanes_);
    const int64_t outputs = blocks * shape_.output[0] * shape_.output[1] * shape_.output[2] * lanes_;
    for (int64_t part = 0, first = 0; part < num_parts_; ++part) {
      const bool is_larger = part < shape_.batch % num_parts_;
      const float* const added = residual == nullptr ? nullptr : residual + first * outputs;
      (is_larger ? larger_ : smaller_)
          ->run(input.from_sample(shape_, lanes_, first), packed, bias, added, low, high, output + first * outputs,
                scratch);
      first += shape_.batch / num_parts_ + (is_larger ? 1 : 0);
    }
  }

 private:
  ConvShape with_batch(int64_t batch) const {
    ConvShape result = shape_;
    result.batch = batch;
    return result;
  }

  const ConvShape shape_;
  const int64_t lanes_;
  const int64_t scratch_of_one_;
  int64_t num_parts_ = 1;
  std::shared_ptr<const Conv> larger_, smaller_;
};

}  // namespace gerund::infer
