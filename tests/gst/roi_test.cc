// gerundroi: fixed regions on frames.
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include "gst/chain.h"
#include "gst/pipeline.h"
#include "gst/region_metas.h"

namespace gerund::gst {
namespace {

std::vector<serve::Region> regions_of(Chain& chain, int width = 16, int height = 12) {
  const BufferHandle out = chain.pass(plain_frame(width, height, gray(9), 0));
  return out ? read_regions(out.get()) : std::vector<serve::Region>{};
}

TEST(Roi, MarksEveryAreaWithItsName) {
  Chain chain("gerundroi rois=\"door:0,0,0.5,1;desk:4,3,8,6\"");
  const auto regions = regions_of(chain);
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].key, (serve::RegionKey{serve::RegionKind::area, "door"}));
  EXPECT_EQ(regions[0].box, (clip::Rectangle{0, 0, 8, 12}));
  EXPECT_EQ(regions[1].key, (serve::RegionKey{serve::RegionKind::area, "desk"}));
  EXPECT_EQ(regions[1].box, (clip::Rectangle{4, 3, 8, 6}));
  EXPECT_TRUE(texts_of(chain.messages(), GST_MESSAGE_WARNING).empty());
}

TEST(Roi, WritesMetasThatOthersRead) {
  Chain chain("gerundroi rois=\"door:0,0,0.5,1;desk:4,3,8,6\"");
  const BufferHandle out = chain.pass(plain_frame(16, 12, gray(9), 0));
  ASSERT_NE(out, nullptr);
  const auto* desk = gst_buffer_get_video_region_of_interest_meta_id(out.get(), 1);
  ASSERT_NE(desk, nullptr);
  EXPECT_STREQ(g_quark_to_string(desk->roi_type), "gerund-roi:desk");
  EXPECT_EQ(desk->w, 8U);
}

TEST(Roi, NamesSurviveAChangeOfSize) {
  Chain chain(
      "gerundroi rois=\"door:0,0,0.5,1;desk:4,3,8,6\" ! videoscale ! capsfilter caps=video/x-raw,width=8,height=6");
  const BufferHandle out = chain.pass(plain_frame(16, 12, gray(9), 0));
  ASSERT_NE(out, nullptr);
  const std::vector<serve::Region> regions = read_regions(out.get());
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].key, (serve::RegionKey{serve::RegionKind::area, "door"}));
  EXPECT_EQ(regions[1].key, (serve::RegionKey{serve::RegionKind::area, "desk"}));
  EXPECT_EQ(regions[1].box, (clip::Rectangle{2, 1, 4, 3}));
}

TEST(Roi, MarksEveryFrameAndLeavesItAlone) {
  Chain chain("gerundroi rois=door:0,0,0.5,1");
  for (int i = 0; i < 3; ++i) {
    BufferHandle in = plain_frame(16, 12, gray(50), i);
    const std::string bytes = bytes_of(in.get());
    const BufferHandle out = chain.pass(std::move(in));
    ASSERT_NE(out, nullptr);
    EXPECT_EQ(read_regions(out.get()).size(), 1U);
    EXPECT_EQ(bytes_of(out.get()), bytes);
  }
}

TEST(Roi, AddsToTheRegionsThatAreThere) {
  Chain chain("gerundroi rois=door:0,0,0.5,1");
  BufferHandle in = plain_frame(16, 12, gray(9), 0);
  gst_buffer_add_video_region_of_interest_meta(in.get(), "person", 1, 2, 3, 4)->id = 7;
  const BufferHandle out = chain.pass(std::move(in));
  EXPECT_EQ(read_regions(out.get()).size(), 2U);
}

TEST(Roi, DoesNothingWithoutAreas) {
  Chain chain("gerundroi");
  EXPECT_TRUE(regions_of(chain).empty());
}

TEST(Roi, WarnsWhereItCuts) {
  Chain chain("gerundroi rois=door:10,0,10,12");
  EXPECT_EQ(regions_of(chain)[0].box, (clip::Rectangle{10, 0, 6, 12}));
  const auto warnings = texts_of(chain.messages(), GST_MESSAGE_WARNING);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("'door'"), std::string::npos) << warnings[0];
}

TEST(Roi, PlacesSharesAnewOnFramesOfAnotherSize) {
  Chain chain("gerundroi rois=door:0.5,0,0.5,1");
  EXPECT_EQ(regions_of(chain)[0].box, (clip::Rectangle{8, 0, 8, 12}));
  chain.set_caps(rgb_caps(32, 20));
  EXPECT_EQ(regions_of(chain, 32, 20)[0].box, (clip::Rectangle{16, 0, 16, 20}));
}

std::string error_with(const std::string& rois) {
  Pipeline pipeline("videotestsrc num-buffers=2 ! " + rgb_caps(16, 12) + " ! gerundroi rois=\"" + rois +
                    "\" ! fakesink");
  const auto errors = texts_of(pipeline.run(), GST_MESSAGE_ERROR);
  return errors.empty() ? "" : errors[0];
}

TEST(Roi, IsAnErrorOutsideOfTheFrame) {
  EXPECT_NE(error_with("a:0,0,4,4;far:20,0,4,4").find("'far'"), std::string::npos);
}

TEST(Roi, IsAnErrorForTextThatIsNone) {
  EXPECT_NE(error_with("no regions").find("rois:"), std::string::npos);
  EXPECT_NE(error_with("a:0,0,4,4;a:1,1,4,4").find("given twice"), std::string::npos);
}

}  // namespace
}  // namespace gerund::gst
