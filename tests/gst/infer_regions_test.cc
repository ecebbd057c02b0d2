// gerundinfer: windows of regions that gerundroi or a detector upstream has marked.
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <map>
#include <ostream>

#include "gst/brightness_model.h"
#include "gst/chain.h"
#include "gst/region_metas.h"

namespace gerund::gst {
namespace {

constexpr double kTolerance = 1e-3;

class InferRegions : public testing::Test {
 protected:
  std::string element(const std::string& more = "") const {
    return "gerundinfer name=infer threads=1 stride=1 model=" + file_.path() + " " + more;
  }
  BrightnessFile file_;
};

serve::RegionKey area(const std::string& id) {
  return {serve::RegionKind::area, id};
}
serve::RegionKey track(const std::string& id) {
  return {serve::RegionKind::track, id};
}

GstVideoRegionOfInterestMeta* add_object(GstBuffer* buffer, int id, const clip::Rectangle& box) {
  GstVideoRegionOfInterestMeta* meta = gst_buffer_add_video_region_of_interest_meta(
      buffer, "person", static_cast<guint>(box.x), static_cast<guint>(box.y), static_cast<guint>(box.width),
      static_cast<guint>(box.height));
  meta->id = id;
  return meta;
}

/// As DL Streamer's trackers do.
void add_dlstreamer_object(GstBuffer* buffer, int id, const clip::Rectangle& box) {
  gst_video_region_of_interest_meta_add_param(add_object(buffer, 99, box),
                                              gst_structure_new("object_id", "id", G_TYPE_INT, id, nullptr));
}

std::map<serve::RegionKey, serve::WindowReport> by_key(const serve::FrameReport& report) {
  std::map<serve::RegionKey, serve::WindowReport> windows;
  for (const serve::WindowReport& window : report.windows) windows.emplace(window.key, window);
  EXPECT_EQ(windows.size(), report.windows.size());
  return windows;
}

TEST_F(InferRegions, GiveAreasAnswersOfTheirOwn) {
  Chain chain("gerundroi rois=\"left:0,0,0.5,1;right:8,0,8,12;low:0,6,16,6\" ! " + element());
  std::map<serve::RegionKey, serve::WindowReport> windows;
  for (int n = 0; n < 4; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(200), n);
    paint(frame.get(), 16, {0, 0, 8, 12}, gray(static_cast<uint8_t>(10 * n)));
    windows = by_key(chain.report_on(std::move(frame)));
    ASSERT_EQ(windows.size(), n < 3 ? 0U : 3U);
  }
  EXPECT_NEAR(windows[area("left")].logits[0], bright_logit({gray(0), gray(10), gray(20), gray(30)}), kTolerance);
  EXPECT_NEAR(windows[area("right")].logits[0], bright_logit({gray(200), gray(200), gray(200), gray(200)}), kTolerance);
  EXPECT_EQ(windows[area("right")].box, (clip::Rectangle{8, 0, 8, 12}));
  EXPECT_EQ(windows[area("low")].box, (clip::Rectangle{0, 6, 16, 6}));
}

/// How a detector writes the id of an object.
struct Form {
  const char* name;
  void (*add)(GstBuffer*, int, const clip::Rectangle&);
};
std::ostream& operator<<(std::ostream& stream, const Form& form) {
  return stream << form.name;
}

class InferTracks : public InferRegions, public testing::WithParamInterface<Form> {};

TEST_P(InferTracks, FollowObjectsByTheirIds) {
  Chain chain(element(), rgb_caps(64, 16));
  std::map<serve::RegionKey, serve::WindowReport> windows;
  std::array<Rgb, kWindowFrames> light{}, dark{};
  for (int n = 0; n < 4; ++n) {
    // Two that change places, and the order in which they are told changes, too.
    const clip::Rectangle right{4 + 12 * n, 0, 8, 8}, left{40 - 12 * n, 8, 8, 8};
    light.at(static_cast<size_t>(n)) = gray(static_cast<uint8_t>(200 + 10 * n));
    dark.at(static_cast<size_t>(n)) = gray(static_cast<uint8_t>(50 - 10 * n));
    BufferHandle frame = plain_frame(64, 16, gray(128), n);
    paint(frame.get(), 64, right, light.at(static_cast<size_t>(n)));
    paint(frame.get(), 64, left, dark.at(static_cast<size_t>(n)));
    if (n % 2 == 0) GetParam().add(frame.get(), 7, right);
    GetParam().add(frame.get(), 12, left);
    if (n % 2 == 1) GetParam().add(frame.get(), 7, right);
    windows = by_key(chain.report_on(std::move(frame)));
    ASSERT_EQ(windows.size(), n < 3 ? 0U : 2U);
  }
  EXPECT_NEAR(windows[track("7")].logits[0], bright_logit(light), kTolerance);
  EXPECT_NEAR(windows[track("12")].logits[0], bright_logit(dark), kTolerance);
  EXPECT_EQ(windows[track("7")].box, (clip::Rectangle{40, 0, 8, 8}));
}

INSTANTIATE_TEST_SUITE_P(Forms, InferTracks,
                         testing::Values(Form{"Meta", [](GstBuffer* buffer, int id,
                                                         const clip::Rectangle& box) { add_object(buffer, id, box); }},
                                         Form{"DlStreamer", add_dlstreamer_object}),
                         [](const testing::TestParamInfo<Form>& form) { return std::string(form.param.name); });

TEST_F(InferRegions, LookAtTheWholePictureUntilThereAreRegions) {
  Chain chain(element());
  for (int n = 0; n < 5; ++n) chain.report_on(plain_frame(16, 12, gray(0), n));
  for (int n = 5; n < 9; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(0), n);
    add_object(frame.get(), 1, {0, 0, 8, 8});
    const auto windows = by_key(chain.report_on(std::move(frame)));
    EXPECT_EQ(windows.size(), n == 8 ? 1U : 0U);
    EXPECT_EQ(windows.contains(track("1")), n == 8);
  }
  // And not again when they are gone.
  for (int n = 9; n < 14; ++n) EXPECT_TRUE(chain.report_on(plain_frame(16, 12, gray(0), n)).windows.empty());
}

TEST_F(InferRegions, AreWhatTheUserWants) {
  const auto keys_with = [&](const std::string& regions) {
    Chain chain(element("regions=" + regions));
    std::string keys;
    for (int n = 0; n < 8; ++n) {
      BufferHandle frame = plain_frame(16, 12, gray(0), n);
      if (n < 4) add_object(frame.get(), 1, {0, 0, 8, 8});
      for (const auto& window : chain.report_on(std::move(frame)).windows) keys += window.key.id + " ";
    }
    return keys;
  };
  EXPECT_EQ(keys_with("frame"), "0 0 0 0 0 ");
  EXPECT_EQ(keys_with("metas"), "1 ");
  EXPECT_EQ(keys_with("auto"), "1 ");
}

TEST_F(InferRegions, AreToldOfWhenTheyAreGone) {
  Chain chain(element("region-ttl=0.25"));
  std::vector<std::string> gone;
  for (int n = 0; n < 8; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(0), n);
    if (n < 4) add_object(frame.get(), 5, {0, 0, 8, 8});
    for (const auto& region : chain.report_on(std::move(frame)).gone)
      gone.push_back(region.key.id + "@" + std::to_string(n));
  }
  EXPECT_EQ(gone, (std::vector<std::string>{"5@6"}));
}

TEST_F(InferRegions, AreNoMoreThanAllowed) {
  Chain chain(element("max-regions=2"));
  std::vector<std::string> gone;
  for (int n = 0; n < 4; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(0), n);
    add_object(frame.get(), n, {0, 0, 8, 8});
    for (const auto& region : chain.report_on(std::move(frame)).gone) gone.push_back(region.key.id);
  }
  EXPECT_EQ(gone, (std::vector<std::string>{"0", "1"}));
  std::vector<std::string> told;
  for (const MessageHandle& message : chain.messages())
    if (const std::string id = field_of(message.get(), "gerund-region-dropped", "region"); !id.empty())
      told.push_back(id + " " + field_of(message.get(), "gerund-region-dropped", "reason"));
  EXPECT_EQ(told, (std::vector<std::string>{"0 crowded", "1 crowded"}));
}

TEST_F(InferRegions, OutsideOfThePictureArePassedOver) {
  Chain chain(element());
  constexpr guint kHuge = 0xffffffff;
  for (int n = 0; n < 6; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(0), n);
    int id = 0;
    for (const auto& [x, y, w, h] : std::vector<std::array<guint, 4>>{{20, 0, 4, 4},
                                                                      {0, 0, 0, 4},
                                                                      {kHuge, 0, 1, 1},
                                                                      {0, kHuge, 4, kHuge},
                                                                      {0x7fffffff, 3, 2, 2},
                                                                      {3, 3, 0x80000000, 4}})
      gst_buffer_add_video_region_of_interest_meta(frame.get(), "person", x, y, w, h)->id = id++;
    const auto report = chain.report_on(std::move(frame));
    EXPECT_TRUE(report.windows.empty());
  }
}

TEST_F(InferRegions, ThatReachOverTheEdgeAreCut) {
  Chain chain(element());
  serve::FrameReport report;
  for (int n = 0; n < 4; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(0), n);
    add_object(frame.get(), 1, {10, 2, 0x7fffffff, 40});
    report = chain.report_on(std::move(frame));
  }
  ASSERT_EQ(report.windows.size(), 1U);
  EXPECT_EQ(report.windows[0].box, (clip::Rectangle{10, 2, 6, 10}));
}

}  // namespace
}  // namespace gerund::gst
