// gerund models import, on the files of tools/make_import_golden.py.
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "nets/checkpoint.h"
#include "trained_program.h"

namespace gerund {
namespace {

const std::string kGolden = GERUND_SOURCE_DIR "/tests/nets/golden/import/";

class Models : public Cli {
 protected:
  static void copy(const std::string& name) {
    fs::copy_file(kGolden + name, dir() / name, fs::copy_options::overwrite_existing);
  }
};

TEST_F(Models, ImportMakesACheckpointThatSaysWhereItComesFrom) {
  copy("lightning.ckpt");
  base::write_file(dir() / "labels.txt", "walk\nrun\nfall\n");
  const Outcome outcome = run("models import lightning.ckpt --labels labels.txt --size 40 --out own.safetensors");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("resnet_18, rgb, 3d, clips of 16 frames of 40 x 40, width 2, 3 classes"),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("own.safetensors"), std::string::npos);
  const nets::Checkpoint checkpoint = nets::load_checkpoint(dir() / "own.safetensors");
  EXPECT_EQ(checkpoint.labels, (std::vector<std::string>{"walk", "run", "fall"}));
  const auto origin = nlohmann::json::parse(checkpoint.origin);
  EXPECT_EQ(origin.at("file"), "lightning.ckpt");
  EXPECT_EQ(origin.at("sha256"), base::sha256(base::read_file(kGolden + "lightning.ckpt")));
  for (const char* line :
       {"infer own.safetensors clips/test/left", "export own.safetensors own.onnx", "infer own.onnx clips/test/left"}) {
    const Outcome used = run(line);
    EXPECT_EQ(used.code, 0) << line << ": " << used.err;
  }
  const Outcome described = run("describe own.onnx");
  EXPECT_NE(described.out.find("lightning.ckpt"), std::string::npos) << described.out;
}

TEST_F(Models, TrainingStartsFromAnImportedFileAndFromTheFileItself) {
  copy("torchvision.pth");
  const Outcome imported = run("models import torchvision.pth --input-type 3d --frames 4 --size 32");
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_NE(imported.out.find("adapted    20"), std::string::npos) << imported.out;
  for (const char* path : {"torchvision.safetensors", "torchvision.pth"}) {
    const Outcome trained =
        run("train -e spec.yaml -r from_" + fs::path(path).extension().string() +
            " model.width=2 train.num_epochs=1 model.rgb_pretrained_model_path=" + std::string(path));
    EXPECT_EQ(trained.code, 0) << trained.err;
    EXPECT_NE(trained.err.find(std::string("Starting from ") + path), std::string::npos) << trained.err;
    EXPECT_NE(trained.err.find("not loaded, start fresh: fc_cls.bias, fc_cls.weight"), std::string::npos)
        << trained.err;
  }
}

TEST_F(Models, NothingIsOverwrittenAndWrongFilesAreUserErrors) {
  copy("torchvision.pth");
  base::write_file(dir() / "taken.safetensors", "mine");
  expect_user_error(run("models import torchvision.pth --out taken.safetensors"), {"taken.safetensors", "--force"});
  EXPECT_EQ(base::read_file(dir() / "taken.safetensors"), "mine");
  expect_user_error(run("models import torchvision.pth --out net.onnx"), {"--out", ".safetensors"});
  expect_user_error(run("models import taken.safetensors --force"), {"--out", "choose another name"});
  base::write_file(dir() / "two.txt", "a\nb\n");
  expect_user_error(run("models import torchvision.pth --labels two.txt --out x.safetensors"),
                    {"2 labels", "7 classes"});
  expect_user_error(run("models import torchvision.pth --backbone lenet --out x.safetensors"), {"lenet", "resnet_18"});
  expect_user_error(run("models import torchvision.pth --input-type 4d --out x.safetensors"), {"--input-type", "4d"});
  base::write_file(dir() / "broken.pth", base::read_file(dir() / "torchvision.pth").substr(0, 5000));
  expect_user_error(run("models import broken.pth"), {"broken.pth"});
  expect_user_error(run("evaluate torchvision.pth clips/test"), {"gerund models import torchvision.pth"});
  EXPECT_FALSE(fs::exists(dir() / "x.safetensors"));
  EXPECT_FALSE(fs::exists(dir() / "broken.safetensors"));
}

TEST_F(Models, ImportSealsWithAKey) {
  copy("torchvision.pth");
  ASSERT_EQ(run("models import torchvision.pth --out sealed.safetensors -k sesame").code, 0);
  expect_user_error(run("describe sealed.safetensors"), {"-k KEY"});
  EXPECT_EQ(run("describe sealed.safetensors -k sesame").code, 0);
}

TEST_F(Models, AFileThatIsNamedLikeOneOfPyTorchButIsNoneIsCalledThat) {
  base::write_file(dir() / "garbage.pth", "not weights");
  expect_user_error(run("models import garbage.pth"), {"garbage.pth", "torch.save"});
}

TEST_F(Models, ThatAreNoNumbersAreRefused) {
  nets::Checkpoint checkpoint = nets::load_checkpoint(dir() / "results" / "train" / "best.safetensors");
  checkpoint.weights.at("layer1.0.conv1.weight").floats()[3] = std::numeric_limits<float>::quiet_NaN();
  nets::save_checkpoint(dir() / "nan.safetensors", checkpoint);
  for (const char* line : {"export nan.safetensors nan.onnx", "models import nan.safetensors --out other.safetensors"})
    expect_user_error(run(line), {"nan.safetensors", "layer1.0.conv1.weight", "infinite or no numbers"});
  EXPECT_FALSE(fs::exists(dir() / "nan.onnx"));
  EXPECT_FALSE(fs::exists(dir() / "other.safetensors"));
}

TEST_F(Models, ALineThatIsWrongIsAnErrorAndSaysSo) {
  expect_user_error(run("export results/train/best.safetensors int8.onnx --int8"), {"error: ", "--calibrate"});
}

}  // namespace
}  // namespace gerund
