#include "deploy/tile_grid.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace gerund::deploy {

TileGrid::TileGrid(int num_sources, int width, int height)
    : width_(width), height_(height), rows_(std::max(1, static_cast<int>(std::sqrt(num_sources)))) {
  while ((rows_ + 1) * (rows_ + 1) <= num_sources) ++rows_;  // sqrt may round down.
  columns_ = (num_sources + rows_ - 1) / rows_;
}

TileGrid::Cell TileGrid::cell(int index) const {
  const int row = index / columns_, column = index % columns_;
  const int left = column * width_ / columns_, top = row * height_ / rows_;
  return {left, top, (column + 1) * width_ / columns_ - left, (row + 1) * height_ / rows_ - top};
}

std::pair<int, int> TileGrid::fit(int width, int height, double pixel_aspect) const {
  const int tile_width = width_ / columns_, tile_height = height_ / rows_;
  const double across = tile_width / (width * pixel_aspect);
  const double down = static_cast<double>(tile_height) / height;
  const double scale = std::min(across, down);
  const auto even = [](double extent) { return std::max(2, static_cast<int>(extent / 2 + 1e-6) * 2); };
  return {even(width * pixel_aspect * scale), even(height * scale)};
}

void TileGrid::place(const tensor::Frame& picture, int index, tensor::Frame& whole) const {
  const Cell place = cell(index);
  const bool has_borders = picture.width < place.width || picture.height < place.height;
  for (int y = 0; has_borders && y < place.height; ++y)
    std::memset(whole.row(place.y + y) + static_cast<ptrdiff_t>(place.x) * 3, 0, static_cast<size_t>(place.width) * 3);
  const int left = place.x + std::max(0, (place.width - picture.width) / 2);
  const int top = place.y + std::max(0, (place.height - picture.height) / 2);
  const int width = std::min(picture.width, place.width), height = std::min(picture.height, place.height);
  for (int y = 0; y < height; ++y)
    std::memcpy(whole.row(top + y) + static_cast<ptrdiff_t>(left) * 3, picture.row(y), static_cast<size_t>(width) * 3);
}

}  // namespace gerund::deploy
