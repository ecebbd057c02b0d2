// Tests of infer/engine.h: the table, batches, threads, errors.
#include "infer/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "graph/expect_text.h"
#include "graph/golden_cases.h"
#include "graph/onnx_file.h"
#include "graph/random_graph.h"
#include "infer/variants.h"
#include "tensor/compare.h"

namespace gerund::infer {
namespace {

using tensor::Shape;
using tensor::Tensor;

Tensor random_values(const Shape& shape, uint64_t seed) {
  base::Random random(seed);
  Tensor result(shape);
  for (float& x : result.floats()) x = static_cast<float>(random.uniform(-1, 1));
  return result;
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(a.raw(), b.raw());
}

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

graph::Model resnet(const char* name = "resnet3d") {
  return graph::read_onnx(graph::golden_path(std::string(name) + ".onnx"));
}

TEST(Engines, EndWithReference) {
  EXPECT_EQ(engine_names().back(), "reference");
}

TEST(Engines, AreNamedWhenOneIsNotKnown) {
  const std::string message = refusal([] { make_engine(resnet(), {"refrence", 0}); });
  EXPECT_TRUE(holds(message, {"'refrence'", "auto, ", "did you mean 'reference'"}));
  EXPECT_NE(refusal([] { make_engine(resnet(), {"auto", -1}); }), "");
  EXPECT_TRUE(holds(refusal([] { make_engine(resnet(), {"auto", 0, "fast"}); }), {"'fast'", "direct", "winograd"}));
}

TEST(Engines, SayWhatAutoStandsFor) {
  const std::vector<std::string> names = engine_names();
  EXPECT_NE(std::ranges::find(names, chosen_engine("auto")), names.end());
  EXPECT_EQ(chosen_engine("reference"), "reference");
  EXPECT_TRUE(holds(refusal([] { chosen_engine("onnd"); }), {"'onnd'", "auto, "}));
}

TEST(Engines, RefuseAnAlgorithmThatIsNotKnown) {
  for (const std::string& name : algorithm_names()) EXPECT_NO_THROW(make_engine(resnet(), {"reference", 1, name}));
  EXPECT_TRUE(holds(refusal([] {
                      make_engine(resnet(), {"reference", 1, "winnograd"});
                    }),
                    {"'winnograd'", "auto, direct, winograd", "did you mean 'winograd'"}));
}

TEST(Engines, NameTheNodeWhoseOperatorTheyLack) {
  graph::Model model = resnet();
  model.nodes[3].op = "Einsum";
  EXPECT_TRUE(holds(refusal([&] { make_engine(model, {}); }), {"Einsum", model.nodes[3].name}));
}

TEST(Engines, RefuseGraphsWithoutInputOrWithOutputsThatNoNodeMakes) {
  graph::Model model = resnet();
  model.inputs.clear();
  EXPECT_TRUE(holds(refusal([&] { make_engine(model, {}); }), {"0 inputs"}));
  model = resnet();
  model.outputs[0].name = "nowhere";
  EXPECT_TRUE(holds(refusal([&] { make_engine(model, {}); }), {"'nowhere'"}));
  model = resnet();
  model.outputs.push_back(model.outputs[0]);
  EXPECT_TRUE(holds(refusal([&] { make_engine(model, {}); }), {"listed twice"}));
}

TEST(Engine, TakesAllInputsAndGivesAllOutputsInTheNetworksOrder) {
  // sum = a + b, product = (a + b) * b: the first output is read again after it is made.
  graph::Model model;
  model.inputs = {{"a", {-1, 2}}, {"b", {-1, 2}}};
  model.outputs = {{"product", {-1, 2}}, {"sum", {-1, 2}}};
  model.nodes = {{"Add", "", {"a", "b"}, {"sum"}, {}}, {"Mul", "", {"sum", "b"}, {"product"}, {}}};
  const auto engine = make_engine(model, {});
  const std::vector<Tensor> inputs{Tensor({1, 2}, std::vector<float>{1, 2}), Tensor({1, 2}, std::vector<float>{3, 5})};
  const std::vector<Tensor> outputs = engine->run_all(inputs);
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(list_of(outputs[0].floats()), (std::vector<float>{12, 35}));
  EXPECT_EQ(list_of(outputs[1].floats()), (std::vector<float>{4, 7}));
  EXPECT_TRUE(holds(refusal([&] { engine->run(inputs[0]); }), {"1 inputs were given", "has 2"}));
}

TEST(Engines, RefuseShapesThatDoNotFitWhenTheyAreMade) {
  graph::Model model = resnet();
  model.initializers["fc_cls.bias"] = Tensor({4});
  EXPECT_TRUE(holds(refusal([&] { make_engine(model, {}); }), {"Gemm", "[4]"}));
}

TEST(Engine, NamesBothShapesWhereTheInputDoesNotFit) {
  const auto engine = make_engine(resnet(), {});
  for (const Shape& shape : {Shape{1, 3, 4, 20, 25}, Shape{3, 4, 20, 24}, Shape{0, 3, 4, 20, 24}}) {
    EXPECT_TRUE(holds(refusal([&] { engine->run(Tensor(shape)); }), {tensor::to_string(shape), "[-1, 3, 4, 20, 24]"}));
  }
  EXPECT_TRUE(holds(refusal([&] { engine->run(Tensor({1, 3, 4, 20, 24}, tensor::DType::u8)); }), {"float32"}));
}

class EveryEngine : public testing::TestWithParam<Variant> {};
INSTANTIATE_TEST_SUITE_P(All, EveryEngine, testing::ValuesIn(variants()), variant_name);

TEST_P(EveryEngine, RunsAClipInABatchAsItRunsItAlone) {
  const auto engine = make_engine(resnet(), GetParam().options());
  const Tensor batch = random_values({5, 3, 4, 20, 24}, 3);
  const Tensor together = engine->run(batch);
  ASSERT_EQ(together.shape(), (Shape{5, 5}));
  const size_t clip_size = static_cast<size_t>(batch.size()) / 5;
  for (size_t i = 0; i < 5; ++i) {
    const Tensor alone = engine->run(Tensor({1, 3, 4, 20, 24}, batch.floats().subspan(i * clip_size, clip_size)));
    const Tensor one({1, 5}, together.floats().subspan(i * 5, 5));
    EXPECT_LE(tensor::compare(alone, one).relative_l2, GetParam().engine == "reference" ? 0 : 1e-6) << i;
  }
}

TEST(Engine, KeepsAFixedBatch) {
  graph::Model model = resnet();
  model.inputs[0].shape[0] = 2;
  const auto engine = make_engine(model, {});
  EXPECT_EQ(engine->run(Tensor({2, 3, 4, 20, 24})).shape(), (Shape{2, 5}));
  EXPECT_THROW(engine->run(Tensor({1, 3, 4, 20, 24})), base::UserError);
}

TEST(Engine, MakesTheSameBytesWithAnyNumberOfThreads) {
  for (const char* name : {"resnet2d", "resnet3d"}) {
    const graph::Model model = resnet(name);
    Shape shape = model.inputs[0].shape;
    shape[0] = 3;
    const Tensor input = random_values(shape, 11);
    const Tensor expected = make_engine(model, {"reference", 1})->run(input);
    for (const int num_threads : {2, 5}) {
      EXPECT_TRUE(same_bytes(make_engine(model, {"reference", num_threads})->run(input), expected)) << num_threads;
    }
    const Tensor one_thread = make_engine(model, {"onednn", 1, "winograd"})->run(input);
    const Tensor three_threads = make_engine(model, {"onednn", 3, "winograd"})->run(input);
    EXPECT_TRUE(same_bytes(one_thread, three_threads));
  }
  for (uint64_t seed = 100; seed < 130; ++seed) {
    graph::RandomGraph random(seed);
    const Tensor input = random.values(random.input);
    const Tensor expected = make_engine(random.model, {"reference", 1})->run(input);
    for (const int num_threads : {2, 5}) {
      EXPECT_TRUE(same_bytes(make_engine(random.model, {"reference", num_threads})->run(input), expected)) << seed;
    }
  }
}

TEST_P(EveryEngine, RunsFromManyThreadsAtOnceAsFromOne) {
  const auto engine = make_engine(resnet(), GetParam().options());
  std::vector<Tensor> inputs;
  std::vector<Tensor> expected;
  for (uint64_t i = 0; i < 4; ++i) {
    inputs.push_back(random_values({1 + static_cast<int64_t>(i % 2), 3, 4, 20, 24}, i));
    expected.push_back(engine->run(inputs.back()));
  }
  std::vector<int> mistakes(4, 0);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int repeat = 0; repeat < 3; ++repeat) mistakes[i] += same_bytes(engine->run(inputs[i]), expected[i]) ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mistakes, (std::vector<int>{0, 0, 0, 0}));
}

TEST_P(EveryEngine, StopsWhenInterruptedButForLivePipelines) {
  EngineOptions options = GetParam().options();
  const auto engine = make_engine(resnet(), options);
  options.ends_on_interrupt = false;
  const auto live = make_engine(resnet(), options);
  base::request_interrupt();
  EXPECT_THROW(engine->run(Tensor({1, 3, 4, 20, 24})), base::Interrupted);
  EXPECT_NO_THROW(live->run(Tensor({1, 3, 4, 20, 24})));
  base::request_interrupt(false);
  EXPECT_NO_THROW(engine->run(Tensor({1, 3, 4, 20, 24})));
}

TEST_P(EveryEngine, ReadsWhatIsReadTwiceAndLate) {
  // y = (x + x) * x - (x + x): both operands live across several nodes.
  graph::Model model;
  model.inputs = {{"x", {-1}}};
  model.outputs = {{"y", {-1}}};
  model.nodes = {{"Add", "", {"x", "x"}, {"a"}, {}},
                 {"Identity", "", {"a"}, {"unread"}, {}},
                 {"Mul", "", {"a", "x"}, {"b"}, {}},
                 {"Sub", "", {"b", "a"}, {"y"}, {}},
                 {"Relu", "", {"y"}, {"after"}, {}}};
  const auto engine = make_engine(model, GetParam().options());
  EXPECT_EQ(list_of(engine->run(Tensor({3}, std::vector<float>{1, 2, -3})).floats()), (std::vector<float>{0, 4, 24}));
}

}  // namespace
}  // namespace gerund::infer
