// Networks that see optical flow, or colour and flow: every verb, on videos and on folders of pictures.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "trained_program.h"

namespace gerund {
namespace {

using nlohmann::json;

class FlowNetworks : public Cli {
 protected:
  static const std::string& spec() {
    static const std::string kName = [] {
      std::string text = spec_text();
      text.replace(text.find("rgb_seq_length: 4"), 17, "rgb_seq_length: 3\n  of_seq_length: 4");
      base::write_file(dir() / "flow.yaml", text);
      return "flow.yaml";
    }();
    return kName;
  }
  /// The checkpoint of a network of this type, trained once.
  static std::string trained(const std::string& type) {
    const std::string folder = "results_" + type;
    const Outcome outcome = run("train -e " + spec() + " -r " + folder + " model.model_type=" + type);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return folder + "/train/best.safetensors";
  }
  /// Probability of each class for every clip of clips/test.
  static json answers(const std::string& model, const std::string& clips, const std::string& more = "") {
    const Outcome outcome = run("infer " + model + " " + clips + " --json " + more);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    json rows = json::array();
    const json parsed = json::parse(outcome.out);
    for (const json& video : parsed.at("videos")) rows.push_back(video.at("probabilities"));
    return rows;
  }
  static void expect_near(const json& a, const json& b, double tolerance) {
    ASSERT_EQ(a.size(), b.size());
    ASSERT_GT(a.size(), 0U);
    for (size_t i = 0; i < a.size(); ++i) {
      for (size_t c = 0; c < a[i].size(); ++c)
        EXPECT_NEAR(a[i][c].get<double>(), b[i][c].get<double>(), tolerance) << i;
    }
  }
};

TEST_F(FlowNetworks, TrainEvaluateInferAndExport) {
  for (const std::string type : {"of", "joint"}) {
    const std::string checkpoint = trained(type), model = type + ".onnx";
    ASSERT_EQ(run("export " + checkpoint + " " + model).code, 0);
    for (const std::string view : {"center", "conv", "all"}) {
      const std::string mode = "inference.video_inf_mode=" + view + " inference.video_num_segments=3";
      expect_near(answers(checkpoint, "clips/test", mode), answers(model, "clips/test", mode), 1e-5);
      const Outcome evaluated = run("evaluate " + model + " clips/test evaluate.video_eval_mode=" + view);
      EXPECT_EQ(evaluated.code, 0) << evaluated.err;
      EXPECT_NE(evaluated.out.find("Total accuracy"), std::string::npos);
    }
    const Outcome described = run("describe " + model);
    EXPECT_NE(described.out.find("input_of [N, 2, 4, 32, 32]"), std::string::npos) << described.out;
    EXPECT_EQ(described.out.find("input_rgb [N, 3, 3, 32, 32]") != std::string::npos, type == "joint");
    const Outcome quantized = run("export " + checkpoint + " " + type + "_int8.onnx --int8 --calibrate clips/test");
    EXPECT_EQ(quantized.code, 0) << quantized.err;
  }
}

TEST_F(FlowNetworks, SeeFoldersOfPicturesAsTheySeeVideos) {
  const std::string checkpoint = trained("joint");
  const Outcome made = run("dataset flow clips/test pictures --rgb --png");
  ASSERT_EQ(made.code, 0) << made.err;
  expect_near(answers(checkpoint, "pictures"), answers(checkpoint, "clips/test"), 1e-6);
}

TEST_F(FlowNetworks, StartFromOthers) {
  const std::string rgb = trained("rgb"), of = trained("of");
  const std::string line = "train -e " + spec() + " model.model_type=joint train.num_epochs=1 train.optim.lr=0.00001 ";
  const Outcome joined =
      run(line + "-r joined model.rgb_pretrained_model_path=" + rgb + " model.of_pretrained_model_path=" + of);
  EXPECT_EQ(joined.code, 0) << joined.err;
  EXPECT_NE(joined.err.find("Starting from " + rgb), std::string::npos) << joined.err;
  EXPECT_NE(joined.err.find("Starting from " + of), std::string::npos) << joined.err;
  const Outcome again = run(line + "-r again model.joint_pretrained_model_path=joined/train/best.safetensors");
  EXPECT_EQ(again.code, 0) << again.err;
  const Outcome idle = run(line + "-r idle model.model_type=rgb model.of_pretrained_model_path=" + of);
  EXPECT_NE(idle.err.find("model.of_pretrained_model_path: has no effect"), std::string::npos) << idle.err;
}

TEST_F(FlowNetworks, AreRefusedWhereOnlyColourIsSeen) {
  const std::string checkpoint = trained("of");
  ASSERT_EQ(run("export " + checkpoint + " of.onnx --force").code, 0);
  const Outcome deployed = run("deploy of.onnx clips/test/left/clip0.avi");
  EXPECT_EQ(deployed.code, 4) << deployed.err;
  EXPECT_NE(deployed.err.find("of.onnx: the network sees optical flow"), std::string::npos) << deployed.err;
  expect_user_error(run("infer of.onnx clips/test/left/clip0.avi --timeline"), {"of.onnx", "optical flow"});
  expect_user_error(run("train -e " + spec() + " -r no model.model_type=of model.temporal=causal"),
                    {"model.temporal", "model_type of", "rgb"});
  EXPECT_FALSE(fs::exists(dir() / "no"));
}

}  // namespace
}  // namespace gerund
