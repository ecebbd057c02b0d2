// Tests of measure/: everything that a benchmark says but the times themselves.
#include "measure/benchmark.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/interrupt.h"
#include "graph/expect_text.h"
#include "graph/golden_cases.h"
#include "graph/onnx_file.h"
#include "graph/scratch_file.h"
#include "graph/transform.h"
#include "measure/fma_peak.h"
#include "measure/machine.h"
#include "measure/workload.h"

namespace gerund::measure {
namespace {

using nlohmann::json;
using tensor::Shape;
using tensor::Tensor;

/// The message of the UserError that `call` throws.
template <typename Call>
std::string refusal(const Call& call) {
  try {
    call();
    return "";
  } catch (const base::UserError& error) {
    return error.what();
  }
}

std::string golden_model() {
  return graph::golden_path("resnet3d.onnx");
}

BenchmarkOptions few_runs() {
  BenchmarkOptions options;
  options.engine = {"reference", 1};
  options.num_runs = 3;
  return options;
}

TEST(Timing, TakesPercentilesByNearestRank) {
  const Timing timing = make_timing({4, 1, 2, 3}, 2, 1000000);
  EXPECT_EQ(timing.num_runs, 4);
  EXPECT_EQ(timing.p50_ms, 2);
  EXPECT_EQ(timing.p95_ms, 4);
  EXPECT_DOUBLE_EQ(timing.clips_per_second, 1000);
  EXPECT_DOUBLE_EQ(timing.gflops, 1);
  EXPECT_EQ(make_timing({5}, 1, 1).p95_ms, 5);
}

TEST(Benchmark, SaysWhatItRan) {
  BenchmarkOptions options = few_runs();
  options.batch = 3;
  const Benchmark found = run_benchmark(golden_model(), options);
  EXPECT_EQ(found.engine, "reference");
  EXPECT_EQ(found.num_threads, 1);
  EXPECT_EQ(found.batch, 3);
  EXPECT_EQ(found.algorithm, "auto");
  EXPECT_EQ(found.timing.num_runs, 3);
  const graph::Model model = graph::read_onnx(golden_model());
  EXPECT_EQ(found.macs, graph::count_macs(model, {{model.inputs[0].name, {3, 3, 4, 20, 24}}}));
  EXPECT_GT(found.load_ms, 0);
  EXPECT_GT(found.machine_gflops, 0);
}

TEST(Benchmark, FiguresFollowFromMacsAndLatency) {
  const json found = json::parse(to_json(run_benchmark(golden_model(), few_runs())));
  const double p50_ms = found.at("p50_ms").get<double>();
  EXPECT_GE(found.at("p95_ms").get<double>(), p50_ms);
  EXPECT_NEAR(found.at("gflops").get<double>(), 2e-6 * found.at("macs").get<double>() / p50_ms, 1e-9);
  EXPECT_NEAR(found.at("clips_per_second").get<double>(), 1000 / p50_ms, 1e-6);
  EXPECT_NEAR(found.at("machine_share").get<double>(),
              found.at("gflops").get<double>() / found.at("machine_gflops").get<double>(), 1e-9);
}

TEST(Benchmark, RunsForTheSecondsGivenAndAtLeastThreeTimes) {
  BenchmarkOptions options = few_runs();
  options.num_runs.reset();
  options.seconds = 1e-6;
  EXPECT_GE(run_benchmark(golden_model(), options).timing.num_runs, 3);
}

TEST(Benchmark, NeedsNoMetadataAndTakesAFixedBatch) {
  graph::Model model = graph::read_onnx(golden_model());
  model.metadata.clear();
  model.inputs[0].shape[0] = 2;
  model.outputs[0].shape[0] = 2;
  const graph::ScratchFile file("fixed.onnx");
  graph::write_onnx(file.path(), model);
  EXPECT_EQ(run_benchmark(file.path(), few_runs()).batch, 2);
  BenchmarkOptions options = few_runs();
  options.batch = 2;
  EXPECT_EQ(run_benchmark(file.path(), options).batch, 2);
  options.batch = 3;
  EXPECT_TRUE(holds(refusal([&] { run_benchmark(file.path(), options); }), {"batch is 3", "[2, 3, 4, 20, 24]"}));
}

TEST(Benchmark, NamesWhatIsWrong) {
  const auto refused = [](auto change) {
    BenchmarkOptions options = few_runs();
    change(options);
    return refusal([&] { run_benchmark(golden_model(), options); });
  };
  EXPECT_TRUE(holds(refused([](auto& o) { o.engine.engine = "referense"; }), {"'referense'", "'reference'"}));
  EXPECT_TRUE(holds(refused([](auto& o) { o.engine.algorithm = "fast"; }), {"'fast'", "winograd"}));
  EXPECT_TRUE(holds(refused([](auto& o) { o.engine.precision = "fp8"; }), {"'fp8'", "not known", "fp32"}));
  EXPECT_TRUE(holds(refused([](auto& o) { o.batch = 0; }), {"batch is 0"}));
  EXPECT_TRUE(holds(refused([](auto& o) { o.num_runs = 0; }), {"runs is 0"}));
  EXPECT_TRUE(holds(refused([](auto& o) { o.seconds = std::nan(""); }), {"seconds is nan"}));
  EXPECT_TRUE(holds(refused([](auto& o) { o.engine.num_threads = -1; }), {"num_threads is -1"}));
  EXPECT_TRUE(holds(refusal([] { run_benchmark("nowhere.onnx", {}); }), {"nowhere.onnx"}));
}

TEST(Benchmark, StopsWhenInterrupted) {
  base::request_interrupt();
  EXPECT_THROW(run_benchmark(golden_model(), few_runs()), base::Interrupted);
  base::request_interrupt(false);
}

TEST(Benchmark, ListsPeersThatAreNotHere) {
  BenchmarkOptions options = few_runs();
  options.engine.engine = "onednn";
  options.versus = true;
  options.onnxruntime_folder = "nowhere";
  const Benchmark found = run_benchmark(golden_model(), options);
  ASSERT_EQ(found.peers.size(), infer::engine_names().size() + 1);  // oneDNN's convolutions as well.
  EXPECT_EQ(found.peers.front().name, "onednn direct");
  EXPECT_TRUE(found.peers.front().timing.has_value()) << found.peers.front().trouble;
  const Peer& peer = found.peers.back();
  EXPECT_TRUE(holds(peer.name, {"ONNX Runtime"}));
  EXPECT_TRUE(holds(peer.trouble, {"nowhere", "install.sh", "GERUND_ONNXRUNTIME"}));
  EXPECT_FALSE(peer.timing.has_value());
  EXPECT_TRUE(holds(to_text(found), {"ONNX Runtime", "not here"}));
  const json object = json::parse(to_json(found));
  EXPECT_EQ(object.at("peers").back().at("trouble").get<std::string>(), peer.trouble);
}

TEST(Report, ListsPeersBesideTheEngine) {
  Benchmark benchmark;
  benchmark.timing = make_timing({2}, 1, 1000000);
  benchmark.machine_gflops = 4;
  Peer peer;
  peer.name = "other 1.0";
  peer.timing = make_timing({5}, 1, 1000000);
  peer.difference = 2e-6;
  benchmark.peers = {peer};
  EXPECT_TRUE(holds(to_text(benchmark), {"other 1.0", "2.50", "2.0e-06", "25 %"}));
  const json object = json::parse(to_json(benchmark));
  EXPECT_DOUBLE_EQ(object.at("peers").at(0).at("time_ratio").get<double>(), 2.5);
  EXPECT_TRUE(object.at("peak_bytes").is_null());
}

TEST(Workload, GuessesFreeExtentsOfPicturesAndClipsAndNamesOthers) {
  graph::Model model;
  model.inputs = {{"x", {-1, -1, -1, -1, 20}}};
  model.outputs = {{"y", {}}};
  model.nodes = {{"Relu", "", {"x"}, {"y"}, {}}};
  EXPECT_EQ(make_workload(model, 2).inputs.at(0).shape(), (Shape{2, 3, 16, 224, 20}));
  model.inputs[0].shape = {-1, 3, -1, -1};
  EXPECT_EQ(make_workload(model, {}).inputs.at(0).shape(), (Shape{1, 3, 224, 224}));
  model.inputs[0].shape = {-1, -1};
  EXPECT_TRUE(holds(refusal([&] { make_workload(model, 1); }), {"'x'", "[-1, -1]", "fixed"}));
}

TEST(Workload, GivesEveryFreeInputTheBatch) {
  graph::Model model;
  model.inputs = {{"a", {-1, 2}}, {"b", {-1, 2}}, {"c", {1, 2}}};
  model.outputs = {{"y", {-1, 2}}};
  model.nodes = {{"Add", "", {"a", "b"}, {"s"}, {}}, {"Add", "", {"s", "c"}, {"y"}, {}}};
  const Workload workload = make_workload(model, 4);
  EXPECT_EQ(workload.batch, 4);
  EXPECT_EQ(workload.inputs.at(1).shape(), (Shape{4, 2}));
  EXPECT_EQ(workload.inputs.at(2).shape(), (Shape{1, 2}));
  EXPECT_EQ(workload.macs, 0);
}

TEST(RelativeDifference, IsThatOfTheWorstOutputAndInfiniteWhereAnswersDoNotCompare) {
  const Tensor a({2}, std::vector<float>{1, 10});
  const Tensor b({2}, std::vector<float>{1, 11});
  const Tensor zero({2});
  const Tensor nan({2}, std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_NEAR(relative_difference({zero, b}, {zero, a}), 0.1, 1e-7);
  EXPECT_EQ(relative_difference({zero}, {zero}), 0);
  EXPECT_TRUE(std::isinf(relative_difference({a}, {zero})));
  EXPECT_TRUE(std::isinf(relative_difference({nan}, {a})));
  EXPECT_TRUE(std::isinf(relative_difference({a}, {Tensor({1, 2})})));
  EXPECT_TRUE(std::isinf(relative_difference({}, {a})));
}

TEST(Machine, KnowsItsMemory) {
  if (!resident_bytes()) GTEST_SKIP() << "this system does not say";
  reset_peak();
  const int64_t before = peak_resident_bytes().value();
  std::vector<char> block(64 << 20, 1);
  EXPECT_GE(peak_resident_bytes().value() - before + block[5], 60 << 20);
}

TEST(FmaPeak, IsPositive) {
  EXPECT_GT(fma_peak_gflops(1), 0);
}

}  // namespace
}  // namespace gerund::measure
