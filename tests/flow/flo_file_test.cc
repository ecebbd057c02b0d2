#include "flow/flo_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "small_videos.h"

namespace gerund::flow {
namespace {

namespace fs = std::filesystem;

class FloFile : public testing::Test {
 protected:
  fs::path path() const { return folder_.path() / "a.flo"; }
  std::string message(const std::string& bytes) const {
    base::write_file(path(), bytes);
    try {
      read_flo(path());
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  }
  testing_data::TemporaryFolder folder_{"flo"};
};

// 2 x 1 pixels, u, v = (1, -2), (0.5, 1e10), written byte by byte from the format's description.
const std::string kTwoPixels("PIEH\x02\0\0\0\x01\0\0\0\0\0\x80\x3f\0\0\0\xc0\0\0\0\x3f\xf9\x02\x15\x50", 28);

TEST_F(FloFile, ReadsTheBytesOfTheFormat) {
  base::write_file(path(), kTwoPixels);
  const Field field = read_flo(path());
  EXPECT_EQ(field.width, 2);
  EXPECT_EQ(field.height, 1);
  EXPECT_EQ(field.uv, (std::vector<float>{1.0F, -2.0F, 0.5F, 1e10F}));
}

TEST_F(FloFile, WritesTheBytesOfTheFormat) {
  Field field(2, 1);
  field.uv = {1.0F, -2.0F, 0.5F, 1e10F};
  write_flo(path(), field);
  EXPECT_EQ(base::read_file(path()), kTwoPixels);
}

TEST_F(FloFile, EveryPlaceOfCuttingIsAnError) {
  for (size_t length = 0; length < kTwoPixels.size(); ++length)
    EXPECT_NE(message(kTwoPixels.substr(0, length)).find("a.flo"), std::string::npos) << length;
}

TEST_F(FloFile, NamesWhatIsWrong) {
  EXPECT_NE(message(kTwoPixels + "x").find("29 bytes where 2 x 1 pixels want 28"), std::string::npos);
  EXPECT_NE(message("\x89PNG\r\n\x1a\n            ").find("PIEH"), std::string::npos);
  std::string huge = kTwoPixels;
  huge[7] = 0x7f;
  EXPECT_NE(message(huge).find("pixels; 1 to 32768"), std::string::npos) << message(huge);
  std::string negative = kTwoPixels;
  negative[11] = '\xff';
  EXPECT_NE(message(negative).find("pixels; 1 to 32768"), std::string::npos);
  std::string not_a_number = kTwoPixels;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(not_a_number.data() + 24, &nan, 4);
  EXPECT_NE(message(not_a_number).find("pixel (1, 0)"), std::string::npos) << message(not_a_number);
  EXPECT_THROW(read_flo(folder_.path() / "none.flo"), base::UserError);
  EXPECT_THROW(read_flo(folder_.path()), base::UserError);
}

TEST_F(FloFile, FlippedBitsGiveAFieldOrAnError) {
  base::Random random(5);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = kTwoPixels;
    bytes[static_cast<size_t>(random.below(28))] ^= static_cast<char>(1 << random.below(8));
    base::write_file(path(), bytes);
    try {
      EXPECT_EQ(read_flo(path()).uv.size(), 4U);
    } catch (const base::UserError&) {
    }
  }
}

}  // namespace
}  // namespace gerund::flow
