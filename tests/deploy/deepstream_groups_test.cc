#include "deploy/deepstream_groups.h"

#include <gtest/gtest.h>

#include "deploy/deepstream_files.h"

namespace gerund::deploy {
namespace {

using DeepStreamGroups = DeepStream;

TEST_F(DeepStreamGroups, RegionsAreSharesOfTheMuxersPicture) {
  group_ = "[group-0]\nsrc-ids=0;1\nroi-params-src-0=0;0;1280;720\nroi-params-src-1=320;180;640;360;0;0;320;720;\n";
  const AppConfig config = read();
  EXPECT_TRUE(config.sources[0].regions.empty());
  ASSERT_EQ(config.sources[1].regions.size(), 2U);
  EXPECT_EQ(config.sources[1].regions[0], (RegionConfig{"0", 0.25, 0.25, 0.5, 0.5, false}));
  EXPECT_EQ(config.sources[1].regions[1], (RegionConfig{"1", 0, 0, 0.25, 1, false}));
  EXPECT_EQ(joined(warnings_), "");
}

TEST_F(DeepStreamGroups, ProcessOnRoiMayStandAnywhereInItsGroup) {
  const std::string lines = "src-ids=0;1\nroi-params-src-0=0;0;640;720\nroi-params-src-1=0;0;640;720\n";
  for (const std::string& group : {"process-on-roi=1\n" + lines, lines + "process-on-roi=1\n"}) {
    group_ = "[group-0]\n" + group;
    EXPECT_EQ(read().sources[1].regions.size(), 1U) << group;
    EXPECT_EQ(joined(warnings_), "");
  }
  group_ = "[group-0]\n" + lines + "process-on-roi=0\n";
  EXPECT_TRUE(read().sources[1].regions.empty());
  EXPECT_TRUE(warns_once("pre.txt:17: group-0: has regions and process-on-roi=0"));
}

TEST_F(DeepStreamGroups, RegionsAreCutAtTheEdge) {
  group_ = "[group-0]\nsrc-ids=0;1\nroi-params-src-0=960;-180;640;360\nroi-params-src-1=-8;-8;2000;2000\n";
  const AppConfig config = read();
  EXPECT_EQ(config.sources[0].regions[0], (RegionConfig{"0", 0.75, 0, 0.25, 0.25, false}));
  EXPECT_TRUE(config.sources[1].regions.empty());
  EXPECT_TRUE(
      warns_once("pre.txt:19: roi-params-src-0: region 0 (960;-180;640;360) is cut at the edge of the 1280 x "
                 "720 picture"));
  EXPECT_EQ(warnings_.size(), 2U);
}

TEST_F(DeepStreamGroups, RegionsWithoutAreaAreRefusedByName) {
  const auto refusal = [&](const std::string& numbers) {
    group_ = "[group-0]\nsrc-ids=0;1\nroi-params-src-0=0;0;640;720\nroi-params-src-1=" + numbers + "\n";
    return short_error();
  };
  EXPECT_TRUE(refusal("0;0;8;8;1280;0;64;64")
                  .starts_with("pre.txt:20: roi-params-src-1: region 1 (1280;0;64;64) has "
                               "no area"));
  EXPECT_TRUE(contains(refusal("0;720;64;64"), "has no area"));
  EXPECT_TRUE(contains(refusal("0;0;0;64"), "region 0 (0;0;0;64) has no area"));
  EXPECT_TRUE(contains(refusal("-64;0;64;64"), "has no area"));
  EXPECT_TRUE(contains(refusal("0;0;64;-64"), "has no area"));
  EXPECT_TRUE(contains(refusal("0;0;64"), "has 3 numbers"));
  EXPECT_TRUE(contains(refusal(""), "has 0 numbers"));
}

TEST_F(DeepStreamGroups, MinusOneIsEverySourceWithTheFirstRegions) {
  group_ = "[group-0]\nsrc-ids=-1\nprocess-on-roi=1\nroi-params-src-5=0;0;640;720\nroi-params-src-1=0;0;320;720\n";
  const AppConfig config = read();
  for (const SourceConfig& source : config.sources) {
    EXPECT_TRUE(source.is_watched);
    ASSERT_EQ(source.regions.size(), 1U);
    EXPECT_EQ(source.regions[0].width, 0.5);
  }
  EXPECT_TRUE(warns_once("roi-params-src-1: is not looked at: with src-ids=-1 all sources have roi-params-src-5"));
  group_ = "[group-0]\nsrc-ids=-1\nprocess-on-roi=0\n";
  EXPECT_TRUE(read().sources[1].is_watched);
  EXPECT_EQ(joined(warnings_), "");
}

TEST_F(DeepStreamGroups, SourcesThatAreAbsentInNoGroupOrInTwoAreNamed) {
  group_ =
      "[group-0]\nsrc-ids=0;2;3\nprocess-on-roi=1\nroi-params-src-0=0;0;640;720\nroi-params-src-2=0;0;64;64\n"
      "[group-1]\nsrc-ids=0\nprocess-on-roi=0\n";
  const AppConfig config = read();
  EXPECT_EQ(config.sources[0].regions.size(), 1U);
  EXPECT_TRUE(config.sources[0].is_watched);
  EXPECT_FALSE(config.sources[1].is_watched);
  EXPECT_TRUE(warns_once("groups speak of source 2, 3, and uri-list has 2 (0 to 1): ignored"));
  EXPECT_TRUE(warns_once("source 1 is in no group's src-ids: shown and not looked at"));
  EXPECT_TRUE(warns_once("group-1: has source 0, which group-0 has already"));
  EXPECT_EQ(warnings_.size(), 3U) << joined(warnings_);
  group_ = "[group-0]\nsrc-ids=0;1\nprocess-on-roi=1\nroi-params-src-0=0;0;640;720\n";
  EXPECT_TRUE(read().sources[1].is_watched);
  EXPECT_TRUE(warns_once("group-0: has no roi-params-src-1: the whole picture is looked at"));
}

TEST_F(DeepStreamGroups, RegionsOfASourceThatSrcIdsLeaveOutAreNotLookedAt) {
  const std::string lines = "process-on-roi=1\nroi-params-src-0=0;0;640;720\nroi-params-src-1=0;0;64;64\n";
  group_ = "[group-0]\nsrc-ids=0\n" + lines;
  const AppConfig config = read();
  EXPECT_TRUE(config.sources[0].is_watched);
  EXPECT_FALSE(config.sources[1].is_watched);
  EXPECT_TRUE(config.sources[1].regions.empty());
  EXPECT_TRUE(warns_once("roi-params-src-1: is not looked at: source 1 is not in src-ids"));
  group_ = "[group-0]\n" + lines;
  EXPECT_TRUE(read().sources[1].is_watched);
}

TEST_F(DeepStreamGroups, OneGroupThatDrawsItsRegionsDrawsAll) {
  group_ = "[group-0]\nsrc-ids=0\nprocess-on-roi=0\ndraw-roi=0\n[group-1]\nsrc-ids=1\nprocess-on-roi=0\ndraw-roi=1\n";
  EXPECT_TRUE(read().output.draw_regions);
  EXPECT_TRUE(warns_once("draw-roi: groups differ"));
}

TEST_F(DeepStreamGroups, IntervalsOfGroupsBecomeOne) {
  group_ =
      "[group-0]\nsrc-ids=0;1\nprocess-on-roi=0\ninterval=2\ndraw-roi=0\n[group-1]\nsrc-ids=7\ninterval=1\n"
      "process-on-roi=0\ndraw-roi=0\n";
  EXPECT_EQ(read().window.interval, 2);
  EXPECT_FALSE(read().output.draw_regions);
  group_ = "[group-0]\nsrc-ids=0\nprocess-on-roi=0\ninterval=2\n[group-1]\nsrc-ids=1\nprocess-on-roi=0\ninterval=1\n";
  EXPECT_EQ(read().window.interval, 1);
  EXPECT_TRUE(warns_once("groups have the intervals 1, 2"));
}

}  // namespace
}  // namespace gerund::deploy
