// deploy/tile_grid.h - several pictures side by side in one.
#pragma once

#include <utility>

#include "tensor/frame.h"

namespace gerund::deploy {

/// Where the pictures of N sources stand: floor(sqrt(N)) rows, as many columns as that takes, row by row.
class TileGrid {
 public:
  /// `num_sources` >= 1; width and height of the whole, pixels.
  TileGrid(int num_sources, int width, int height);

  int rows() const { return rows_; }
  int columns() const { return columns_; }

  struct Cell {
    int x = 0, y = 0, width = 0, height = 0;
  };
  Cell cell(int index) const;

  /// The largest even size with the aspect ratio of width x height pixels of `pixel_aspect` that fits a cell.
  std::pair<int, int> fit(int width, int height, double pixel_aspect) const;

  /// Copies `picture` into the middle of a cell of `whole`, black around it; what does not fit is cut.
  void place(const tensor::Frame& picture, int index, tensor::Frame& whole) const;

 private:
  int width_, height_, rows_, columns_;
};

}  // namespace gerund::deploy
