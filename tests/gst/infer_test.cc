// gerundinfer: which frames bear answers, and which answers.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/random.h"
#include "clip/assemble.h"
#include "gst/brightness_model.h"
#include "gst/chain.h"
#include "gst/pipeline.h"
#include "serve/classifier.h"
#include "serve/stream_windows.h"

namespace gerund::gst {
namespace {

constexpr double kTolerance = 1e-3;  // Of logits between 0 and 15: weights are float32.

class Infer : public testing::Test {
 protected:
  std::string element(const std::string& more = "stride=2") const {
    return "gerundinfer name=infer threads=1 model=" + file_.path() + " " + more;
  }
  BrightnessFile file_;
};

Rgb random_color(base::Random& random) {
  const auto value = [&] { return static_cast<uint8_t>(random.below(256)); };
  return {value(), value(), value()};
}

struct Plan {
  int stride;
  int subsample;
};

class InferWindows : public Infer, public testing::WithParamInterface<Plan> {};

TEST_P(InferWindows, AnswersOnTheFrameThatCompletesAWindow) {
  const auto [stride, subsample] = GetParam();
  const int spacing = subsample + 1;
  Chain chain(element("stride=" + std::to_string(stride) + " subsample=" + std::to_string(subsample)));
  base::Random random(5);
  std::vector<Rgb> colors;
  int num_windows = 0;
  for (int n = 0; n < 40; ++n) {
    colors.push_back(random_color(random));
    const serve::FrameReport report = chain.report_on(plain_frame(16, 12, colors.back(), n));
    const int since = n - (kWindowFrames - 1) * spacing;
    const bool is_due = since >= 0 && since % (stride * spacing) == 0;
    ASSERT_EQ(report.windows.size(), is_due ? 1U : 0U) << "frame " << n;
    if (!is_due) continue;
    const serve::WindowReport& window = report.windows[0];
    std::array<Rgb, kWindowFrames> shown;
    for (int i = 0; i < kWindowFrames; ++i)
      shown.at(static_cast<size_t>(i)) = colors.at(static_cast<size_t>(since + i * spacing));
    ASSERT_EQ(window.logits.size(), 2U);
    EXPECT_NEAR(window.logits[0], bright_logit(shown), kTolerance) << "frame " << n;
    EXPECT_NEAR(window.logits[1], 15 - bright_logit(shown), kTolerance);
    EXPECT_NEAR(window.scores[0], 1 / (1 + std::exp(15 - 2 * bright_logit(shown))), kTolerance);
    EXPECT_EQ(window.first_frame, since);
    EXPECT_EQ(window.last_frame, n);
    EXPECT_NEAR(window.start_seconds, since / 10.0, 1e-9);
    EXPECT_NEAR(window.end_seconds, n / 10.0, 1e-9);
    EXPECT_EQ(window.is_first, num_windows == 0);
    ++num_windows;
  }
  EXPECT_GT(num_windows, 2);
  const ElementHandle infer = chain.element("infer");
  gint64 counted = 0;
  g_object_get(infer.get(), "num-windows", &counted, nullptr);
  EXPECT_EQ(counted, num_windows);
}

INSTANTIATE_TEST_SUITE_P(Plans, InferWindows,
                         testing::Values(Plan{1, 0}, Plan{2, 0}, Plan{4, 0}, Plan{6, 0}, Plan{1, 1}, Plan{2, 2}),
                         [](const testing::TestParamInfo<Plan>& plan) {
                           return "Stride" + std::to_string(plan.param.stride) + "Subsample" +
                                  std::to_string(plan.param.subsample);
                         });

TEST_F(Infer, LooksAtEverySecondFrameWithAnInterval) {
  Chain chain(element("stride=1 interval=1"));
  for (int n = 0; n < 10; ++n) {
    const auto report = chain.report_on(plain_frame(16, 12, gray(static_cast<uint8_t>(10 * n)), n));
    ASSERT_EQ(report.windows.size(), n >= 6 && n % 2 == 0 ? 1U : 0U) << n;
    if (n != 6) continue;
    EXPECT_NEAR(report.windows[0].logits[0], bright_logit({gray(0), gray(20), gray(40), gray(60)}), kTolerance);
  }
}

TEST_F(Infer, TakesFramesThatAnIntervalPassesOverForNoGap) {
  // Ten frames a second; every fifteenth is looked at, which is longer than the longest gap.
  Chain chain(element("stride=1 interval=14 max-gap=1"));
  for (int n = 0; n < 61; ++n)
    EXPECT_EQ(chain.report_on(plain_frame(16, 12, gray(255), n)).windows.size(), n == 45 || n == 60 ? 1U : 0U) << n;
  // Two seconds without any frame, before one that is passed over.
  for (int n = 61; n < 121; ++n)
    EXPECT_EQ(chain.report_on(plain_frame(16, 12, gray(255), n + (n > 65 ? 20 : 0))).windows.size(), n == 120 ? 1U : 0U)
        << n;
}

TEST_F(Infer, TakesTheFramesOfASlowCameraForNoGap) {
  Chain chain(element("stride=1 max-gap=1"), "video/x-raw,format=RGB,width=16,height=12,framerate=1/2");
  for (int n = 0; n < 5; ++n)
    EXPECT_EQ(chain.report_on(plain_frame(16, 12, gray(255), 20 * n)).windows.size(), n >= 3 ? 1U : 0U) << n;
  EXPECT_TRUE(chain.report_on(plain_frame(16, 12, gray(255), 20 * 7)).windows.empty());
}

TEST_F(Infer, IsAnErrorBehindAnotherOne) {
  Chain chain(element() + " ! gerundinfer threads=1 model=" + file_.path());
  EXPECT_EQ(chain.push(plain_frame(16, 12, gray(0), 0)), GST_FLOW_ERROR);
}

TEST_F(Infer, TakesSamplesByTime) {
  // Ten frames a second and five samples: every second frame, a window every 0.4 s.
  Chain chain(element("sample-fps=5 hop-duration=0.4"));
  std::vector<int> due;
  for (int n = 0; n < 16; ++n)
    if (!chain.report_on(plain_frame(16, 12, gray(0), n)).windows.empty()) due.push_back(n);
  EXPECT_EQ(due, (std::vector<int>{6, 10, 14}));
}

/// Noise with a light square that moves.
BufferHandle lively_frame(base::Random& random, int n) {
  BufferHandle buffer = plain_frame(48, 40, gray(0), n);
  {
    MappedBuffer map(buffer.get(), GST_MAP_WRITE);
    for (size_t i = 0; i < map.size(); ++i) map.data()[i] = static_cast<uint8_t>(random.below(120));
  }
  paint(buffer.get(), 48, {n % 30, 8, 12, 12}, {250, 200, 30});
  return buffer;
}

/// What serve makes of frames, without GStreamer.
class Reference {
 public:
  explicit Reference(const std::string& path)
      : classifier_(open(path), serve::Activation::automatic),
        windows_(classifier_.model().recipe(), plan(), serve::KeyLimits{}) {}

  std::vector<serve::Scores> push(GstBuffer* buffer, int n) {
    const std::string bytes = bytes_of(buffer);
    const serve::Region whole{{serve::RegionKind::area, "0"}, {0, 0, 48, 40}};
    const auto pixels = [&](const clip::Rectangle&) {
      tensor::Frame frame(48, 40);
      std::copy(bytes.begin(), bytes.end(), frame.rgb.begin());
      return frame;
    };
    std::vector<serve::Scores> scores;
    for (const serve::RegionClip& clip : windows_.push({n, n / 10.0}, 48, 40, {&whole, 1}, pixels).clips) {
      const serve::Classifier::Job job{&clip.clip, nullptr};
      scores.push_back(classifier_.classify({&job, 1})[0]);
    }
    return scores;
  }

 private:
  static serve::LoadedModel open(const std::string& path) {
    serve::OnnxOptions options;
    options.engine = {"reference", 1};
    return serve::open_onnx_model(path, options);
  }
  static serve::WindowOptions plan() {
    serve::WindowOptions options;
    options.num_frames = kWindowFrames;
    options.stride = 3;
    return options;
  }
  serve::Classifier classifier_;
  serve::StreamWindows windows_;
};

TEST_F(Infer, SaysWhatTheClassifierSays) {
  Chain chain(element("stride=3 engine=reference"), rgb_caps(48, 40));
  Reference reference(file_.path());
  base::Random random(6);
  int num_windows = 0;
  for (int n = 0; n < 20; ++n) {
    BufferHandle buffer = lively_frame(random, n);
    const auto expected = reference.push(buffer.get(), n);
    const auto report = chain.report_on(std::move(buffer));
    ASSERT_EQ(report.windows.size(), expected.size());
    if (expected.empty()) continue;
    EXPECT_EQ(report.windows[0].logits, expected[0].logits);
    EXPECT_EQ(report.windows[0].scores, expected[0].values);
    ++num_windows;
  }
  EXPECT_EQ(num_windows, 6);
}

TEST_F(Infer, PassesFramesUntouched) {
  Chain chain(element());
  for (int n = 0; n < 9; ++n) {
    BufferHandle in = plain_frame(16, 12, gray(static_cast<uint8_t>(20 * n)), n);
    GST_BUFFER_OFFSET(in.get()) = 100 + static_cast<guint64>(n);
    const GstMemory* memory = gst_buffer_peek_memory(in.get(), 0);
    const std::string bytes = bytes_of(in.get());
    const BufferHandle out = chain.pass(std::move(in));
    ASSERT_NE(out, nullptr);
    EXPECT_EQ(gst_buffer_n_memory(out.get()), 1U);
    EXPECT_EQ(gst_buffer_peek_memory(out.get(), 0), memory);
    EXPECT_EQ(bytes_of(out.get()), bytes);
    EXPECT_EQ(GST_BUFFER_PTS(out.get()), static_cast<GstClockTime>(n) * GST_SECOND / 10);
    EXPECT_EQ(GST_BUFFER_DURATION(out.get()), GST_SECOND / 10);
    EXPECT_EQ(GST_BUFFER_OFFSET(out.get()), 100 + static_cast<guint64>(n));
    EXPECT_EQ(chain.try_pull(), nullptr);
  }
}

TEST_F(Infer, PutsItsReportBesideMemoryThatOthersHold) {
  Chain chain(element());
  BufferHandle in = plain_frame(16, 12, gray(40), 0);
  const BufferHandle held(gst_buffer_ref(in.get()));
  const BufferHandle out = chain.pass(std::move(in));
  EXPECT_EQ(find_report(held.get()), nullptr);
  EXPECT_NE(find_report(out.get()), nullptr);
  EXPECT_EQ(gst_buffer_peek_memory(out.get(), 0), gst_buffer_peek_memory(held.get(), 0));
}

TEST_F(Infer, SaysWhoAndWhere) {
  Chain chain(element("stride=2 stream-id=yard source-id=3"));
  serve::FrameReport report;
  for (int n = 0; n < 4; ++n) report = chain.report_on(plain_frame(16, 12, gray(0), n));
  EXPECT_EQ(report.stream, "yard");
  EXPECT_EQ(report.source_id, 3);
  EXPECT_EQ(report.frame_width, 16);
  EXPECT_EQ(report.frame_height, 12);
  EXPECT_NEAR(report.pts_seconds, 0.3, 1e-9);
  ASSERT_NE(report.model, nullptr);
  EXPECT_EQ(report.model->labels, (std::vector<std::string>{"bright", "dark"}));
  EXPECT_EQ(report.model->name, "brightness.onnx");
  EXPECT_EQ(report.model->sha256.size(), 64U);
  ASSERT_EQ(report.windows.size(), 1U);
  EXPECT_EQ(report.windows[0].box, (clip::Rectangle{0, 0, 16, 12}));
}

TEST_F(Infer, CountsOnWhereFramesHaveNoTime) {
  Chain chain(element("stride=1"));
  serve::FrameReport report;
  for (int n = 0; n < 6; ++n) {
    BufferHandle frame = plain_frame(16, 12, gray(0), n);
    GST_BUFFER_PTS(frame.get()) = GST_CLOCK_TIME_NONE;
    report = chain.report_on(std::move(frame));
  }
  ASSERT_EQ(report.windows.size(), 1U);
  EXPECT_NEAR(report.windows[0].end_seconds - report.windows[0].start_seconds, 0.3, 1e-9);
}

TEST_F(Infer, TellsTheTimeOfTheCamera) {
  Chain chain(element());
  const CapsHandle ntp(gst_caps_new_empty_simple("timestamp/x-ntp"));
  BufferHandle frame = plain_frame(16, 12, gray(0), 0);
  gst_buffer_add_reference_timestamp_meta(frame.get(), ntp.get(), (2208988800ULL + 86400) * GST_SECOND + 250000000,
                                          GST_CLOCK_TIME_NONE);
  EXPECT_EQ(chain.report_on(std::move(frame)).ntp, "1970-01-02T00:00:00.250Z");
  EXPECT_EQ(chain.report_on(plain_frame(16, 12, gray(0), 1)).ntp, "");
}

class InferFormats : public Infer, public testing::WithParamInterface<const char*> {
 protected:
  /// Logits of windows over plain colours that videoconvert turned into the format.
  std::vector<float> logits_in(const std::string& format, bool is_gray, int width, int height) {
    Chain chain("videoconvert ! video/x-raw,format=" + format + " ! " + element("stride=1"), rgb_caps(width, height));
    base::Random random(8);
    std::vector<float> logits;
    for (int n = 0; n < 8; ++n) {
      const Rgb color = random_color(random);
      const auto report = chain.report_on(plain_frame(width, height, is_gray ? gray(color[0]) : color, n));
      for (const serve::WindowReport& window : report.windows) logits.push_back(window.logits[0]);
    }
    return logits;
  }
};

TEST_P(InferFormats, AnswerAsRgbDoes) {
  const std::string format = GetParam();
  const bool is_gray = format == "GRAY8";
  // Two levels of 255 for the rounding of YUV, of fifteen.
  const double tolerance = format.find("RGB") == 0 || format.find("BGR") == 0 ? kTolerance : 15 * 2.0 / 255;
  for (const auto& [width, height] : {std::pair{16, 12}, std::pair{22, 10}, std::pair{17, 13}}) {
    const auto expected = logits_in("RGB", is_gray, width, height);
    const auto logits = logits_in(format, is_gray, width, height);
    ASSERT_EQ(expected.size(), 5U);
    ASSERT_EQ(logits.size(), 5U);
    for (size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(logits[i], expected[i], tolerance) << width << " " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, InferFormats,
                         testing::Values("I420", "NV12", "Y42B", "Y444", "RGB", "BGR", "RGBx", "BGRx", "RGBA", "BGRA",
                                         "GRAY8"),
                         [](const testing::TestParamInfo<const char*>& format) { return std::string(format.param); });

TEST_F(Infer, NamesItsFormats) {
  const ElementHandle infer(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("gerundinfer", nullptr))));
  const PadHandle pad(gst_element_get_static_pad(infer.get(), "sink"));
  const CapsHandle caps(gst_pad_get_pad_template_caps(pad.get()));
  const GValue* formats = gst_structure_get_value(gst_caps_get_structure(caps.get(), 0), "format");
  EXPECT_EQ(gst_value_list_get_size(formats), 11U) << "a new format needs a line in the tests above";
}

TEST_F(Infer, GivesAShortClipAnAnswerWithPad) {
  Chain chain(element("stride=2 end-policy=pad"));
  for (int n = 0; n < 2; ++n)
    EXPECT_TRUE(chain.report_on(plain_frame(16, 12, gray(static_cast<uint8_t>(100 * n)), n)).windows.empty());
  chain.end();
  const auto reports = chain.event_reports();
  ASSERT_EQ(reports.size(), 1U);
  ASSERT_EQ(reports[0].windows.size(), 1U);
  EXPECT_NEAR(reports[0].windows[0].logits[0], bright_logit({gray(0), gray(100), gray(100), gray(100)}), kTolerance);
  EXPECT_EQ(reports[0].windows[0].last_frame, 1);
}

TEST_F(Infer, LeavesAShortClipOutWithoutPad) {
  Chain chain(element());
  for (int n = 0; n < 2; ++n) chain.report_on(plain_frame(16, 12, gray(0), n));
  chain.end();
  for (const serve::FrameReport& report : chain.event_reports()) EXPECT_TRUE(report.windows.empty());
}

TEST_F(Infer, EndsWithoutAnyFrame) {
  Chain chain(element("end-policy=pad"));
  EXPECT_TRUE(chain.end());
  for (const serve::FrameReport& report : chain.event_reports()) EXPECT_TRUE(report.windows.empty());
}

/// The logit on frame `n` of a window over gray frames.
void expect_anew_after(Chain& chain, const std::function<void()>& interrupt, int width = 16, int height = 12) {
  for (int n = 0; n < 7; ++n) chain.report_on(plain_frame(16, 12, gray(255), n));
  interrupt();
  for (int n = 7; n < 10; ++n)
    EXPECT_TRUE(chain.report_on(plain_frame(width, height, gray(0), n)).windows.empty()) << n;
  const auto report = chain.report_on(plain_frame(width, height, gray(0), 10));
  ASSERT_EQ(report.windows.size(), 1U);
  EXPECT_TRUE(report.windows[0].is_first);
  EXPECT_NEAR(report.windows[0].logits[0], 0, kTolerance);
}

TEST_F(Infer, StartsAnewWithoutInterruptionOnlyOnce) {
  Chain chain(element("stride=1"));
  for (int n = 0; n < 8; ++n)
    for (const auto& window : chain.report_on(plain_frame(16, 12, gray(255), n)).windows)
      EXPECT_EQ(window.is_first, n == 3);
}

TEST_F(Infer, StartsAnewAtADiscontinuity) {
  Chain chain(element("stride=1"));
  for (int n = 0; n < 7; ++n) chain.report_on(plain_frame(16, 12, gray(255), n));
  BufferHandle frame = plain_frame(16, 12, gray(0), 7);
  GST_BUFFER_FLAG_SET(frame.get(), GST_BUFFER_FLAG_DISCONT);
  const auto report = chain.report_on(std::move(frame));
  EXPECT_TRUE(report.windows.empty());
  ASSERT_EQ(report.gone.size(), 1U);
  EXPECT_EQ(report.gone[0].key.id, "0");
  for (int n = 8; n < 10; ++n) EXPECT_TRUE(chain.report_on(plain_frame(16, 12, gray(0), n)).windows.empty());
  const auto last = chain.report_on(plain_frame(16, 12, gray(0), 10));
  ASSERT_EQ(last.windows.size(), 1U);
  EXPECT_NEAR(last.windows[0].logits[0], 0, kTolerance);
}

TEST_F(Infer, StartsAnewAfterAFlush) {
  Chain chain(element("stride=1"));
  expect_anew_after(chain, [&] {
    EXPECT_TRUE(chain.send(gst_event_new_flush_start()));
    EXPECT_TRUE(chain.send(gst_event_new_flush_stop(TRUE)));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    EXPECT_TRUE(chain.send(gst_event_new_segment(&segment)));
  });
}

TEST_F(Infer, TellsNothingOfBeforeAFlushAfterIt) {
  Chain chain(element("stride=1 mode=async"));
  const auto num_answered = [&] {
    gint64 count = 0;
    g_object_get(chain.element("infer").get(), "num-windows", &count, nullptr);
    return count;
  };
  // Until an answer was not there in time for its own frame, and waits for the next.
  gint64 told = 0, offered = 0;
  for (int n = 0; told == offered && n < 1000; ++n) {
    told += static_cast<gint64>(chain.report_on(plain_frame(16, 12, gray(255), n)).windows.size());
    offered += n >= 3 ? 1 : 0;
    while (num_answered() < offered) g_usleep(1000);
  }
  ASSERT_EQ(told + 1, offered);
  EXPECT_TRUE(chain.send(gst_event_new_flush_start()));
  EXPECT_TRUE(chain.send(gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  EXPECT_TRUE(chain.send(gst_event_new_segment(&segment)));
  EXPECT_TRUE(chain.report_on(plain_frame(16, 12, gray(0), 4)).windows.empty());
}

TEST_F(Infer, StartsAnewAfterABreak) {
  Chain chain(element("stride=1"));
  expect_anew_after(chain, [&] {
    EXPECT_TRUE(chain.send(make_break_event(Break::lost)));
    const auto reports = chain.event_reports();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].gone.size(), 1U);
  });
}

TEST_F(Infer, AnswersForAShortClipThatLoops) {
  Chain chain(element("stride=1 end-policy=pad-short"));
  for (const auto& [kind, windows] : {std::pair{Break::looped, 1U}, {Break::lost, 0U}}) {
    for (int n = 0; n < 2; ++n) chain.report_on(plain_frame(16, 12, gray(255), n));
    EXPECT_TRUE(chain.send(make_break_event(kind)));
    const auto reports = chain.event_reports();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].windows.size(), windows);
  }
}

TEST_F(Infer, StartsAnewAfterAGap) {
  Chain chain(element("stride=1 max-gap=0.5"));
  for (int n = 0; n < 7; ++n) chain.report_on(plain_frame(16, 12, gray(255), n));
  for (int n = 20; n < 23; ++n) EXPECT_TRUE(chain.report_on(plain_frame(16, 12, gray(0), n)).windows.empty());
  EXPECT_EQ(chain.report_on(plain_frame(16, 12, gray(0), 23)).windows.size(), 1U);
}

TEST_F(Infer, StartsAnewWithFramesOfAnotherSize) {
  Chain chain(element("stride=1"));
  expect_anew_after(
      chain, [&] { chain.set_caps(rgb_caps(32, 20)); }, 32, 20);
}

TEST_F(Infer, TellsThatRegionsAreGoneWithFramesOfAnotherSize) {
  Chain chain(element("stride=1"));
  for (int n = 0; n < 5; ++n) chain.report_on(plain_frame(16, 12, gray(255), n));
  chain.set_caps(rgb_caps(32, 20));
  EXPECT_EQ(chain.report_on(plain_frame(32, 20, gray(0), 5)).gone.size(), 1U);
}

TEST_F(Infer, GoesOnWithFramesOfAnotherFormat) {
  Chain chain(element("stride=1"));
  for (int n = 0; n < 4; ++n) chain.report_on(plain_frame(16, 12, gray(255), n));
  chain.set_caps("video/x-raw,format=BGR,width=16,height=12,framerate=10/1");
  const auto report = chain.report_on(plain_frame(16, 12, gray(0), 4));
  ASSERT_EQ(report.windows.size(), 1U);
  EXPECT_NEAR(report.windows[0].logits[0], bright_logit({gray(255), gray(255), gray(255), gray(0)}), kTolerance);
}

TEST_F(Infer, AddsItsOwnLatency) {
  const auto latency_with = [&](const std::string& more) {
    Chain chain(element(more));
    gst_harness_set_upstream_latency(chain.harness(), 7 * GST_MSECOND);
    return gst_harness_query_latency(chain.harness());
  };
  EXPECT_GE(latency_with("max-batch-wait=20"), 27 * GST_MSECOND);
  EXPECT_EQ(latency_with("max-batch-wait=20 mode=async"), 7 * GST_MSECOND);
}

TEST_F(Infer, StartsTwice) {
  Pipeline pipeline("videotestsrc num-buffers=10 ! " + rgb_caps(16, 12) + " ! " + element("stride=2") +
                    " ! fakesink name=sink");
  size_t seen = 0;
  for (int round = 0; round < 2; ++round) {
    const auto messages = pipeline.run();
    EXPECT_TRUE(texts_of(messages, GST_MESSAGE_ERROR).empty());
    pipeline.stop();
    const auto frames = pipeline.frames();
    ASSERT_EQ(frames.size(), seen + 10);
    std::vector<size_t> due;
    for (size_t i = seen; i < frames.size(); ++i)
      if (!frames[i].report.windows.empty()) due.push_back(i - seen);
    EXPECT_EQ(due, (std::vector<size_t>{3, 5, 7, 9})) << "round " << round;
    EXPECT_TRUE(frames[seen + 3].report.windows[0].is_first);
    seen = frames.size();
  }
}

}  // namespace
}  // namespace gerund::gst
