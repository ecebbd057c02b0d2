// tests/tensor/yuv_test.cc - values by hand from ITU-R BT.601, BT.709, BT.2020, FCC 73.682 and SMPTE 240M. That pixels
// are those of swscale is tested where swscale is: tests/media/rgb_converter_test.cc.
#include "tensor/yuv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "base/error.h"
#include "base/random.h"

namespace gerund::tensor {
namespace {

/// Owns the planes of a picture.
struct Planes {
  int width;
  int height;
  std::vector<uint8_t> y;
  std::vector<uint8_t> u;
  std::vector<uint8_t> v;
  std::vector<uint8_t> uv;

  /// Each value is made by a call: `make(plane)` with 0 for Y, 1 for U, 2 for V.
  Planes(int width_, int height_, const std::function<int(int)>& make) : width(width_), height(height_) {
    const auto size = [](int columns, int rows) { return static_cast<size_t>(columns) * static_cast<size_t>(rows); };
    y.resize(size(width, height));
    u.resize(size((width + 1) / 2, (height + 1) / 2));
    v.resize(u.size());
    for (uint8_t& value : y) value = static_cast<uint8_t>(make(0));
    for (uint8_t& value : u) value = static_cast<uint8_t>(make(1));
    for (uint8_t& value : v) value = static_cast<uint8_t>(make(2));
  }

  YuvView view(ChromaLayout layout = ChromaLayout::i420) {
    const int half = (width + 1) / 2;
    YuvView view;
    view.width = width;
    view.height = height;
    view.layout = layout;
    if (layout == ChromaLayout::i420) {
      view.planes = {y.data(), u.data(), v.data()};
      view.strides = {width, half, half};
      return view;
    }
    uv.clear();
    for (size_t i = 0; i < u.size(); ++i) uv.insert(uv.end(), {u[i], v[i]});
    view.planes = {y.data(), uv.data(), nullptr};
    view.strides = {width, 2 * half, 0};
    return view;
  }
};

Planes flat(int width, int height, std::array<int, 3> yuv) {
  return {width, height, [&](int plane) { return yuv[static_cast<size_t>(plane)]; }};
}

Planes random_planes(int width, int height, base::Random& random) {
  return {width, height, [&](int) { return static_cast<int>(random.below(256)); }};
}

/// Gray of level 128 but for V, one value per sample.
Planes gray_but_v(int width, int height, const std::vector<uint8_t>& v) {
  Planes planes = flat(width, height, {128, 128, 128});
  EXPECT_EQ(planes.v.size(), v.size());
  planes.v = v;
  return planes;
}

/// BT.601, full range: V leaves R = 128 + 1.402 (V - 128).
std::vector<int> reds(Planes planes, ChromaLayout layout = ChromaLayout::i420) {
  YuvView view = planes.view(layout);
  view.full_range = true;
  const Frame frame = to_rgb(view);
  std::vector<int> result;
  for (size_t i = 0; i < frame.rgb.size(); i += 3) result.push_back(frame.rgb[i]);
  return result;
}

struct Standard {
  ColorMatrix matrix;
  double kr;  // Share of red in luma.
  double kb;
};
constexpr std::array kStandards{Standard{ColorMatrix::bt601, 0.299, 0.114},
                                Standard{ColorMatrix::bt709, 0.2126, 0.0722}, Standard{ColorMatrix::fcc, 0.30, 0.11},
                                Standard{ColorMatrix::smpte240m, 0.212, 0.087},
                                Standard{ColorMatrix::bt2020, 0.2627, 0.0593}};

std::array<double, 3> formula(std::array<int, 3> yuv, const Standard& standard, bool full_range) {
  const double y = full_range ? yuv[0] : (yuv[0] - 16) * 255.0 / 219;
  const double u = (yuv[1] - 128) * (full_range ? 1 : 255.0 / 224);
  const double v = (yuv[2] - 128) * (full_range ? 1 : 255.0 / 224);
  const double r = y + 2 * (1 - standard.kr) * v;
  const double b = y + 2 * (1 - standard.kb) * u;
  const double g = (y - standard.kr * r - standard.kb * b) / (1 - standard.kr - standard.kb);
  return {std::clamp(r, 0.0, 255.0), std::clamp(g, 0.0, 255.0), std::clamp(b, 0.0, 255.0)};
}

TEST(Yuv, FollowsTheFormulaOfEachStandard) {
  for (const Standard& standard : kStandards) {
    for (const bool full_range : {false, true}) {
      for (const std::array<int, 3> yuv : {std::array<int, 3>{16, 128, 128},
                                           {235, 128, 128},
                                           {81, 90, 240},
                                           {145, 54, 34},
                                           {41, 240, 110},
                                           {120, 100, 150}}) {
        Planes planes = flat(9, 3, yuv);
        YuvView view = planes.view();
        view.matrix = standard.matrix;
        view.full_range = full_range;
        const Frame frame = to_rgb(view);
        const std::array<double, 3> expected = formula(yuv, standard, full_range);
        for (size_t i = 0; i < frame.rgb.size(); ++i)
          ASSERT_NEAR(frame.rgb[i], expected[i % 3], 0.75) << static_cast<int>(standard.matrix) << full_range << i;
      }
    }
  }
}

TEST(Yuv, InterpolatesChromaBetweenColumns) {
  // V is 128, 153, 203, 203, 153, 103, 53, 28.
  const Planes planes = gray_but_v(8, 1, {128, 228, 128, 28});
  EXPECT_EQ(reds(planes), (std::vector<int>{128, 163, 233, 233, 163, 93, 23, 0}));
}

TEST(Yuv, SpreadsChromaEvenlyOverAnOddWidth) {
  // The centre of pixel x is sample (x + 1/2) 5/9 - 1/2 = (10 x - 4) / 18, and V grows by 18 per sample: it is 92, 98,
  // 108, 118, 128, 138, 148, 158, 164.
  const Planes planes = gray_but_v(9, 1, {92, 110, 128, 146, 164});
  EXPECT_EQ(reds(planes), (std::vector<int>{78, 86, 100, 114, 128, 142, 156, 170, 178}));
}

TEST(Yuv, AveragesRowsOfChromaOrTakesTheUpperOne) {
  // V is 128, 128, 148, 168, 148, 128, 108, 108.
  const Planes planes = gray_but_v(1, 8, {128, 168, 128, 88});
  EXPECT_EQ(reds(planes), (std::vector<int>{128, 128, 156, 184, 156, 128, 100, 100}));
}

TEST(Yuv, TakesTheNearestOfFewSamples) {
  EXPECT_EQ(reds(gray_but_v(4, 1, {128, 168})), (std::vector<int>{128, 128, 184, 184}));
  EXPECT_EQ(reds(gray_but_v(1, 3, {128, 168})), (std::vector<int>{128, 184, 184}));
  EXPECT_EQ(reds(gray_but_v(1, 1, {168})), (std::vector<int>{184}));
}

TEST(Yuv, BothLayoutsGiveTheSamePixels) {
  base::Random random(1);
  for (int width = 1; width < 40; ++width) {
    Planes planes = random_planes(width, 7, random);
    ASSERT_EQ(to_rgb(planes.view(ChromaLayout::nv12)).rgb, to_rgb(planes.view()).rgb) << width;
  }
}

TEST(Yuv, ReadsRowsThatLieBottomUp) {
  base::Random random(2);
  Planes planes = random_planes(18, 9, random);
  Planes flipped = planes;
  const auto flip = [](std::vector<uint8_t>& plane, int width, int height) {
    for (int y = 0; y < height / 2; ++y)
      std::swap_ranges(plane.begin() + y * width, plane.begin() + (y + 1) * width,
                       plane.begin() + (height - 1 - y) * width);
  };
  flip(flipped.y, 18, 9);
  flip(flipped.u, 9, 5);
  flip(flipped.v, 9, 5);
  YuvView view = flipped.view();
  view.planes = {flipped.y.data() + 8 * 18, flipped.u.data() + 4 * 9, flipped.v.data() + 4 * 9};
  view.strides = {-18, -9, -9};
  EXPECT_EQ(to_rgb(view).rgb, to_rgb(planes.view()).rgb);
}

TEST(Yuv, APartHasThePixelsOfTheWhole) {
  base::Random random(3);
  for (int i = 0; i < 400; ++i) {
    const auto width = static_cast<int>(1 + random.below(i % 4 == 0 ? 700 : 40));
    const auto height = static_cast<int>(1 + random.below(30));
    Planes planes = random_planes(width, height, random);
    const YuvView view = planes.view(random.chance(0.5) ? ChromaLayout::nv12 : ChromaLayout::i420);
    const Frame whole = to_rgb(view);
    const auto x = static_cast<int>(random.below(width));
    const auto y = static_cast<int>(random.below(height));
    const auto columns = static_cast<int>(1 + random.below(width - x));
    const auto rows = static_cast<int>(1 + random.below(height - y));
    const Frame part = to_rgb(view, x, y, columns, rows);
    ASSERT_EQ(part.width, columns);
    ASSERT_EQ(part.height, rows);
    for (int row = 0; row < rows; ++row)
      ASSERT_EQ(std::memcmp(part.row(row), whole.row(y + row) + 3 * x, static_cast<size_t>(columns) * 3), 0)
          << columns << "x" << rows << " at " << x << "," << y << " of " << width << "x" << height << ", row " << row;
  }
}

TEST(Yuv, RefusesPixelsOutsideOfThePicture) {
  Planes planes = flat(8, 6, {16, 128, 128});
  const YuvView view = planes.view();
  EXPECT_NO_THROW(to_rgb(view, 7, 5, 1, 1));
  EXPECT_THROW(to_rgb(view, -1, 0, 2, 2), base::InternalError);
  EXPECT_THROW(to_rgb(view, 7, 0, 2, 2), base::InternalError);
  EXPECT_THROW(to_rgb(view, 0, 5, 2, 2), base::InternalError);
  EXPECT_THROW(to_rgb(view, 0, 0, 0, 2), base::InternalError);
}

TEST(Yuv, RefusesPicturesWithoutPixelsOrPlanes) {
  Planes planes = flat(8, 6, {16, 128, 128});
  YuvView view = planes.view();
  view.planes[2] = nullptr;
  EXPECT_THROW(to_rgb(view), base::InternalError);
  view = planes.view();
  view.height = 0;
  EXPECT_THROW(to_rgb(view), base::InternalError);
}

}  // namespace
}  // namespace gerund::tensor
