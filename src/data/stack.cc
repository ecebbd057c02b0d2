#include "data/stack.h"

#include <algorithm>

#include "base/error.h"

namespace gerund::data {

tensor::Tensor stack(std::span<const tensor::Tensor> clips) {
  if (clips.empty()) throw base::InternalError("stack: no clips");
  tensor::Shape shape = clips.front().shape();
  shape.insert(shape.begin(), static_cast<int64_t>(clips.size()));
  tensor::Tensor batch = tensor::Tensor::unset(shape);
  auto out = batch.floats().begin();
  for (const tensor::Tensor& clip : clips) {
    if (clip.shape() != clips.front().shape())
      throw base::InternalError("stack: shapes " + tensor::to_string(clips.front().shape()) + " and " +
                                tensor::to_string(clip.shape()) + " differ");
    out = std::copy(clip.floats().begin(), clip.floats().end(), out);
  }
  return batch;
}

}  // namespace gerund::data
