#include "deploy/tile_grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gerund::deploy {
namespace {

TEST(TileGrid, HasTheRowsAndColumnsOfTheReference) {
  for (int count = 1; count <= 200; ++count) {
    const TileGrid grid(count, 1280, 720);
    const int rows = static_cast<int>(std::floor(std::sqrt(static_cast<double>(count)) + 1e-9));
    EXPECT_EQ(grid.rows(), rows) << count;
    EXPECT_EQ(grid.columns(), static_cast<int>(std::ceil(static_cast<double>(count) / rows))) << count;
  }
}

TEST(TileGrid, CellsCoverThePictureOnce) {
  for (const int count : {1, 2, 3, 5, 7, 12}) {
    const TileGrid grid(count, 101, 67);
    std::vector<int> covered(101 * 67);
    for (int i = 0; i < grid.rows() * grid.columns(); ++i) {
      const TileGrid::Cell cell = grid.cell(i);
      for (int y = cell.y; y < cell.y + cell.height; ++y)
        for (int x = cell.x; x < cell.x + cell.width; ++x) ++covered[static_cast<size_t>(y * 101 + x)];
    }
    for (const int times : covered) ASSERT_EQ(times, 1) << count;
  }
}

TEST(TileGrid, FitsPicturesWithTheirAspectRatio) {
  const TileGrid grid(4, 1280, 720);
  EXPECT_EQ(grid.fit(1920, 1080, 1), std::pair(640, 360));
  EXPECT_EQ(grid.fit(240, 320, 1), std::pair(270, 360));
  EXPECT_EQ(grid.fit(720, 576, 16.0 / 15), std::pair(480, 360)) << "4:3 of pixels that are wider than high";
  EXPECT_EQ(grid.fit(10000, 1, 1), std::pair(640, 2));
}

TEST(TileGrid, PlacesThePictureInTheMiddleOfItsCellAndNowhereElse) {
  const TileGrid grid(2, 40, 10);
  tensor::Frame whole(40, 10), picture(6, 4);
  for (uint8_t& value : picture.rgb) value = 200;
  grid.place(picture, 1, whole);
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 40; ++x)
      ASSERT_EQ(whole.row(y)[3 * x], x >= 27 && x < 33 && y >= 3 && y < 7 ? 200 : 0) << x << " " << y;
  grid.place(tensor::Frame(2, 2), 1, whole);  // Of a smaller one nothing stays from the one before.
  EXPECT_TRUE(std::ranges::all_of(whole.rgb, [](uint8_t value) { return value == 0; }));
  grid.place(tensor::Frame(100, 100), 0, whole);  // Cut, not written over the edge.
}

}  // namespace
}  // namespace gerund::deploy
