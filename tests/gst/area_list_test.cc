#include "gst/area_list.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace gerund::gst {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_areas(text);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(AreaList, ReadsPixelsAndShares) {
  const auto areas = parse_areas(" door: 0, 0.25 ,0.5,1 ; desk:100,40,320,240; ");
  ASSERT_EQ(areas.size(), 2U);
  EXPECT_EQ(areas[0].id, "door");
  EXPECT_FALSE(areas[0].in_pixels);
  EXPECT_EQ(areas[0].y, 0.25);
  EXPECT_EQ(areas[1].id, "desk");
  EXPECT_TRUE(areas[1].in_pixels);
  EXPECT_EQ(areas[1].width, 320);
}

TEST(AreaList, TakesColonsAndSpacesInNames) {
  EXPECT_EQ(parse_areas("hall: north:1,2,3,4")[0].id, "hall: north");
}

TEST(AreaList, IsEmptyForEmptyText) {
  EXPECT_TRUE(parse_areas("").empty());
  EXPECT_TRUE(parse_areas(" ;; ").empty());
}

TEST(AreaList, NamesThePartThatIsWrong) {
  EXPECT_EQ(refusal("a:0,0,1,1;b:0,0,1"), "rois: 'b:0,0,1': not four numbers; wanted: id:x,y,width,height[;...]");
  for (const char* text : {"a:0,0,1,1,1", "a:0,0,1,x", "a:0,0,1,", "a:,,,", "a:nan,0,1,1", "a:inf,0,1,1", "a:1e7,0,1,1",
                           "a:0 0,0,1,1", "a:0x1,0,1,1"})
    EXPECT_NE(refusal(text).find("not four numbers"), std::string::npos) << text << ": " << refusal(text);
  for (const char* text : {"0,0,1,1", ":0,0,1,1", "a"})
    EXPECT_NE(refusal(text).find("no id"), std::string::npos) << text << ": " << refusal(text);
  for (const char* text : {"a:0,0,0,1", "a:0,0,1,-1"})
    EXPECT_NE(refusal(text).find("more than 0"), std::string::npos) << text << ": " << refusal(text);
  EXPECT_NE(refusal("a:0,0,1,1;a:0,0,2,2").find("given twice"), std::string::npos);
}

TEST(AreaList, ReadsOrRefusesWhateverComes) {
  base::Random random(11);
  const std::string letters = "ab:;,.0123456789-+e \t\n\xff\0";
  int num_read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = i % 2 == 0 ? "" : "a:1,2,3,4";
    for (auto left = random.below(12); left > 0; --left)
      text.insert(random.below(text.size() + 1), 1, letters[random.below(letters.size())]);
    try {
      for (const Area& area : parse_areas(text)) {
        ++num_read;
        ASSERT_FALSE(area.id.empty());
        ASSERT_GT(area.width, 0);
        ASSERT_GT(area.height, 0);
        ASSERT_TRUE(std::isfinite(area.x) && std::isfinite(area.y));
        std::vector<std::string> warnings;
        for (const PlacedArea& placed : place_areas({area}, 32, 24, warnings)) {
          ASSERT_GE(placed.box.x, 0);
          ASSERT_GE(placed.box.y, 0);
          ASSERT_LE(placed.box.x + placed.box.width, 32);
          ASSERT_LE(placed.box.y + placed.box.height, 24);
        }
      }
    } catch (const base::UserError&) {
    }
  }
  EXPECT_GT(num_read, 1000);
}

TEST(AreaList, PlacesSharesSoThatNeighboursMeet) {
  std::vector<std::string> warnings;
  const auto placed = place_areas(parse_areas("left:0,0,0.3,1;right:0.3,0,0.7,1"), 25, 10, warnings);
  ASSERT_EQ(placed.size(), 2U);
  EXPECT_EQ(placed[0].box, (clip::Rectangle{0, 0, 8, 10}));
  EXPECT_EQ(placed[1].box, (clip::Rectangle{8, 0, 17, 10}));
  EXPECT_TRUE(warnings.empty());
}

TEST(AreaList, CutsWhatReachesOverTheEdgeAndSaysSo) {
  std::vector<std::string> warnings;
  const auto placed = place_areas(parse_areas("a:-4,2,10,100"), 16, 12, warnings);
  EXPECT_EQ(placed[0].box, (clip::Rectangle{0, 2, 6, 10}));
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("'a'"), std::string::npos);
  EXPECT_NE(warnings[0].find("0,2 6x10"), std::string::npos);
}

TEST(AreaList, RefusesWhatLiesOutside) {
  std::vector<std::string> warnings;
  EXPECT_THROW(place_areas(parse_areas("a:16,0,4,4"), 16, 12, warnings), base::UserError);
  EXPECT_THROW(place_areas(parse_areas("a:0,0,0.001,1"), 16, 12, warnings), base::UserError);
}

}  // namespace
}  // namespace gerund::gst
