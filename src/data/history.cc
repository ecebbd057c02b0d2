#include "data/history.h"

#include <algorithm>

namespace gerund::data {

std::vector<tensor::Tensor> with_others_before(std::span<const tensor::Tensor> clips, int64_t history) {
  std::vector<tensor::Tensor> results;
  for (size_t i = 0; i < clips.size(); ++i) {
    const tensor::Shape& shape = clips[i].shape();
    const int64_t frames = shape[1], plane = shape[2] * shape[3], length = history + frames;
    tensor::Tensor result = tensor::Tensor::unset({shape[0], length, shape[2], shape[3]});
    for (int64_t channel = 0; channel < shape[0]; ++channel) {
      for (int64_t t = 0; t < length; ++t) {
        const int64_t back = length - 1 - t;  // Frames to the end of the clip.
        const tensor::Tensor& source = clips[(i + static_cast<size_t>(back / frames)) % clips.size()];
        const int64_t frame = frames - 1 - back % frames;
        std::copy_n(source.floats().data() + (channel * frames + frame) * plane, plane,
                    result.floats().data() + (channel * length + t) * plane);
      }
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace gerund::data
