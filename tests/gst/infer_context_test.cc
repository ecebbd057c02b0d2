// gerundinfer: one model for several elements, frames that do not wait, and models that cannot be used.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "base/error.h"
#include "gst/brightness_model.h"
#include "gst/chain.h"
#include "gst/model_context.h"
#include "gst/pipeline.h"

namespace gerund::gst {
namespace {

class InferContext : public testing::Test {
 protected:
  ModelRequest request() const {
    ModelRequest request;
    request.path = file_.path();
    request.num_threads = 1;
    return request;
  }
  std::string element(const std::string& more) const {
    return "gerundinfer name=infer threads=1 stride=2 model=" + file_.path() + " " + more;
  }
  BrightnessFile file_;
};

/// Keeps a model from answering: its thread hands over an answer that nobody takes, until open().
class ClosedGate {
 public:
  explicit ClosedGate(std::shared_ptr<ModelContext> context) : context_(std::move(context)) {
    std::promise<void> reached;
    id_ = context_->batcher->add_stream(
        {},
        [&](serve::WindowResult) {
          reached.set_value();
          opened_.get_future().wait();
        },
        [](const std::string&) {});
    serve::RegionClip region;
    const auto planes = std::make_shared<const tensor::Tensor>(tensor::Shape{3, kModelSide, kModelSide});
    region.clip.frames.assign(kWindowFrames, planes);
    region.clip.positions.resize(kWindowFrames);
    region.memory = std::make_shared<serve::RegionMemory>();
    context_->batcher->offer(id_, std::move(region));
    reached.get_future().wait();
  }
  ~ClosedGate() {
    open();
    context_->batcher->remove_stream(id_);
  }
  ClosedGate(const ClosedGate&) = delete;
  ClosedGate& operator=(const ClosedGate&) = delete;

  void open() {
    if (!std::exchange(is_open_, true)) opened_.set_value();
  }

 private:
  std::shared_ptr<ModelContext> context_;
  serve::StreamId id_ = 0;
  std::promise<void> opened_;
  bool is_open_ = false;
};

gint64 count_of(Chain& chain, const char* name) {
  gint64 count = -1;
  g_object_get(chain.element("infer").get(), name, &count, nullptr);
  return count;
}

TEST_F(InferContext, LetsNoFrameWaitInAsyncMode) {
  ClosedGate gate(open_context("gate", request()));
  Chain chain(element("context=gate mode=async queue-length=100"));
  for (int n = 0; n < 12; ++n) EXPECT_TRUE(chain.report_on(plain_frame(16, 12, gray(0), n)).windows.empty());
  EXPECT_EQ(count_of(chain, "num-windows"), 0);
  gate.open();
  chain.end();
  std::vector<int64_t> last_frames;
  for (const serve::FrameReport& report : chain.event_reports())
    for (const serve::WindowReport& window : report.windows) last_frames.push_back(window.last_frame);
  EXPECT_EQ(last_frames, (std::vector<int64_t>{3, 5, 7, 9, 11}));
  EXPECT_EQ(count_of(chain, "num-lost"), 0);
}

// Which is policy newest, where no other is asked for.
TEST_F(InferContext, LosesTheOldestWindowsInAsyncMode) {
  ClosedGate gate(open_context("gate", request()));
  Chain chain(element("context=gate mode=async queue-length=2"));
  for (int n = 0; n < 12; ++n) chain.report_on(plain_frame(16, 12, gray(0), n));
  EXPECT_EQ(count_of(chain, "num-lost"), 3);
  gate.open();
  chain.end();
  std::vector<int64_t> last_frames;
  for (const serve::FrameReport& report : chain.event_reports())
    for (const serve::WindowReport& window : report.windows) last_frames.push_back(window.last_frame);
  EXPECT_EQ(last_frames, (std::vector<int64_t>{9, 11}));
}

TEST_F(InferContext, LosesTheNewWindowsWithPolicySkip) {
  ClosedGate gate(open_context("gate", request()));
  Chain chain(element("context=gate mode=async overload-policy=skip queue-length=2"));
  for (int n = 0; n < 12; ++n) chain.report_on(plain_frame(16, 12, gray(0), n));
  gate.open();
  chain.end();
  std::vector<int64_t> last_frames;
  for (const serve::FrameReport& report : chain.event_reports())
    for (const serve::WindowReport& window : report.windows) last_frames.push_back(window.last_frame);
  EXPECT_EQ(last_frames, (std::vector<int64_t>{3, 5}));
}

TEST_F(InferContext, LetsGoOfAFrameThatWaitsWhenFlushed) {
  ClosedGate gate(open_context("gate", request()));
  Chain chain(element("context=gate"));
  for (int n = 0; n < 3; ++n) chain.report_on(plain_frame(16, 12, gray(0), n));
  std::promise<void> came_in;
  const PadHandle pad(gst_element_get_static_pad(chain.element("infer").get(), "sink"));
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo*, gpointer data) {
        static_cast<std::promise<void>*>(data)->set_value();
        return GST_PAD_PROBE_REMOVE;
      },
      &came_in, nullptr);
  auto pushed = std::async(std::launch::async, [&] { return chain.push(plain_frame(16, 12, gray(0), 3)); });
  came_in.get_future().wait();
  EXPECT_TRUE(chain.send(gst_event_new_flush_start()));
  EXPECT_EQ(pushed.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  gate.open();
  pushed.wait();
  EXPECT_TRUE(chain.send(gst_event_new_flush_stop(TRUE)));
}

TEST_F(InferContext, StopsWhileAFrameWaits) {
  ClosedGate gate(open_context("gate", request()));
  Pipeline pipeline("videotestsrc ! " + rgb_caps(16, 12) + " ! " + element("context=gate") +
                    " ! fakesink name=sink async=false");
  pipeline.start();
  EXPECT_TRUE(pipeline.wait_for_frames(3));
  pipeline.stop();  // The fourth frame waits, or is about to.
  EXPECT_LE(pipeline.frames().size(), 4U);
}

TEST_F(InferContext, LoadsAModelOnceForAll) {
  const auto context = open_context("shared", request());
  EXPECT_EQ(open_context("shared", request()), context);
  std::filesystem::remove(file_.path());  // Nobody can load it again.
  Pipeline first("videotestsrc num-buffers=8 ! " + rgb_caps(16, 12) + " ! " + element("context=shared") +
                 " ! fakesink name=sink");
  Pipeline second("videotestsrc num-buffers=6 pattern=black ! " + rgb_caps(16, 12) + " ! " + element("context=shared") +
                  " ! fakesink name=sink");
  first.start();
  EXPECT_TRUE(texts_of(second.run(), GST_MESSAGE_ERROR).empty());
  EXPECT_TRUE(texts_of(first.run(), GST_MESSAGE_ERROR).empty());
  const auto windows_of = [](const Pipeline& pipeline) {
    size_t count = 0;
    for (const SeenFrame& frame : pipeline.frames()) count += frame.report.windows.size();
    return count;
  };
  ASSERT_EQ(windows_of(first), 3U);
  ASSERT_EQ(windows_of(second), 2U);
  for (const SeenFrame& frame : second.frames())
    for (const serve::WindowReport& window : frame.report.windows) EXPECT_NEAR(window.logits[0], 0, 0.01);
  EXPECT_EQ(first.frames()[0].report.model, context->identity);
  EXPECT_EQ(second.frames()[0].report.model, context->identity);
}

TEST_F(InferContext, ForgetsAModelThatNobodyUses) {
  std::weak_ptr<ModelContext> seen;
  {
    const auto context = open_context("brief", request());
    seen = context;
  }
  EXPECT_TRUE(seen.expired());
  std::filesystem::remove(file_.path());
  EXPECT_THROW(open_context("brief", request()), base::UserError);
}

TEST_F(InferContext, IsNobodyElsesWithoutAName) {
  EXPECT_NE(open_context("", request()), open_context("", request()));
}

TEST_F(InferContext, IsNotSharedByAFailureAndWhatComesAfter) {
  ModelRequest wrong = request();
  wrong.path += ".none";
  EXPECT_THROW(open_context("after", wrong), base::UserError);
  EXPECT_NE(open_context("after", request()), nullptr);
}

std::string error_of(const std::string& element) {
  Pipeline pipeline("videotestsrc num-buffers=6 ! " + rgb_caps(16, 12) + " ! " + element + " ! fakesink name=sink");
  const auto errors = texts_of(pipeline.run(), GST_MESSAGE_ERROR);
  EXPECT_TRUE(pipeline.frames().empty());
  return errors.empty() ? "" : errors[0];
}

TEST_F(InferContext, RefusesAnotherModelUnderTheSameName) {
  const auto context = open_context("taken", request());
  const std::string other = file_.folder() / "other.onnx";
  std::filesystem::copy_file(file_.path(), other);
  const std::string error = error_of("gerundinfer context=taken model=" + other);
  EXPECT_NE(error.find("context 'taken' stands for"), std::string::npos) << error;
  EXPECT_NE(error.find("other.onnx"), std::string::npos) << error;
  EXPECT_NE(error_of("gerundinfer context=taken engine=reference model=" + file_.path()).find("needs another name"),
            std::string::npos);
}

TEST_F(InferContext, IsAnErrorWithoutAModel) {
  EXPECT_NE(error_of("gerundinfer").find("model: none is set"), std::string::npos);
  EXPECT_NE(error_of("gerundinfer model=/none/such.onnx").find("/none/such.onnx"), std::string::npos);
}

TEST_F(InferContext, IsAnErrorForAFileThatIsNoModel) {
  const std::string path = file_.folder() / "text.onnx";
  g_file_set_contents(path.c_str(), "no model", -1, nullptr);
  EXPECT_NE(error_of("gerundinfer model=" + path).find(path), std::string::npos);
}

TEST_F(InferContext, IsAnErrorForAModelWithoutRecipe) {
  graph::Model plain = brightness_graph();
  plain.metadata.erase(graph::kRecipeKey);
  const std::string path = file_.folder() / "plain.onnx";
  graph::write_onnx(path, plain);
  EXPECT_NE(error_of("gerundinfer model=" + path).find("gerund.recipe"), std::string::npos);
}

TEST_F(InferContext, TakesRecipeAndLabelsFromProperties) {
  graph::Model plain = brightness_graph();
  plain.metadata.clear();
  const std::string path = file_.folder() / "plain.onnx";
  graph::write_onnx(path, plain);
  Pipeline pipeline("videotestsrc num-buffers=6 ! " + rgb_caps(16, 12) +
                    " ! gerundinfer name=infer stride=1 labels=\"light; night\" model=" + path +
                    " ! fakesink name=sink");
  g_object_set(pipeline.element("infer").get(), "recipe", clip::to_json({brightness_recipe()}).c_str(), nullptr);
  EXPECT_TRUE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty());
  ASSERT_EQ(pipeline.frames().size(), 6U);
  EXPECT_EQ(pipeline.frames()[3].report.windows.size(), 1U);
  EXPECT_EQ(pipeline.frames()[3].report.model->labels, (std::vector<std::string>{"light", "night"}));
}

TEST_F(InferContext, IsAnErrorForWordsThatItDoesNotKnow) {
  EXPECT_NE(error_of(element("engine=warp")).find("warp"), std::string::npos);
  EXPECT_NE(error_of(element("activation=relu")).find("relu"), std::string::npos);
  EXPECT_NE(error_of(element("recipe=none")).find("recipe"), std::string::npos);
  EXPECT_NE(error_of(element("end-policy=partial")).find("partial"), std::string::npos);
}

TEST_F(InferContext, RunsAfterAnErrorWasMended) {
  Pipeline pipeline("videotestsrc num-buffers=6 ! " + rgb_caps(16, 12) +
                    " ! gerundinfer name=infer stride=1 ! fakesink name=sink");
  EXPECT_FALSE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty());
  pipeline.stop();
  g_object_set(pipeline.element("infer").get(), "model", file_.path().c_str(), nullptr);
  EXPECT_TRUE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty());
  EXPECT_EQ(pipeline.frames().size(), 6U);
}

}  // namespace
}  // namespace gerund::gst
