#include "infer/onednn/aligned_floats.h"

#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace gerund::infer {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kLargePage = size_t{2} << 20;

}  // namespace

AlignedFloats::AlignedFloats(int64_t size) : size_(size) {
  if (size == 0) return;
  const size_t wanted = static_cast<size_t>(size) * sizeof(float);
  const size_t alignment = wanted >= 2 * kLargePage ? kLargePage : kCacheLine;
  const size_t bytes = (wanted + alignment - 1) / alignment * alignment;
  data_.reset(static_cast<float*>(std::aligned_alloc(alignment, bytes)));
  if (data_ == nullptr) throw std::bad_alloc();
#ifdef __linux__
  if (alignment == kLargePage) madvise(data_.get(), bytes, MADV_HUGEPAGE);  // A wish: not granting it costs only time.
#endif
}

}  // namespace gerund::infer
