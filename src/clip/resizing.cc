#include "clip/resizing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "clip/resize.h"

namespace gerund::clip {

Resizing::Resizing(const Recipe& recipe)
    : rule_(Rule::fit), width_(recipe.width), height_(recipe.height), short_edge_(recipe.crop_smaller_edge) {
  if (recipe.resize_mode == ResizeMode::squash) rule_ = Rule::exact;
  if (recipe.resize_mode == ResizeMode::center_crop) rule_ = Rule::cover;
}

Resizing::Resizing(const Recipe& recipe, const Augment& augment)
    : rule_(Rule::exact), width_(recipe.width), height_(recipe.height), short_edge_(recipe.crop_smaller_edge) {
  if (augment.crop == TrainCrop::random_crop) rule_ = Rule::cover;
  if (augment.crop == TrainCrop::multi_scale_crop) rule_ = Rule::short_edge;
}

std::pair<int, int> Resizing::size_of(int width, int height) const {
  if (rule_ == Rule::exact) return {width_, height_};
  if (rule_ == Rule::fit) {
    const double scale = std::min(static_cast<double>(width_) / width, static_cast<double>(height_) / height);
    return {std::clamp(static_cast<int>(std::lround(width * scale)), 1, width_),
            std::clamp(static_cast<int>(std::lround(height * scale)), 1, height_)};
  }
  const auto [wide, high] = short_edge_size(width, height, short_edge_);
  if (rule_ == Rule::short_edge || (wide >= width_ && high >= height_)) return {wide, high};
  const double scale = std::max(static_cast<double>(width_) / wide, static_cast<double>(height_) / high);
  return {std::max(width_, static_cast<int>(wide * scale)), std::max(height_, static_cast<int>(high * scale))};
}

std::string Resizing::name() const {
  switch (rule_) {
    case Rule::exact:
      return fmt::format("{}x{}", width_, height_);
    case Rule::short_edge:
      return fmt::format("short edge {}", short_edge_);
    case Rule::cover:
      return fmt::format("short edge {}, at least {}x{}", short_edge_, width_, height_);
    case Rule::fit:
      return fmt::format("inside {}x{}", width_, height_);
  }
  throw base::InternalError("unknown rule of resizing");
}

}  // namespace gerund::clip
