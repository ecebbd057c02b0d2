// The blocked convolution against the definition of convolution, on random extents.
#include <gtest/gtest.h>

#include <array>

#include "base/random.h"
#include "infer/engine.h"
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
      const int64_t room = input[axis] + begin[axis] + end[axis] - (kernel[axis] - 1) * dilation[axis] - 1;
      output[axis] = room / stride[axis] + 1;
    }
    x = values({2, groups * in, input[0], input[1], input[2]});
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
    result.outputs = {{"y", {2, groups * out, output[0], output[1], output[2]}}};
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

  /// One output element by the definition, in double precision.
  double expected(int64_t n, int64_t m, const Axes& at) const {
    double sum = b.floats()[static_cast<size_t>(m)];
    for (int64_t c = 0; c < in; ++c) {
      for (int64_t kd = 0; kd < kernel[0]; ++kd) {
        for (int64_t kh = 0; kh < kernel[1]; ++kh) {
          for (int64_t kw = 0; kw < kernel[2]; ++kw) {
            const int64_t weight = (((m * in + c) * kernel[0] + kd) * kernel[1] + kh) * kernel[2] + kw;
            sum += element(n, m / out * in + c, at, {kd, kh, kw}) * w.floats()[static_cast<size_t>(weight)];
          }
        }
      }
    }
    return sum;
  }

  double element(int64_t n, int64_t channel, const Axes& at, const Axes& tap) const {
    int64_t index = n * groups * in + channel;
    for (size_t axis = 0; axis < 3; ++axis) {
      const int64_t position = at[axis] * stride[axis] - begin[axis] + tap[axis] * dilation[axis];
      if (position < 0 || position >= input[axis]) return 0;
      index = index * input[axis] + position;
    }
    return x.floats()[static_cast<size_t>(index)];
  }

  base::Random random;
  int64_t groups = 1, in = 1, out = 1;  // Channels per group.
  Axes kernel{}, stride{}, dilation{}, begin{}, end{}, input{}, output{};
  Tensor x, w, b;
};

TEST(Convolution, EqualsItsDefinitionForRandomExtents) {
  for (uint64_t seed = 0; seed < 80; ++seed) {
    const Problem problem(seed);
    const Tensor actual = make_engine(problem.model(), {"reference", 2})->run(problem.x);
    Tensor expected(actual.shape());
    size_t next = 0;
    for (int64_t n = 0; n < 2; ++n) {
      for (int64_t m = 0; m < problem.groups * problem.out; ++m) {
        for (int64_t d = 0; d < problem.output[0]; ++d) {
          for (int64_t h = 0; h < problem.output[1]; ++h) {
            for (int64_t x = 0; x < problem.output[2]; ++x) {
              expected.floats()[next++] = static_cast<float>(problem.expected(n, m, {d, h, x}));
            }
          }
        }
      }
    }
    EXPECT_LE(tensor::compare(actual, expected).relative_l2, 1e-6) << seed;
  }
}

}  // namespace
}  // namespace gerund::infer
