#include "base/lower_case.h"

#include <gtest/gtest.h>

namespace gerund::base {
namespace {

TEST(LowerCase, ChangesTheLettersOfAsciiAlone) {
  EXPECT_EQ(lower_case("Clip_AZ[`{@.MP4"), "clip_az[`{@.mp4");
  EXPECT_EQ(lower_case("\xc3\x84pfel"), "\xc3\x84pfel");  // Ä stays.
  EXPECT_EQ(lower_case(""), "");
}

}  // namespace
}  // namespace gerund::base
