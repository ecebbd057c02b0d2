// gerundbin: regions, inference and events in one.
#include <gtest/gtest.h>

#include "gst/brightness_model.h"
#include "gst/chain.h"
#include "gst/pipeline.h"
#include "gst/small_clip.h"

namespace gerund::gst {
namespace {

class ChainBin : public testing::Test {
 protected:
  std::string element(const std::string& more) const {
    return "gerundbin name=chain model=" + file_.path() + " " + more;
  }
  BrightnessFile file_;
};

TEST_F(ChainBin, GoesFromFramesToActions) {
  Chain chain(element("rois=\"a:0,0,0.5,1;b:0.5,0,0.5,1\" stride=1 smoothing=none hold-time=0 stream-id=yard"));
  std::vector<std::string> events;
  for (int n = 0; n < 6; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(0), n);
    paint(frame.get(), 16, {0, 0, 8, 12}, gray(255));
    const auto report = chain.report_on(std::move(frame));
    EXPECT_EQ(report.stream, "yard");
    for (const serve::EventReport& event : report.events)
      events.push_back(event.key.id + "@" + std::to_string(n) + " " +
                       report.model->labels.at(static_cast<size_t>(event.change.class_index)));
  }
  EXPECT_EQ(events, (std::vector<std::string>{"a@3 bright", "b@3 dark"}));
}

TEST_F(ChainBin, HasThePropertiesOfItsParts) {
  Chain chain(element("threshold=0.75"));
  const ElementHandle bin = chain.element("chain");
  for (const auto& [name, child] : {std::pair{"threshold", "events"}, std::pair{"model", "infer"}}) {
    GValue own = G_VALUE_INIT, theirs = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(bin.get()), name, &own);
    g_object_get_property(G_OBJECT(chain.element(child).get()), name, &theirs);
    gchar* own_text = gst_value_serialize(&own);
    gchar* their_text = gst_value_serialize(&theirs);
    EXPECT_STREQ(own_text, their_text) << name;
    g_free(own_text);
    g_free(their_text);
    g_value_unset(&own);
    g_value_unset(&theirs);
  }
}

TEST_F(ChainBin, SetsWhatItsPartsReadBack) {
  Chain chain(
      element("rois=door:0,0,1,1 context=c mode=async stride=3 subsample=2 sample-fps=0 stream-id=s "
              "threshold=0.3 smoothing=vote hold-time=4 ignore=dark"));
  const auto value_of = [&](const char* child, const char* name) {
    GValue value = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(chain.element(child).get()), name, &value);
    gchar* text = gst_value_serialize(&value);
    std::string result = text;
    g_free(text);
    g_value_unset(&value);
    return result;
  };
  EXPECT_EQ(value_of("roi", "rois"), "\"door:0\\,0\\,1\\,1\"");
  EXPECT_EQ(value_of("infer", "context"), "c");
  EXPECT_EQ(value_of("infer", "mode"), "async");
  EXPECT_EQ(value_of("infer", "stride"), "3");
  EXPECT_EQ(value_of("infer", "subsample"), "2");
  EXPECT_EQ(value_of("infer", "sample-fps"), "0");
  EXPECT_EQ(value_of("infer", "stream-id"), "s");
  EXPECT_EQ(value_of("events", "threshold"), "0.29999999999999999");
  EXPECT_EQ(value_of("events", "smoothing"), "vote");
  EXPECT_EQ(value_of("events", "hold-time"), "4");
  EXPECT_EQ(value_of("events", "ignore"), "dark");
}

TEST_F(ChainBin, ReachesItsPartsByName) {
  // Not by the text of a pipeline, of which launch_lines.sh has one: GStreamer 1.22 leaks the parts that it names.
  Chain chain(element(""));
  gst_child_proxy_set(GST_CHILD_PROXY(chain.element("chain").get()), "infer::stride", 8, "events::alpha", 0.5, nullptr);
  gint stride = 0;
  gdouble alpha = 0;
  gst_child_proxy_get(GST_CHILD_PROXY(chain.element("chain").get()), "infer::stride", &stride, "events::alpha", &alpha,
                      nullptr);
  EXPECT_EQ(stride, 8);
  EXPECT_EQ(alpha, 0.5);
}

TEST_F(ChainBin, ConvertsFormatsThatItDoesNotTake) {
  Pipeline pipeline("videotestsrc num-buffers=6 ! video/x-raw,format=YUY2,width=32,height=24 ! " + element("stride=1") +
                    " ! fakesink name=sink");
  EXPECT_TRUE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty());
  ASSERT_EQ(pipeline.frames().size(), 6U);
  EXPECT_EQ(pipeline.frames()[5].report.windows.size(), 1U);
}

TEST_F(ChainBin, TellsEachRoundOfALoopByItself) {
  // Six frames from dark to a little less dark.
  const SmallClip clip("clip.mp4", 6);
  Pipeline pipeline("gerundsrcbin loop=true uri=" + clip.path() + " ! " + element("stride=1 smoothing=none") +
                    " ! fakesink name=sink");
  pipeline.start();
  ASSERT_TRUE(pipeline.wait_for_frames(18));
  pipeline.stop();
  const auto frames = pipeline.frames();
  for (size_t i = 0; i < 18; ++i) {
    ASSERT_EQ(frames[i].report.windows.size(), i % 6 >= 3 ? 1U : 0U) << i;
    for (const serve::WindowReport& window : frames[i].report.windows) EXPECT_EQ(window.is_first, i % 6 == 3) << i;
    // It begins anew; its end came between the rounds.
    ASSERT_EQ(frames[i].report.events.size(), i % 6 == 3 ? 1U : 0U) << i;
    for (const serve::EventReport& event : frames[i].report.events) EXPECT_TRUE(event.change.is_start);
  }
}

}  // namespace
}  // namespace gerund::gst
