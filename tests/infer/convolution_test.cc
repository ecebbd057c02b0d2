// Convolutions of every engine against the definition of convolution, on random extents.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "infer/engine.h"
#include "infer/variants.h"
#include "tensor/compare.h"

namespace gerund::infer {
namespace {

using tensor::Tensor;
using Axes = std::array<int64_t, 3>;
using Ints = std::vector<int64_t>;

/// A 3D convolution with random extents; most stay inside one block of the kernel, some need several.
struct Problem {
  explicit Problem(uint64_t seed) : random(seed) {
    const auto draw = [&](int64_t low, int64_t high) { return low + random.below(high - low + 1); };
    groups = draw(1, 3);
    in = draw(1, seed % 4 == 0 ? 40 : 5);
    out = draw(1, seed % 3 == 0 ? 70 : 6);
    for (size_t axis = 0; axis < 3; ++axis) {
      kernel[axis] = draw(1, 3);
      stride[axis] = draw(1, 3);
      dilation[axis] = draw(1, 2);
      begin[axis] = draw(0, 3);
      end[axis] = draw(0, 3);
      input[axis] = (kernel[axis] - 1) * dilation[axis] + draw(1, 6);
    }
    draw_values();
  }

  void make_square() {
    const auto draw = [&](int64_t low, int64_t high) { return low + random.below(high - low + 1); };
    batch = draw(1, 9);
    groups = 1;
    in = draw(0, 1) == 0 ? draw(1, 20) : 8 * draw(1, 3);
    out = draw(0, 1) == 0 ? draw(1, 40) : 16 * draw(1, 2);
    dilation = {1, 1, 1};
    stride[1] = stride[2] = draw(1, 2);
    kernel[1] = kernel[2] = stride[1] == 1 ? draw(2, 4) : draw(3, 7);
    stride[0] = draw(1, 4);
    kernel[0] = draw(1, 5);
    begin[0] = draw(0, kernel[0] - 1);
    for (size_t axis = 0; axis < 3; ++axis) input[axis] = kernel[axis] + draw(0, 11);
    draw_values();
  }

  void make_usual() {
    const auto draw = [&](int64_t low, int64_t high) { return low + random.below(high - low + 1); };
    batch = draw(1, 3);
    groups = 1;
    in = draw(0, 1) == 0 ? draw(1, 40) : 16 * draw(1, 4);
    out = draw(0, 1) == 0 ? draw(1, 40) : 16 * draw(1, 4);
    dilation = {1, 1, 1};
    kernel[0] = 2 * draw(0, 2) + 1;
    kernel[1] = kernel[2] = 2 * draw(0, 3) + 1;
    for (size_t axis = 0; axis < 3; ++axis) {
      stride[axis] = draw(1, 2);
      const int64_t way = draw(0, 2);
      begin[axis] = way == 0 ? kernel[axis] / 2 : way == 1 ? kernel[axis] - 1 : 0;
      end[axis] = way == 0 ? kernel[axis] / 2 : 0;
      input[axis] = kernel[axis] + draw(0, 13);
    }
    draw_values();
  }

  void draw_values() {
    for (size_t axis = 0; axis < 3; ++axis) {
      const int64_t room = input[axis] + begin[axis] + end[axis] - (kernel[axis] - 1) * dilation[axis] - 1;
      output[axis] = room / stride[axis] + 1;
    }
    x = values({batch, groups * in, input[0], input[1], input[2]});
    w = values({groups * out, in, kernel[0], kernel[1], kernel[2]});
    b = values({groups * out});
  }

  Tensor values(const tensor::Shape& shape) {
    Tensor result(shape);
    for (float& value : result.floats()) value = static_cast<float>(random.uniform(-1, 1));
    return result;
  }

  graph::Model model() const {
    graph::Model result;
    result.inputs = {{"x", x.shape()}};
    result.outputs = {{"y", {batch, groups * out, output[0], output[1], output[2]}}};
    result.initializers = {{"w", w}, {"b", b}};
    const Ints pads{begin[0], begin[1], begin[2], end[0], end[1], end[2]};
    result.nodes = {{"Conv",
                     "conv",
                     {"x", "w", "b"},
                     {"y"},
                     {{"strides", Ints(stride.begin(), stride.end())},
                      {"dilations", Ints(dilation.begin(), dilation.end())},
                      {"pads", pads},
                      {"group", groups}}}};
    return result;
  }

  /// By the definition, in double precision: what each weight adds to the outputs of its channel.
  Tensor expected_output() const {
    Tensor result({x.dim(0), groups * out, output[0], output[1], output[2]});
    const float* weight = w.floats().data();
    auto next = result.floats().begin();
    for (int64_t n = 0; n < x.dim(0); ++n) {
      for (int64_t m = 0; m < groups * out; ++m) {
        std::vector<double> sums(static_cast<size_t>(output[0] * output[1] * output[2]), b.floats()[m]);
        const int64_t taps = in * kernel[0] * kernel[1] * kernel[2];
        for (int64_t i = 0; i < taps; ++i) add_tap(sums, n, m / out * in, i, weight[m * taps + i]);
        next = std::transform(sums.begin(), sums.end(), next, [](double sum) { return static_cast<float>(sum); });
      }
    }
    return result;
  }

  /// `tap`: index of the weight among those of one output channel; `first`: the channel that its group begins with.
  void add_tap(std::vector<double>& sums, int64_t n, int64_t first, int64_t tap, double weight) const {
    const int64_t area = kernel[1] * kernel[2];
    const int64_t channel = n * groups * in + first + tap / (kernel[0] * area);
    const Axes at{tap / area % kernel[0], tap / kernel[2] % kernel[1], tap % kernel[2]};
    const auto position = [&](size_t axis, int64_t i) {
      const int64_t p = i * stride[axis] - begin[axis] + at[axis] * dilation[axis];
      return p < input[axis] ? p : -1;
    };
    double* sum = sums.data();
    for (int64_t d = 0; d < output[0]; ++d) {
      for (int64_t h = 0; h < output[1]; ++h) {
        const int64_t pd = position(0, d), ph = position(1, h);
        if (pd < 0 || ph < 0) {
          sum += output[2];
          continue;
        }
        const float* row = x.floats().data() + ((channel * input[0] + pd) * input[1] + ph) * input[2];
        for (int64_t column = 0; column < output[2]; ++column, ++sum)
          if (const int64_t pw = position(2, column); pw >= 0) *sum += weight * row[pw];
      }
    }
  }

  base::Random random;
  int64_t batch = 2;
  int64_t groups = 1, in = 1, out = 1;  // Channels per group.
  Axes kernel{}, stride{}, dilation{}, begin{}, end{}, input{}, output{};
  Tensor x, w, b;
};

void expect_all_engines(const Problem& problem) {
  const Tensor expected = problem.expected_output();
  for (const Variant& variant : variants()) {
    SCOPED_TRACE(variant);
    const Tensor actual = make_engine(problem.model(), variant.options())->run(problem.x);
    EXPECT_LE(tensor::compare(actual, expected).relative_l2, variant.tolerance);
  }
}

TEST(Convolution, EqualsItsDefinitionForRandomExtents) {
  for (uint64_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE(seed);
    expect_all_engines(Problem(seed));
  }
}

/// Square kernels of 3 to 7 taps with stride 1 or 2, as Winograd's algorithm takes them, and whole blocks of channels.
TEST(Convolution, OfSquareKernelsEqualsItsDefinition) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem(seed);
    problem.make_square();
    expect_all_engines(problem);
  }
}

/// Odd kernels with stride 1 or 2 and padding as networks have it: half the kernel, none, or in time all before.
TEST(Convolution, OfShapesThatNetworksHaveEqualsItsDefinition) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem(seed);
    problem.make_usual();
    expect_all_engines(problem);
  }
}

/// For other extents another algorithm may be the one that applies.
TEST(Convolution, OfFreeExtentsRunsWithEachInTurn) {
  for (const int64_t kernel : {2, 3, 4}) {
    Problem problem(1);
    problem.groups = 1;
    problem.batch = 1;
    problem.in = 3;
    problem.out = 16;
    problem.kernel = {1, kernel, kernel};
    problem.stride = {1, 2, 2};
    problem.dilation = {1, 1, 1};
    problem.begin = problem.end = {0, 0, 0};
    for (const Variant& variant : variants()) {
      SCOPED_TRACE(variant);
      problem.input = {1, 8, 8};
      problem.draw_values();
      graph::Model model = problem.model();
      model.inputs[0].shape = {-1, 3, 1, -1, -1};
      model.outputs[0].shape = {-1, 16, 1, -1, -1};
      const auto engine = make_engine(model, variant.options());
      for (const int64_t side : {8, 7, 12, 8}) {
        const Tensor weights = problem.w, bias = problem.b;
        problem.input = {1, side, side};
        problem.draw_values();
        problem.w = weights;
        problem.b = bias;
        EXPECT_LE(tensor::compare(engine->run(problem.x), problem.expected_output()).relative_l2, variant.tolerance)
            << kernel << " " << side;
      }
    }
  }
}

/// conv2(x) + x behind conv1, then a clamp: what the residual blocks of the networks do.
TEST(Convolution, AddsAndClampsWhatFollowsIt) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem(seed);
    problem.make_square();
    graph::Model model = problem.model();
    model.nodes[0].outputs = {"conv"};
    const Tensor conv = problem.expected_output();
    Tensor summand = problem.values(conv.shape()), expected = conv;
    model.inputs.push_back({"summand", conv.shape()});
    model.nodes.push_back({"Add", "add", {"conv", "summand"}, {"sum"}, {}});
    if (seed % 3 == 0) {
      model.nodes.push_back({"Relu", "relu", {"sum"}, {"y"}, {}});
    } else {  // Bounds that leave zero out, where channels do not fill their block.
      model.initializers["low"] = Tensor({}, std::vector<float>{seed % 3 == 1 ? 0.5F : -0.5F});
      model.initializers["high"] = Tensor({}, std::vector<float>{2.0F});
      model.nodes.push_back({"Clip", "clip", {"sum", "low", "high"}, {"clipped"}, {}});
      model.nodes.push_back({"Add", "twice", {"clipped", "clipped"}, {"y"}, {}});
    }
    for (size_t i = 0; i < expected.floats().size(); ++i) {
      float& y = expected.floats()[i];
      y += summand.floats()[i];
      y = seed % 3 == 0 ? std::max(y, 0.0F) : 2 * std::clamp(y, seed % 3 == 1 ? 0.5F : -0.5F, 2.0F);
    }
    for (const Variant& variant : variants()) {
      SCOPED_TRACE(variant);
      const std::vector<Tensor> inputs{problem.x, summand};
      const Tensor actual = make_engine(model, variant.options())->run_all(inputs).front();
      EXPECT_LE(tensor::compare(actual, expected).relative_l2, variant.tolerance);
    }
  }
}

}  // namespace
}  // namespace gerund::infer
