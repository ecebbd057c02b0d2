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

// What evaluation takes of a resized frame; it may be larger than the frame, which is then framed in black.
Rectangle evaluation_part(const Recipe& recipe, int width, int height) {
  Rectangle part{0, 0, recipe.width, recipe.height};
  if (recipe.resize_mode == ResizeMode::center_crop) {
    part.x = center_offset(width, recipe.width);
    part.y = center_offset(height, recipe.height);
  } else if (recipe.resize_mode == ResizeMode::letterbox_center) {
    part.x = -((recipe.width - width) / 2);
    part.y = -((recipe.height - height) / 2);
  }
  return part;
}

constexpr int kSnapPixels = 3;  // A multi-scale side this close to the input size becomes the input size.

int snapped(int side, int input) {
  return std::abs(side - input) < kSnapPixels ? input : side;
}

// The 13 fixed places of a multi-scale crop in quarters of the room: corners, centre, edge middles, quarter points.
constexpr std::array<std::array<int, 2>, 13> kPlaces{
    {{0, 0}, {4, 0}, {0, 4}, {4, 4}, {2, 2}, {0, 2}, {4, 2}, {2, 4}, {2, 0}, {1, 1}, {3, 1}, {1, 3}, {3, 3}}};

Rectangle random_part(const Recipe& recipe, double x, double y, int width, int height) {
  const auto place = [](double share, int room) { return std::min(static_cast<int>(share * (room + 1)), room); };
  return {place(x, width - recipe.width), place(y, height - recipe.height), recipe.width, recipe.height};
}

Rectangle multi_scale_part(const Recipe& recipe, double scale, double x, double y, int width, int height) {
  const int side = static_cast<int>(std::min(width, height) * scale);
  Rectangle part;
  part.width = std::clamp(snapped(side, recipe.width), 1, width);
  part.height = std::clamp(snapped(side, recipe.height), 1, height);
  part.x = static_cast<int>(x) * ((width - part.width) / 4);
  part.y = static_cast<int>(y) * ((height - part.height) / 4);
  return part;
}

tensor::Shape shape_of_clip(const Recipe& recipe, int64_t num_frames) {
  Recipe sized = recipe;
  sized.num_frames = static_cast<int>(num_frames);
  return input_shape(sized);
}

void put_all(Assembly& assembly, std::span<const Frame> frames) {
  for (size_t t = 0; t < frames.size(); ++t) assembly.put(static_cast<int64_t>(t), frames[t]);
}

}  // namespace

Assembly::Assembly(const Recipe& recipe, int64_t num_frames)
    : recipe_(recipe), resizing_(recipe), values_(recipe), num_frames_(num_frames) {
  if (num_frames < 1) throw base::InternalError("a clip needs at least one frame");
  input_ = tensor::Tensor::unset(shape_of_clip(recipe, num_frames));
}

Assembly::Assembly(const Recipe& recipe, const Augment& augment, int64_t num_frames, base::Random& random)
    : Assembly(recipe, num_frames) {
  resizing_ = Resizing(recipe, augment);
  crop_ = augment.crop;
  if (augment.crop == TrainCrop::random_crop) {
    place_.x = random.uniform();
    place_.y = random.uniform();
  } else if (augment.crop == TrainCrop::multi_scale_crop) {
    place_.scale = augment.scales[static_cast<size_t>(random.below(static_cast<int64_t>(augment.scales.size())))];
    const auto& place = kPlaces[static_cast<size_t>(random.below(static_cast<int64_t>(kPlaces.size())))];
    place_.x = place[0];
    place_.y = place[1];
  }
  flip_ = random.chance(augment.horizontal_flip_prob);
  if (flip_ && recipe.modality == Modality::flow && augment.negate_flipped_flow) values_ = PixelValues(recipe, true);
}

Rectangle Assembly::part_of(int width, int height) const {
  if (!crop_) return evaluation_part(recipe_, width, height);
  switch (*crop_) {
    case TrainCrop::random_crop:
      return random_part(recipe_, place_.x, place_.y, width, height);
    case TrainCrop::multi_scale_crop:
      return multi_scale_part(recipe_, place_.scale, place_.x, place_.y, width, height);
    case TrainCrop::no_crop:
      return {0, 0, width, height};
  }
  throw base::InternalError("unknown crop");
}

void Assembly::put(int64_t t, const tensor::FrameView& frame, FrameStage stage) {
  const auto [width, height] = stage == FrameStage::resized ? std::pair(frame.width, frame.height)
                                                            : resizing_.size_of(frame.width, frame.height);
  const Rectangle part = part_of(width, height);
  const bool inside = part.x >= 0 && part.y >= 0 && part.x + part.width <= width && part.y + part.height <= height;
  if (!inside) return store(t, crop(resize(frame, width, height), part), 0, 0);
  const bool whole = part.width == recipe_.width && part.height == recipe_.height;
  if (whole && frame.width == width && frame.height == height) return store(t, frame, part.x, part.y);
  const Frame cut = resize_part(frame, width, height, part);
  store(t, whole ? cut : resize(cut, recipe_.width, recipe_.height), 0, 0);
}

// Into [C, T, H, W], which is the same memory as [C * T, H, W] with channel index c * T + t.
void Assembly::store(int64_t t, const tensor::FrameView& frame, int left, int top) {
  constexpr size_t kKeptInCaches = size_t{8} << 20;  // Larger ones gain by it: docs/performance.md, Loading.
  const auto plane = static_cast<int64_t>(recipe_.width) * recipe_.height;
  std::array<float*, 3> planes{};
  for (int c = 0; c < num_channels(recipe_); ++c)
    planes.at(static_cast<size_t>(c)) = input_.floats().data() + (c * num_frames_ + t) * plane;
  values_.write(frame, {left, top, recipe_.width, recipe_.height}, flip_, planes,
                input_.raw().size() > kKeptInCaches ? Destination::memory : Destination::caches);
}

tensor::Tensor assemble(const Recipe& recipe, std::span<const Frame> frames) {
  Assembly assembly(recipe, static_cast<int64_t>(frames.size()));
  put_all(assembly, frames);
  return assembly.take();
}

tensor::Tensor prepare_planes(const Recipe& recipe, const Frame& frame) {
  Recipe one = recipe;
  one.input_type = InputType::stacked_2d;
  return assemble(one, {&frame, 1});
}

tensor::Tensor assemble_augmented(const Recipe& recipe, const Augment& augment, std::span<const Frame> frames,
                                  base::Random& random) {
  Assembly assembly(recipe, augment, static_cast<int64_t>(frames.size()), random);
  put_all(assembly, frames);
  return assembly.take();
}

}  // namespace gerund::clip
