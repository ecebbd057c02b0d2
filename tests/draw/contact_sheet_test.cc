#include "draw/contact_sheet.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "draw/palette.h"
#include "draw/pixel_set.h"

namespace gerund::draw {
namespace {

TEST(ContactSheet, PicturesStandInRowsFromLeftToRight) {
  std::vector<Thumbnail> thumbnails;
  for (int i = 0; i < 5; ++i) thumbnails.push_back({plain(40, 30, {static_cast<uint8_t>(10 + i), 0, 0}), ""});
  const tensor::Frame sheet = draw_contact_sheet(thumbnails, {"", 3, 80});
  EXPECT_EQ(sheet.width, 16 + 3 * 80 + 2 * 10 + 16);
  EXPECT_EQ(sheet.height, 16 + 2 * 60 + 10 + 16);
  for (int i = 0; i < 5; ++i) {
    const PixelSet picture = pixels_like(sheet, {static_cast<uint8_t>(10 + i), 0, 0});
    EXPECT_EQ(picture.count, 80 * 60) << i;
    EXPECT_EQ(picture.left, 16 + i % 3 * 90) << i;
    EXPECT_EQ(picture.top, 16 + i / 3 * 70) << i;
  }
}

TEST(ContactSheet, PictureOfAnotherShapeKeepsItAndIsCentered) {
  const std::vector<Thumbnail> thumbnails{{plain(40, 40, {1, 0, 0}), ""}, {plain(10, 20, {2, 0, 0}), ""}};
  const PixelSet tall = pixels_like(draw_contact_sheet(thumbnails, {"", 2, 100}), {2, 0, 0});
  EXPECT_EQ(tall.count, 50 * 100);
  EXPECT_NEAR(tall.mean_x, 16 + 110 + 50, 1);
}

TEST(ContactSheet, CaptionsStayUnderTheirOwnPicture) {
  const std::vector<Thumbnail> thumbnails(
      4, {plain(40, 30, {1, 0, 0}), "a_caption_that_is_far_too_long_for_a_small_cell.avi"});
  const tensor::Frame sheet =
      draw_contact_sheet(thumbnails, {"Title that is longer than the whole sheet is wide", 2, 80});
  for (int y = 16 + 36; y < sheet.height; ++y)
    for (int x = 16 + 80 + 2; x < 16 + 90 - 2; ++x) ASSERT_EQ(pixel_at(sheet, x, y), kPaper) << x << "," << y;
  const PixelSet drawn = pixels_unlike(sheet, kPaper);
  EXPECT_LE(drawn.right, sheet.width - 10);
  EXPECT_LT(drawn.bottom, sheet.height);
}

TEST(ContactSheet, NothingToShowIsOurOwnBug) {
  EXPECT_THROW(draw_contact_sheet({}, {}), base::InternalError);
  const std::vector<Thumbnail> empty(1);
  EXPECT_THROW(draw_contact_sheet(empty, {}), base::InternalError);
}

}  // namespace
}  // namespace gerund::draw
