// What verbs leave in a results folder: status.json and report.html.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.h"
#include "cli/trained_program.h"
#include "score/page_reader.h"

namespace gerund {
namespace {

using nlohmann::json;

class Results : public Cli {
 protected:
  static std::vector<json> status(const fs::path& folder) {
    std::vector<json> lines;
    std::istringstream text(base::read_file(dir() / folder / "status.json"));
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }
};

TEST_F(Results, TrainLeavesFilesForPeopleAndTools) {
  ASSERT_EQ(trained_.code, 0) << trained_.err;
  EXPECT_EQ(status("results/train").front().at("status"), "STARTED");
  EXPECT_EQ(status("results/train").back().at("message"), "Train finished successfully.");
  const score::PageReader page(base::read_file(dir() / "results" / "train" / "report.html"));
  EXPECT_EQ(score::outside_reference(page), "");
  EXPECT_EQ(page.all("img").size(), 6U) << "the six validation clips, hardest first";
  EXPECT_FALSE(fs::is_empty(dir() / "results" / "train" / "tensorboard"));
  const std::string csv = base::read_file(dir() / "results" / "train" / "metrics.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
  EXPECT_NE(trained_.err.find("report.html"), std::string::npos);
}

TEST_F(Results, TrainSaysHowLongTheRunStillTakes) {
  EXPECT_NE(trained_.err.find(" left"), std::string::npos) << trained_.err;
}

TEST_F(Results, EvaluateTellsOfItsFiguresInPercent) {
  const Outcome outcome = run("evaluate results/train/best.safetensors clips/test -r judged");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto lines = status("judged/evaluate");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].at("message"), "Starting Action Recognition evaluate.");
  EXPECT_EQ(lines[1].at("message"), "Test metrics generated.");
  const json results = json::parse(base::read_file(dir() / "judged" / "evaluate" / "results.json"));
  EXPECT_DOUBLE_EQ(lines[1].at("kpi").at("accuracy").get<double>(), 100 * results.at("accuracy").get<double>());
  EXPECT_DOUBLE_EQ(lines[1].at("kpi").at("m_accuracy").get<double>(),
                   100 * results.at("class_average_accuracy").get<double>());
  EXPECT_EQ(lines[2].at("status"), "SUCCESS");
  const score::PageReader page(base::read_file(dir() / "judged" / "evaluate" / "report.html"));
  EXPECT_EQ(score::outside_reference(page), "");
}

TEST_F(Results, AFailureIsToldInAFolderThatIsThereAndMakesNone) {
  ASSERT_EQ(run("evaluate results/train/best.safetensors clips/test -r failing").code, 0);
  EXPECT_EQ(run("evaluate results/train/missing.safetensors clips/test -r failing").code, 2);
  EXPECT_EQ(status("failing/evaluate").back().at("status"), "FAILURE");
  EXPECT_TRUE(status("failing/evaluate").back().at("message").get<std::string>().starts_with("File system error: "));
  EXPECT_EQ(run("evaluate results/train/missing.safetensors clips/test -r nowhere").code, 2);
  EXPECT_FALSE(fs::exists(dir() / "nowhere"));
}

TEST_F(Results, InferAndExportTellWhereAFolderIsGiven) {
  ASSERT_EQ(run("infer results/train/best.safetensors clips/test -r told").code, 0);
  ASSERT_EQ(run("export results/train/best.safetensors told.onnx -r told").code, 0);
  EXPECT_EQ(status("told/inference").back().at("message"), "Inference finished successfully.");
  EXPECT_EQ(status("told/export").back().at("message"), "Export finished successfully.");
  ASSERT_EQ(run("infer results/train/best.safetensors clips/test").code, 0);
  EXPECT_FALSE(fs::exists(dir() / "results" / "inference"));
}

}  // namespace
}  // namespace gerund
