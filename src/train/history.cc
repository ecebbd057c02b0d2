#include "train/history.h"

namespace gerund::train {

torch::Tensor with_others_before(const torch::Tensor& batch, const torch::Tensor& rows, int64_t history) {
  const int64_t clips = batch.size(0), frames = batch.size(2), length = history + frames;
  const torch::Tensor back = torch::arange(length - 1, -1, -1, rows.options());  // Frames to the end of the clip.
  const torch::Tensor clip = (rows.unsqueeze(1) + back.div(frames, "floor")).remainder(clips);
  const torch::Tensor places = clip * frames + (frames - 1 - back.remainder(frames));  // [R, length]
  return batch.transpose(1, 2)
      .flatten(0, 1)
      .index_select(0, places.flatten())
      .unflatten(0, {rows.size(0), length})
      .transpose(1, 2)
      .contiguous();
}

}  // namespace gerund::train
