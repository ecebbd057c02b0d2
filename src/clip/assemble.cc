#include "clip/assemble.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "clip/resize.h"

namespace gerund::clip {
namespace {

using tensor::Frame;

// torchvision's CenterCrop: half the rest, rounded half to even as Python's round does.
int center_offset(int extent, int cropped) {
  return static_cast<int>(std::nearbyint((extent - cropped) / 2.0));
}

// The size before a crop: short edge to recipe.crop_smaller_edge, or larger where the crop would not fit otherwise.
std::pair<int, int> size_before_crop(const Recipe& recipe, const Frame& frame) {
  const auto [width, height] = short_edge_size(frame.width, frame.height, recipe.crop_smaller_edge);
  if (width >= recipe.width && height >= recipe.height) return {width, height};
  const double scale = std::max(static_cast<double>(recipe.width) / width, static_cast<double>(recipe.height) / height);
  return {std::max(recipe.width, static_cast<int>(width * scale)),
          std::max(recipe.height, static_cast<int>(height * scale))};
}

Frame center_crop(const Recipe& recipe, const Frame& frame) {
  const auto [width, height] = size_before_crop(recipe, frame);
  const Rectangle part{center_offset(width, recipe.width), center_offset(height, recipe.height), recipe.width,
                       recipe.height};
  return resize_part(frame, width, height, part);
}

Frame letterbox(const Recipe& recipe, const Frame& frame) {
  const double scale =
      std::min(static_cast<double>(recipe.width) / frame.width, static_cast<double>(recipe.height) / frame.height);
  const int width = std::clamp(static_cast<int>(std::lround(frame.width * scale)), 1, recipe.width);
  const int height = std::clamp(static_cast<int>(std::lround(frame.height * scale)), 1, recipe.height);
  Rectangle room{0, 0, recipe.width, recipe.height};
  if (recipe.resize_mode == ResizeMode::letterbox_center) {
    room.x = -((recipe.width - width) / 2);
    room.y = -((recipe.height - height) / 2);
  }
  return crop(resize(frame, width, height), room);
}

Frame prepare(const Recipe& recipe, const Frame& frame) {
  switch (recipe.resize_mode) {
    case ResizeMode::squash:
      return resize(frame, recipe.width, recipe.height);
    case ResizeMode::center_crop:
      return center_crop(recipe, frame);
    case ResizeMode::letterbox:
    case ResizeMode::letterbox_center:
      return letterbox(recipe, frame);
  }
  throw base::InternalError("unknown resize mode");
}

// Where a crop of training lies, in terms of the room that it has, so that frames of different sizes are cropped alike.
struct Placement {
  double x = 0;  // random_crop: 0..1 of width - crop width. multi_scale_crop: quarters of it, 0..4.
  double y = 0;
  double scale = 1;  // Multi-scale: the crop's side relative to the short edge.
};

constexpr int kSnapPixels = 3;  // A multi-scale side this close to the input size becomes the input size.

int snapped(int side, int input) {
  return std::abs(side - input) < kSnapPixels ? input : side;
}

// The 13 fixed places of a multi-scale crop in quarters of the room: corners, centre, edge middles, quarter points.
constexpr std::array<std::array<int, 2>, 13> kPlaces{
    {{0, 0}, {4, 0}, {0, 4}, {4, 4}, {2, 2}, {0, 2}, {4, 2}, {2, 4}, {2, 0}, {1, 1}, {3, 1}, {1, 3}, {3, 3}}};

// Decides once for the clip, from what the first frame looks like after the short-edge resize.
Placement choose_placement(const Augment& augment, base::Random& random) {
  Placement placement;
  if (augment.crop == TrainCrop::random_crop) {
    placement.x = random.uniform();
    placement.y = random.uniform();
  } else if (augment.crop == TrainCrop::multi_scale_crop) {
    placement.scale = augment.scales[static_cast<size_t>(random.below(static_cast<int64_t>(augment.scales.size())))];
    const auto& place = kPlaces[static_cast<size_t>(random.below(static_cast<int64_t>(kPlaces.size())))];
    placement.x = place[0];
    placement.y = place[1];
  }
  return placement;
}

Frame random_crop(const Recipe& recipe, const Placement& placement, const Frame& frame) {
  const auto [width, height] = size_before_crop(recipe, frame);
  const auto place = [](double share, int room) { return std::min(static_cast<int>(share * (room + 1)), room); };
  const Rectangle part{place(placement.x, width - recipe.width), place(placement.y, height - recipe.height),
                       recipe.width, recipe.height};
  return resize_part(frame, width, height, part);
}

Frame multi_scale_crop(const Recipe& recipe, const Placement& placement, const Frame& frame) {
  const auto [width, height] = short_edge_size(frame.width, frame.height, recipe.crop_smaller_edge);
  const int side = static_cast<int>(std::min(width, height) * placement.scale);
  Rectangle part;
  part.width = std::clamp(snapped(side, recipe.width), 1, width);
  part.height = std::clamp(snapped(side, recipe.height), 1, height);
  part.x = static_cast<int>(placement.x) * ((width - part.width) / 4);
  part.y = static_cast<int>(placement.y) * ((height - part.height) / 4);
  return resize(resize_part(frame, width, height, part), recipe.width, recipe.height);
}

Frame prepare_training(const Recipe& recipe, const Augment& augment, const Placement& placement, const Frame& frame) {
  switch (augment.crop) {
    case TrainCrop::random_crop:
      return random_crop(recipe, placement, frame);
    case TrainCrop::multi_scale_crop:
      return multi_scale_crop(recipe, placement, frame);
    case TrainCrop::no_crop:
      return resize(frame, recipe.width, recipe.height);
  }
  throw base::InternalError("unknown crop");
}

// What every pixel value becomes, per channel: v / 255, then (v - mean) / std. In float32, step by step as the
// reference computes it.
std::array<std::array<float, 256>, 3> value_table(const Recipe& recipe) {
  std::array<std::array<float, 256>, 3> table{};
  for (size_t c = 0; c < 3; ++c) {
    for (size_t v = 0; v < 256; ++v) {
      float value = static_cast<float>(v) / 255.0F;
      if (!recipe.mean.empty()) value -= static_cast<float>(recipe.mean[c]);
      if (!recipe.std.empty()) value /= static_cast<float>(recipe.std[c]);
      table[c][v] = value;
    }
  }
  return table;
}

// Writes frame t into [3, T, H, W], which is the same memory as [3 * T, H, W] with channel index c * T + t.
void store(const Frame& frame, const std::array<std::array<float, 256>, 3>& table, bool flip, int64_t t,
           int64_t num_frames, float* target) {
  const int64_t plane = static_cast<int64_t>(frame.width) * frame.height;
  for (int64_t c = 0; c < 3; ++c) {
    float* out = target + (c * num_frames + t) * plane;
    const auto& values = table[static_cast<size_t>(c)];
    for (int y = 0; y < frame.height; ++y, out += frame.width) {
      const uint8_t* row = frame.row(y) + c;
      for (int64_t x = 0; x < frame.width; ++x) out[x] = values[row[3 * (flip ? frame.width - 1 - x : x)]];
    }
  }
}

template <typename Prepare>
tensor::Tensor assemble_with(const Recipe& recipe, std::span<const Frame> frames, bool flip, Prepare prepare) {
  if (frames.empty()) throw base::InternalError("a clip needs at least one frame");
  const auto num_frames = static_cast<int64_t>(frames.size());
  const tensor::Shape shape = recipe.input_type == InputType::volume_3d
                                  ? tensor::Shape{3, num_frames, recipe.height, recipe.width}
                                  : tensor::Shape{3 * num_frames, recipe.height, recipe.width};
  tensor::Tensor input(shape);
  const auto table = value_table(recipe);
  for (int64_t t = 0; t < num_frames; ++t)
    store(prepare(frames[static_cast<size_t>(t)]), table, flip, t, num_frames, input.floats().data());
  return input;
}

}  // namespace

tensor::Tensor assemble(const Recipe& recipe, std::span<const Frame> frames) {
  return assemble_with(recipe, frames, false, [&](const Frame& frame) { return prepare(recipe, frame); });
}

tensor::Tensor prepare_planes(const Recipe& recipe, const Frame& frame) {
  tensor::Tensor planes({3, recipe.height, recipe.width});
  store(prepare(recipe, frame), value_table(recipe), false, 0, 1, planes.floats().data());
  return planes;
}

tensor::Tensor assemble_augmented(const Recipe& recipe, const Augment& augment, std::span<const Frame> frames,
                                  base::Random& random) {
  const Placement placement = choose_placement(augment, random);
  const bool flip = random.chance(augment.horizontal_flip_prob);
  return assemble_with(recipe, frames, flip,
                       [&](const Frame& frame) { return prepare_training(recipe, augment, placement, frame); });
}

}  // namespace gerund::clip
