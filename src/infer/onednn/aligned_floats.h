// infer/onednn/aligned_floats.h - memory for weights and values, aligned for vectors and for large pages.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace gerund::infer {

/// Owns `size` floats that are not initialised, aligned to a cache line; in large pages where they are many.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  /// Throws std::bad_alloc.
  explicit AlignedFloats(int64_t size);

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  int64_t size() const { return size_; }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float, Free> data_;
  int64_t size_ = 0;
};

}  // namespace gerund::infer
