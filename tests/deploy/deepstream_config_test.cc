#include "deploy/deepstream_config.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "base/seal.h"
#include "deploy/config_file.h"
#include "deploy/deepstream_files.h"
#include "deploy/deepstream_infer.h"

namespace gerund::deploy {
namespace {

namespace fs = std::filesystem;
using clip::InputType;

TEST_F(DeepStream, AWholeApplicationBecomesAConfiguration) {
  const AppConfig config = read();
  ASSERT_EQ(config.sources.size(), 2U);
  EXPECT_EQ(config.sources[0].uri, "file:///a.mp4");
  EXPECT_EQ(config.sources[1].uri, "rtsp://cam/1");
  EXPECT_TRUE(config.sources[1].is_watched);
  EXPECT_TRUE(config.sources[1].regions.empty());
  EXPECT_EQ(config.model, path("net.onnx"));
  EXPECT_EQ(config.labels, (Texts{"walk", "run"}));
  EXPECT_EQ(config.input_name, "input_rgb");
  EXPECT_EQ(config.window.stride, 4);
  EXPECT_EQ(config.window.subsample, 1);
  EXPECT_EQ(config.window.sample_fps, 0);
  EXPECT_EQ(config.window.interval, 0);
  EXPECT_EQ(config.engine.max_batch, 2);
  EXPECT_EQ(config.events.threshold, 0);
  EXPECT_EQ(config.output.width, 640);
  EXPECT_EQ(config.output.height, 480);
  EXPECT_TRUE(config.output.display && config.output.real_time && config.output.fps_line);
  EXPECT_EQ(joined(warnings_), "");
}

TEST_F(DeepStream, KeysWithoutMeaningAreNamedOncePerFile) {
  pre_ += "gpu-id=0\nscaling-filter=0\nscaling-filter=1\ncustom-lib-path=/opt/x.so\ntensor-buf-pool-size=8\n";
  group_ =
      "[group-0]\nsrc-ids=0\nprocess-on-roi=0\nroi-color=0;1;0;1\n[group-1]\nsrc-ids=1\nprocess-on-roi=0\n"
      "roi-color=0;1;0;1\n";
  infer_ += "network-mode=2\ngpu-id=0\noutput-tensor-meta=1\n";
  app_ += "muxer-batch-timeout=40000\n";
  read();
  EXPECT_EQ(warnings_.size(), 3U) << joined(warnings_);
  EXPECT_TRUE(
      warns_once("pre.txt: no meaning here: gpu-id, tensor-buf-pool-size (gerund runs on the CPU, with memory "
                 "of its own); scaling-filter (one antialiased resize, the same as in training); "
                 "custom-lib-path (gerund has sequences built in); roi-color (regions are drawn in one "
                 "colour)"))
      << joined(warnings_);
  EXPECT_TRUE(warns_once("infer.txt: no meaning here: network-mode, gpu-id ("));
  EXPECT_TRUE(warns_once("app.txt: no meaning here: muxer-batch-timeout ("));
}

TEST_F(DeepStream, UnknownKeysAndGroupsAreNamedWithTheNearest) {
  app_ += "tiler-widht=3\n[tests]\nfile-loop=1\n";
  pre_ += "tensor-nam=x\n";
  user_ += "strid=2\n";
  group_ = "[group-0]\nsrc-id=0\nsrc-ids=0;1\n[grup-1]\nsrc-ids=0\n[group-x]\n";
  infer_ += "labelfile-pat=l\n[labels]\n";
  read();
  EXPECT_TRUE(warns_once("app.txt:13: tiler-widht: is not known and ignored; did you mean 'tiler-width'?"));
  EXPECT_TRUE(warns_once("app.txt:14: tests: is no known group"));
  EXPECT_TRUE(warns_once("tensor-nam: is not known and ignored; did you mean 'tensor-name'?"));
  EXPECT_TRUE(warns_once("did you mean 'stride'?"));
  EXPECT_TRUE(warns_once("did you mean 'src-ids'?"));
  EXPECT_TRUE(warns_once("grup-1: is no known group"));
  EXPECT_TRUE(warns_once("group-x: is no known group"));
  EXPECT_TRUE(warns_once("did you mean 'labelfile-path'?"));
  EXPECT_TRUE(warns_once("labels: is no known group"));
  EXPECT_EQ(warnings_.size(), 9U) << joined(warnings_);
}

TEST_F(DeepStream, AConfigurationOfTheOldestReleaseNeedsNoFakesink) {
  app_ = changed(app_, "fakesink=0\n", "");
  infer_ =
      "[property]\ntlt-encoded-model=./net.etlt\ntlt-model-key=nvidia_tao\n"
      "model-engine-file=./net.etlt_b2_gpu0_fp16.engine\nnetwork-type=1\n";
  EXPECT_TRUE(short_error().starts_with("infer.txt:2: tlt-encoded-model: ./net.etlt is sealed by NVIDIA's TAO"));
  EXPECT_TRUE(contains(error(), "put ./net.onnx beside it, or set onnx-file"));
  write("net.onnx", "");
  const AppConfig config = read();
  EXPECT_EQ(config.model, path("net.onnx"));
  EXPECT_TRUE(config.output.display);
  EXPECT_TRUE(warns_once("is sealed; " + path("net.onnx") + " beside it is taken"));
  EXPECT_TRUE(warns_once("tlt-model-key (the model is not one that gerund export -k sealed)"));
}

TEST_F(DeepStream, AModelThatGerundSealedIsOpenedWithItsKey) {
  write("net.etlt", base::seal("model", "open sesame"));
  write("net.onnx", "");
  infer_ = "[property]\ntlt-encoded-model=./net.etlt\ntlt-model-key=open sesame\nnetwork-type=1\n";
  const AppConfig config = read();
  EXPECT_EQ(config.model, path("net.etlt"));
  EXPECT_EQ(config.key, "open sesame");
  EXPECT_FALSE(contains(joined(warnings_), "seal")) << joined(warnings_);
  EXPECT_FALSE(contains(print_config(config), "sesame"));
}

TEST_F(DeepStream, AFakesinkShowsNothing) {
  app_ = changed(app_, "fakesink=0", "fakesink=true");
  app_ = changed(app_, "display-sync=1", "display-sync=0");
  app_ = changed(app_, "enable-fps=1", "enable-fps=false");
  app_ = changed(app_, "debug=0", "debug=2");
  app_ = changed(app_, "tiler-width=640", "tiler-width=641");
  const OutputConfig output = read().output;
  EXPECT_FALSE(output.display || output.real_time || output.fps_line);
  EXPECT_TRUE(output.out.empty());
  EXPECT_EQ(output.debug, 2);
  EXPECT_EQ(output.width, 642);
}

TEST_F(DeepStream, MissingKeysAreNamedAndDefaultsTaken) {
  app_ = "[action-recognition]\nuri-list=/a.mp4\npreprocess-config=pre.txt\ninfer-config=infer.txt\n";
  group_ = "[group-0]\nsrc-ids=0\nroi-params-src-0=0;0;640;720\n";
  const AppConfig config = read();
  EXPECT_EQ(config.sources[0].regions[0].width, 0.5);
  EXPECT_EQ(config.output.width, 1280);
  EXPECT_TRUE(config.output.real_time);
  EXPECT_TRUE(
      warns_once("app.txt: display-sync, muxer-width, muxer-height, tiler-width, tiler-height, debug, "
                 "enable-fps not given"));
  for (const char* key : {"uri-list=/a.mp4\n", "preprocess-config=pre.txt\n", "infer-config=infer.txt\n"}) {
    const std::string whole = app_;
    app_ = changed(app_, key, "");
    const std::string name = std::string(key).substr(0, std::string(key).find('='));
    EXPECT_TRUE(contains(short_error(), "app.txt:1: " + name + " is not given")) << error();
    app_ = whole;
  }
  app_ = changed(app_, "/a.mp4", ";");
  EXPECT_TRUE(contains(error(), "uri-list: has an empty entry"));
}

TEST_F(DeepStream, ValuesAreCheckedByTypeAndRange) {
  app_ = changed(app_, "debug=0", "debug=3");
  EXPECT_EQ(short_error(), "app.txt:11: debug: 3 is out of range; allowed: 0..2");
  app_ = changed(application(), "fakesink=0", "fakesink=maybe");
  EXPECT_EQ(short_error(), "app.txt:4: fakesink: 'maybe' is not a boolean; allowed: true, false");
  app_ = changed(application(), "muxer-width=1280", "muxer-width=0");
  EXPECT_TRUE(contains(short_error(), "app.txt:7: muxer-width: 0 is out of range"));
  app_ = changed(application(), "[action-recognition]", "[application]");
  EXPECT_TRUE(contains(error(), "has no group [action-recognition]"));
}

TEST_F(DeepStream, RemarksAfterNumbersAndVariablesAreRead) {
  ::setenv("GERUND_TEST_FRAMES", "24", 1);
  pre_ = changed(kPreprocess, "2;3;16;112;96", "2;3;${GERUND_TEST_FRAMES};112;96   # batch first");
  pre_ = changed(pre_, "network-color-format=0", "network-color-format=0     # 0=RGB");
  const AppConfig config = read();
  EXPECT_EQ(config.recipe->num_frames, 24);
  EXPECT_EQ(joined(warnings_), "");
}

TEST_F(DeepStream, TritonIsRefused) {
  app_ += "triton-infer-config=triton.txt\n";
  EXPECT_TRUE(contains(short_error(), "app.txt:13: triton-infer-config: models of a Triton server do not run here"));
  app_ = application() + "triton-infer-config=\n";
  EXPECT_EQ(error(), "no error");
}

TEST_F(DeepStream, PathsAreTriedBesideTheFileThenInTheWorkingFolder) {
  const fs::path before = fs::current_path();
  fs::create_directories(folder_ / "work");
  write("work/elsewhere.txt", kInfer);
  write("work/clip.mp4", "");
  write("work/labels.txt", "wrong");
  fs::current_path(folder_ / "work");
  app_ = changed(app_, "infer-config=infer.txt", "infer-config=elsewhere.txt");
  app_ = changed(app_, "file:///a.mp4", "clip.mp4");
  const AppConfig config = read();
  fs::current_path(before);
  EXPECT_EQ(config.sources[0].uri, "clip.mp4");
  EXPECT_EQ(config.labels, Texts{"wrong"});  // beside elsewhere.txt, which names it
  EXPECT_TRUE(warns_once("app.txt:6: infer-config: elsewhere.txt is taken from the working folder"));
  EXPECT_TRUE(warns_once("app.txt:2: uri-list: clip.mp4 is taken from the working folder"));
  EXPECT_EQ(warnings_.size(), 2U) << joined(warnings_);
  app_ = changed(application(), "infer-config=infer.txt", "infer-config=none.txt");
  EXPECT_TRUE(contains(error(), path("none.txt")));
}

TEST_F(DeepStream, TheModelMayBeNamedByItsPlan) {
  infer_ = "[property]\nmodel-engine-file=nets/x.onnx_b4_gpu0_fp16.engine\n";
  EXPECT_EQ(read().model, path("nets/x.onnx"));
  EXPECT_TRUE(warns_once("infer.txt:2: model-engine-file: is a plan for TensorRT"));
  infer_ = std::string(kInfer) + "model-engine-file=other.engine\n";
  EXPECT_EQ(read().model, path("net.onnx"));
  EXPECT_TRUE(warns_once("model-engine-file (gerund runs onnx-file itself)"));
  infer_ = "[property]\nmodel-file=net.caffemodel\n";
  EXPECT_TRUE(contains(short_error(), "infer.txt:1: onnx-file is not given"));
  infer_ = "[other]\n";
  EXPECT_TRUE(contains(error(), "has no group [property]"));
}

TEST(OnnxNameOfPlan, StripsWhatTensorRtAdds) {
  EXPECT_EQ(onnx_name_of_plan("a/x.onnx_b4_gpu0_fp16.engine"), "a/x.onnx");
  const std::string endless = "a/x.onnx_b" + std::string(400000, '1') + "_gpu0_fp16.engine";
  EXPECT_EQ(onnx_name_of_plan(endless), endless);
  EXPECT_EQ(onnx_name_of_plan("x_b16_gpu1_int8.engine"), "x.onnx");
  EXPECT_EQ(onnx_name_of_plan("x_b1_gpu0_dla1_fp32.engine"), "x.onnx");
  EXPECT_EQ(onnx_name_of_plan("x.etlt_b4_gpu0_fp32.engine"), "x.onnx");
  EXPECT_EQ(onnx_name_of_plan("x.v2.engine"), "x.v2.onnx");
  EXPECT_EQ(onnx_name_of_plan("x.plan"), "x.onnx");
  EXPECT_EQ(onnx_name_of_plan("x.onnx"), "x.onnx");
  EXPECT_EQ(onnx_name_of_plan("x"), "x.onnx");
}

TEST_F(DeepStream, OnlyClassifiersRun) {
  for (const char* type : {"0", "2", "3"}) {
    infer_ = changed(kInfer, "network-type=1", std::string("network-type=") + type);
    EXPECT_TRUE(contains(short_error(), "infer.txt:5: network-type: " + std::string(type) + " is not a classifier"));
  }
  infer_ = changed(kInfer, "network-type=1", "network-type=100");
  EXPECT_EQ(read().model, path("net.onnx"));
  EXPECT_TRUE(warns_once("network-type: 100 leaves the output to the application"));
}

TEST_F(DeepStream, TheThresholdIsAProbability) {
  infer_ = std::string(kInfer) + "classifier-threshold=0.51\n";
  EXPECT_EQ(read().events.threshold, 0.51);
  infer_ = std::string(kInfer) + "classifier-threshold=-1\n";
  EXPECT_EQ(read().events.threshold, 0);
  EXPECT_EQ(joined(warnings_), "");
}

TEST_F(DeepStream, AThresholdOfLogitsCountsWhereLogitsAre) {
  infer_ = std::string(kInfer) + "classifier-threshold=4\n";
  EXPECT_EQ(read_with({}).events.threshold, 0);
  EXPECT_TRUE(warns_once("classifier-threshold: 4 is above 1"));
  EXPECT_EQ(read_with({"compat=exact"}).events.threshold, 4);
  EXPECT_EQ(joined(warnings_), "");
  EXPECT_EQ(read_with({"events.threshold=0.3"}).events.threshold, 0.3);
  EXPECT_EQ(read_with({"compat=exact", "events.threshold=0"}).events.threshold, 0);
}

TEST_F(DeepStream, PairsThatDoNotMatchAreNamed) {
  infer_ = changed(kInfer, "batch-size=2", "batch-size=4") +
           "gie-unique-id=3\ninput-tensor-from-meta=0\nprocess-mode=2\n[class-attrs-all]\nthreshold=0.2\n";
  EXPECT_EQ(read().engine.max_batch, 2);
  EXPECT_TRUE(warns_once("gie-unique-id: 3 is not in target-unique-ids of the preprocess file (1)"));
  EXPECT_TRUE(warns_once("batch-size: 4 is not the batch of network-input-shape in the preprocess file, 2"));
  EXPECT_TRUE(warns_once("input-tensor-from-meta: 0 is not obeyed"));
  EXPECT_TRUE(warns_once("process-mode (gerund deploy looks at"));
  EXPECT_TRUE(warns_once("class-attrs-all (only detectors have it)"));
  infer_ = std::string(kInfer) + "gie-unique-id=1\ninput-tensor-from-meta=1\nprocess-mode=1\n";
  read();
  EXPECT_EQ(joined(warnings_), "");
}

TEST_F(DeepStream, LabelFilesMayBeMissingButNotEmpty) {
  infer_ = changed(kInfer, "labels.txt", "none.txt");
  EXPECT_TRUE(read().labels.empty());
  EXPECT_TRUE(warns_once("labelfile-path: " + path("none.txt") + " does not exist; the model's own labels are taken"));
  write("none.txt", "\n");
  EXPECT_TRUE(contains(error(), "has no class names"));
}

TEST_F(DeepStream, TheYamlFormsOfPreprocessAndInferenceFilesAreRead) {
  write("pre.yml", R"(property:
  enable: 1
  target-unique-ids: 1
  network-input-shape: 2;48;112;96
  network-color-format: 0
  network-input-order: 2
  tensor-data-type: 0
  tensor-name: input_rgb
  processing-width: 96
  processing-height: 112
  scaling-filter: 0
user-configs:
  channel-scale-factors: 0.5
  channel-mean-offsets: [51, 102, 0]
  stride: 3
group-0:
  src-ids: 0;1
  process-on-roi: 1
  roi-params-src-0: 0;0;640;720
  roi-params-src-1: 0;0;1280;720
)");
  write("infer.yaml", "property:\n  onnx-file: net.onnx\n  labelfile-path: labels.txt\n  network-type: 1\n");
  app_ = changed(app_, "pre.txt", "pre.yml");
  app_ = changed(app_, "infer.txt", "infer.yaml");
  const AppConfig config = read();
  EXPECT_EQ(config.recipe->num_frames, 16);
  EXPECT_EQ(config.recipe->mean, (std::vector<double>{0.2, 0.4, 0}));
  EXPECT_EQ(config.window.stride, 3);
  EXPECT_EQ(config.sources[0].regions.size(), 1U);
  EXPECT_TRUE(config.sources[1].regions.empty());
  EXPECT_EQ(config.labels, (Texts{"walk", "run"}));
  EXPECT_EQ(warnings_.size(), 1U) << joined(warnings_);
}

TEST_F(DeepStream, TheYamlFormMayListItsGroups) {
  write("pre.yml",
        "property: {network-input-shape: 2;3;8;32;32}\ngroup:\n  - src-ids: 0\n    process-on-roi: 0\n"
        "  - src-ids: 1\n    process-on-roi: 1\n    roi-params-src-1: 0;0;640;720\n");
  app_ = changed(app_, "pre.txt", "pre.yml");
  const AppConfig config = read();
  EXPECT_TRUE(config.sources[0].is_watched);
  EXPECT_EQ(config.sources[1].regions.size(), 1U);
  write("pre.yml", "property: {network-input-shape: 2;3;8;32;32, stride: 3}\ngroup: 7\n");
  EXPECT_TRUE(contains(short_error(), "pre.yml:2: group: '7' is not a group of keys"));
}

/// The files that users of the newest release have, where they are at hand.
class DeepStreamSamples : public DeepStream {
 protected:
  void SetUp() override {
    DeepStream::SetUp();
    const char* given = std::getenv("GERUND_REFERENCE");
    const fs::path shared =
        given != nullptr ? fs::path(given) : fs::path(GERUND_SOURCE_DIR) / ".." / "shared" / "reference";
    samples_ = shared / "samples" / "runtime-9.1";
    if (!fs::exists(samples_))
      GTEST_SKIP() << "no samples at " << shared << "; set GERUND_REFERENCE to the folder of samples/";
  }
  fs::path samples_;
};

TEST_F(DeepStreamSamples, OfRelease91ReadAsTheyAre) {
  Texts warnings;
  const AppConfig config = read_any_config(samples_ / "deepstream_action_recognition_config.txt", {}, warnings);
  ASSERT_EQ(config.sources.size(), 4U);
  EXPECT_TRUE(config.sources[3].uri.ends_with("sample_push.mov"));
  for (const SourceConfig& source : config.sources) EXPECT_TRUE(source.is_watched && source.regions.empty());
  EXPECT_EQ(config.labels, (Texts{"push", "fall_floor", "walk", "run", "ride_bike"}));
  EXPECT_EQ(fs::path(config.model).filename(), "resnet18_3d_rgb_hmdb5_32.onnx");
  EXPECT_EQ(config.recipe->input_type, InputType::volume_3d);
  EXPECT_EQ(config.recipe->num_frames, 32);
  EXPECT_EQ(config.engine.max_batch, 4);
  EXPECT_EQ(config.window.stride, 1);
  EXPECT_EQ(warnings.size(), 3U) << joined(warnings);
  for (const std::string& line : warnings) EXPECT_TRUE(contains(line, "no meaning here")) << line;
}

TEST_F(DeepStreamSamples, OfRelease91ReadInTwoDimensions) {
  app_ = changed(app_, "pre.txt", (samples_ / "config_preprocess_2d_custom.txt").string());
  app_ = changed(app_, "infer.txt", (samples_ / "config_infer_primary_2d_action.txt").string());
  const AppConfig config = read();
  EXPECT_EQ(config.recipe->input_type, InputType::stacked_2d);
  EXPECT_EQ(config.recipe->num_frames, 32);  // the second of two shapes
  EXPECT_EQ(fs::path(config.model).filename(), "resnet18_2d_rgb_hmdb5_32.onnx");
  EXPECT_TRUE(warns_once("groups speak of source 2, 3"));
}

TEST(DeepStreamReference, DocsAreUpToDate) {
  const std::string page = base::read_file(std::string(GERUND_SOURCE_DIR) + "/docs/deepstream.md");
  EXPECT_NE(page.find("<!-- gerund deploy --deepstream-reference -->\n" + deepstream_reference() + "<!-- end -->\n"),
            std::string::npos)
      << "docs/deepstream.md differs from gerund deploy --deepstream-reference; write that part anew";
}

// The keys of the reference runtime's three files, from its documentation.
TEST(DeepStreamReference, TellsOfEveryKey) {
  const std::string text = deepstream_reference();
  const auto section = [&](const std::string& title) {
    const size_t start = text.find("### " + title);
    EXPECT_NE(start, std::string::npos) << title;
    return text.substr(start, text.find("### ", start + 4) - start);
  };
  const auto expect = [&](const std::string& title, const Texts& keys) {
    for (const std::string& key : keys)
      EXPECT_NE(section(title).find("`" + key + "`"), std::string::npos) << title << ": " << key;
  };
  expect("The application's file",
         {"uri-list", "display-sync", "fakesink", "preprocess-config", "infer-config", "triton-infer-config",
          "muxer-width", "muxer-height", "muxer-batch-timeout", "tiler-width", "tiler-height", "debug", "enable-fps"});
  expect("The preprocess file: `[property]`", {"enable",
                                               "unique-id",
                                               "gpu-id",
                                               "target-unique-ids",
                                               "operate-on-gie-id",
                                               "process-on-frame",
                                               "network-input-shape",
                                               "network-input-order",
                                               "network-color-format",
                                               "tensor-data-type",
                                               "tensor-name",
                                               "processing-width",
                                               "processing-height",
                                               "scaling-buf-pool-size",
                                               "tensor-buf-pool-size",
                                               "scaling-pool-memory-type",
                                               "scaling-pool-compute-hw",
                                               "scaling-filter",
                                               "maintain-aspect-ratio",
                                               "symmetric-padding",
                                               "custom-lib-path",
                                               "custom-tensor-preparation-function"});
  expect("The preprocess file: `[user-configs]`", {"channel-scale-factors", "channel-mean-offsets", "stride",
                                                   "subsample", "pixel-normalization-factor", "mean-file", "offsets"});
  expect("The preprocess file: `[group-0]`",
         {"src-ids", "process-on-roi", "process-on-all-objects", "roi-params-src-K", "draw-roi", "roi-color",
          "operate-on-class-ids", "input-object-min-width", "input-object-min-height", "input-object-max-width",
          "input-object-max-height", "interval", "custom-input-transformation-function"});
  expect("The inference file: `[property]`", {"onnx-file",
                                              "tlt-encoded-model",
                                              "tlt-model-key",
                                              "model-engine-file",
                                              "labelfile-path",
                                              "batch-size",
                                              "network-mode",
                                              "network-type",
                                              "process-mode",
                                              "gie-unique-id",
                                              "gpu-id",
                                              "input-tensor-from-meta",
                                              "output-tensor-meta",
                                              "tensor-meta-pool-size",
                                              "classifier-threshold",
                                              "infer-dims",
                                              "interval",
                                              "secondary-reinfer-interval",
                                              "classifier-async-mode",
                                              "operate-on-gie-id",
                                              "operate-on-class-ids"});
  EXPECT_EQ(text.find("|  |\n"), std::string::npos) << "a key of which nothing is told";
}

}  // namespace
}  // namespace gerund::deploy
