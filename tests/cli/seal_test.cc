// -k KEY from training to deployment.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/seal.h"
#include "trained_program.h"

namespace gerund {
namespace {

constexpr const char* kKey = "'open sesame'";

class SealedCli : public Cli {
 protected:
  static void SetUpTestSuite() {
    Cli::SetUpTestSuite();
    sealed_ = run(std::string("train -e spec.yaml -r sealed train.num_epochs=1 -k ") + kKey);
  }

  static void expect_closed(const fs::path& file) {
    const std::string bytes = base::read_file(dir() / file);
    EXPECT_TRUE(base::is_sealed(bytes)) << file;
    for (const char* word : {"left", "right", "layer1", "gerund.recipe", "input_rgb", "open sesame"})
      EXPECT_EQ(bytes.find(word), std::string::npos) << file << ": " << word;
  }

  static inline Outcome sealed_;
};

TEST_F(SealedCli, TrainingLeavesOnlySealedFilesAndGoesOnFromThem) {
  ASSERT_EQ(sealed_.code, 0) << sealed_.err;
  for (const auto& entry : fs::directory_iterator(dir() / "sealed" / "train")) {
    if (entry.is_directory()) continue;
    if (entry.path().extension() == ".safetensors") expect_closed(entry.path());
    EXPECT_EQ(base::read_file(entry.path()).find("open sesame"), std::string::npos) << entry.path();
  }
  expect_user_error(run("train -e spec.yaml -r sealed"), {"last.safetensors", "-k KEY"});
  const Outcome resumed = run(std::string("train -e spec.yaml -r sealed -k ") + kKey);
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("Going on in epoch 2, after batch 0"), std::string::npos) << resumed.err;
  const Outcome tuned = run(std::string("train -e spec.yaml -r tuned train.num_epochs=1 "
                                        "model.rgb_pretrained_model_path=sealed/train/last.safetensors -k ") +
                            kKey);
  EXPECT_EQ(tuned.code, 0) << tuned.err;
  for (const Outcome* outcome : std::initializer_list<const Outcome*>{&sealed_, &resumed, &tuned})
    EXPECT_EQ((outcome->out + outcome->err).find("sesame"), std::string::npos);
}

TEST_F(SealedCli, AnEmptyKeyIsRefused) {
  expect_user_error(run("train -e spec.yaml -r empty -k ''"), {"the key is empty"});
  EXPECT_FALSE(fs::exists(dir() / "empty"));
}

TEST_F(SealedCli, EveryVerbOpensWithTheKeyAndOnlyWithIt) {
  const std::string key = std::string(" -k ") + kKey;
  const Outcome exported = run("export sealed/train/last.safetensors sealed.etlt" + key);
  ASSERT_EQ(exported.code, 0) << exported.err;
  expect_closed("sealed.etlt");
  const std::vector<std::string> lines{"evaluate sealed/train/last.safetensors clips/test -r e",
                                       "infer sealed/train/last.safetensors clips/test/left",
                                       "describe sealed/train/last.safetensors",
                                       "export sealed/train/last.safetensors again.onnx --force",
                                       "evaluate sealed.etlt clips/test -r e",
                                       "infer sealed.etlt clips/test/left",
                                       "describe sealed.etlt",
                                       "parity sealed.etlt clips/test --most 1"};
  for (const std::string& line : lines) {
    const Outcome opened = run(line + key);
    EXPECT_EQ(opened.code, 0) << line << ": " << opened.err;
    EXPECT_EQ((opened.out + opened.err).find("sesame"), std::string::npos) << line;
  }
  for (const std::string& line : {lines[1], lines[6], lines[7]}) {  // A checkpoint, a model, the live path.
    const Outcome wrong = run(line + " -k 'open barley'");
    expect_user_error(wrong, {"the key does not open it"});
    EXPECT_EQ(wrong.err.find("barley"), std::string::npos) << line;
    expect_user_error(run(line), {"is sealed", "-k KEY"});
  }
  const Outcome deployed = run("deploy sealed.etlt clips/test/left/clip0.avi --events events.jsonl" + key);
  EXPECT_EQ(deployed.code, 0) << deployed.err;
  const Outcome refused = run("deploy sealed.etlt clips/test/left/clip0.avi --events events.jsonl -k barley");
  EXPECT_EQ(refused.code, 4) << refused.err;
  EXPECT_NE(refused.err.find("the key does not open it"), std::string::npos) << refused.err;
}

TEST_F(SealedCli, ASealedModelAnswersAsThePlainOneDoes) {
  const std::string key = std::string(" -k ") + kKey;
  ASSERT_EQ(run("export sealed/train/last.safetensors open.onnx --plain" + key).code, 0);
  ASSERT_EQ(run("export sealed/train/last.safetensors closed.onnx" + key).code, 0);
  expect_closed("closed.onnx");
  EXPECT_FALSE(base::is_sealed(base::read_file(dir() / "open.onnx")));
  const auto scores = [](const Outcome& outcome) { return nlohmann::json::parse(outcome.out).at("videos"); };
  EXPECT_EQ(scores(run("infer open.onnx clips/test --json")), scores(run("infer closed.onnx clips/test --json" + key)));
}

TEST_F(SealedCli, ModelsThatTaoSealedAreRefused) {
  base::write_file(dir() / "tao.etlt", std::string("\0\0\0\0encrypted", 13));
  expect_user_error(run("infer tao.etlt clips/test/left -k nvidia_tao"), {"tao.etlt", "NVIDIA's TAO"});
}

}  // namespace
}  // namespace gerund
