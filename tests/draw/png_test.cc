#include "draw/png.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "draw/pixel_set.h"

namespace gerund::draw {
namespace {

namespace fs = std::filesystem;

// Pictures of tools/make_draw_golden.py, which packs them by hand after the PNG specification.
const fs::path kGolden = fs::path(GERUND_SOURCE_DIR) / "tests/draw/golden";

class Png : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("Png" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(Png, RoundTripKeepsEveryBit) {
  base::Random random(7);
  for (const auto& [width, height] : {std::pair{1, 1}, {13, 7}, {160, 120}}) {
    tensor::Frame frame(width, height);
    for (uint8_t& value : frame.rgb) value = static_cast<uint8_t>(random.below(256));
    write_png(folder_ / "deep" / "picture.png", frame);
    const tensor::Frame read = read_png(folder_ / "deep" / "picture.png");
    EXPECT_EQ(read.width, width);
    EXPECT_EQ(read.height, height);
    EXPECT_EQ(read.rgb, frame.rgb);
  }
}

TEST_F(Png, WrittenFileIsEightBitRgb) {
  write_png(folder_ / "picture.png", tensor::Frame(3, 2));
  const std::string bytes = base::read_file(folder_ / "picture.png");
  EXPECT_EQ(bytes.substr(12, 4), "IHDR");
  EXPECT_EQ(bytes.substr(16, 8), std::string("\0\0\0\3\0\0\0\2", 8));
  EXPECT_EQ(bytes[24], 8);
  EXPECT_EQ(bytes[25], 2);  // Colour type: RGB.
}

TEST_F(Png, ForeignFileHasItsColorsInRgbOrder) {
  const tensor::Frame frame = read_png(kGolden / "rgb8.png");
  const std::vector<uint8_t> wanted{255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30};
  EXPECT_EQ(frame.width, 2);
  EXPECT_EQ(frame.rgb, wanted);
}

TEST_F(Png, GreyBecomesRgbTransparencyIsDroppedSixteenBitsBecomeEight) {
  EXPECT_EQ(read_png(kGolden / "grey8.png").rgb, (std::vector<uint8_t>{0, 0, 0, 200, 200, 200}));
  EXPECT_EQ(read_png(kGolden / "rgba8.png").rgb, (std::vector<uint8_t>{10, 20, 30, 40, 50, 60}));
  EXPECT_EQ(read_png(kGolden / "rgb16.png").rgb, (std::vector<uint8_t>{1, 2, 3, 255, 128, 0}));
}

std::string message_of(const fs::path& path) {
  try {
    read_png(path);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST_F(Png, FileThatIsMissingCutShortOrNoPictureIsAUserErrorThatNamesIt) {
  EXPECT_NE(message_of(folder_ / "nothing.png").find("nothing.png"), std::string::npos);
  base::write_file(folder_ / "text.png", "hello");
  EXPECT_NE(message_of(folder_ / "text.png").find("text.png: is not a PNG"), std::string::npos);
  base::write_file(folder_ / "short.png", base::read_file(kGolden / "rgb8.png").substr(0, 30));
  EXPECT_NE(message_of(folder_ / "short.png").find("short.png"), std::string::npos);
}

TEST_F(Png, EmptyFrameIsAUserErrorAndWritesNothing) {
  EXPECT_THROW(write_png(folder_ / "picture.png", tensor::Frame()), base::UserError);
  EXPECT_FALSE(fs::exists(folder_ / "picture.png"));
}

}  // namespace
}  // namespace gerund::draw
