// tests/ops/training_norm_test.cc - batch norm by the formulas of Ioffe & Szegedy (2015), in double precision.
#include "ops/training_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace gerund::ops {
namespace {

constexpr double kEpsilon = 1e-5;
using Values = std::vector<float>;
using Exact = std::vector<double>;

struct Setting {
  NormShape shape;
  bool has_residual;
  bool has_relu;
};

size_t num_channels(const NormShape& s) {
  return static_cast<size_t>(s.blocks * s.lanes);
}
size_t num_elements(const NormShape& s) {
  return static_cast<size_t>(s.batch * s.pixels) * num_channels(s);
}
size_t channel_of(const NormShape& s, size_t i) {
  const auto lanes = static_cast<size_t>(s.lanes), pixels = static_cast<size_t>(s.pixels);
  return i / (pixels * lanes) % static_cast<size_t>(s.blocks) * lanes + i % lanes;
}

Values random_values(size_t count, base::Random& random, double low, double high) {
  Values values(count);
  for (float& value : values) value = static_cast<float>(low + (high - low) * random.uniform());
  return values;
}

void expect_near(const Values& made, const Exact& expected, double tolerance, const char* what) {
  ASSERT_EQ(made.size(), expected.size()) << what;
  for (size_t i = 0; i < made.size(); ++i)
    ASSERT_NEAR(static_cast<double>(made[i]), expected[i], tolerance * (1 + std::abs(expected[i]))) << what << " " << i;
}

void check(const Setting& setting) {
  const NormShape& s = setting.shape;
  const size_t channels = num_channels(s), size = num_elements(s);
  const auto count = static_cast<double>(s.batch * s.pixels);
  base::Random random(static_cast<uint64_t>(s.pixels));
  const Values x = random_values(size, random, 3, 9), residual = random_values(size, random, -1, 1);
  const Values of_y = random_values(size, random, -1, 1);
  const Values weight = random_values(channels, random, -1.5, 1.5), bias = random_values(channels, random, -1, 1);

  Exact mean(channels), variance(channels), inverse(channels);
  for (size_t i = 0; i < size; ++i) mean[channel_of(s, i)] += static_cast<double>(x[i]) / count;
  for (size_t i = 0; i < size; ++i)
    variance[channel_of(s, i)] += std::pow(static_cast<double>(x[i]) - mean[channel_of(s, i)], 2) / count;
  for (size_t c = 0; c < channels; ++c) inverse[c] = 1 / std::sqrt(variance[c] + kEpsilon);
  Exact y(size), g(size), of_bias(channels), of_weight(channels), of_x(size);
  const auto hat = [&](size_t i) {
    const size_t c = channel_of(s, i);
    return (static_cast<double>(x[i]) - mean[c]) * inverse[c];
  };
  for (size_t i = 0; i < size; ++i) {
    const size_t c = channel_of(s, i);
    y[i] = hat(i) * static_cast<double>(weight[c]) + static_cast<double>(bias[c]);
    if (setting.has_residual) y[i] += static_cast<double>(residual[i]);
    const bool passes = !setting.has_relu || y[i] > 0;
    y[i] = passes ? y[i] : 0;
    g[i] = passes ? static_cast<double>(of_y[i]) : 0;
    of_bias[c] += g[i];
    of_weight[c] += g[i] * hat(i);
  }
  for (size_t i = 0; i < size; ++i) {
    const size_t c = channel_of(s, i);
    of_x[i] = static_cast<double>(weight[c]) * inverse[c] * (g[i] - of_bias[c] / count - hat(i) * of_weight[c] / count);
  }

  Values made_mean(channels), made_variance(channels), made_inverse(channels);
  norm_statistics(s, x.data(), made_mean.data(), made_variance.data());
  expect_near(made_mean, mean, 1e-6, "mean");
  expect_near(made_variance, variance, 1e-5, "variance");
  for (size_t c = 0; c < channels; ++c) made_inverse[c] = static_cast<float>(inverse[c]);
  const NormStatistics statistics{made_mean.data(), made_inverse.data()};
  Values made_y(size), made_x(size), made_residual(size);
  norm_forward(s, x.data(), statistics, weight.data(), bias.data(), setting.has_residual ? residual.data() : nullptr,
               setting.has_relu, made_y.data());
  expect_near(made_y, y, 1e-5, "y");
  const float* mask = setting.has_relu ? made_y.data() : nullptr;
  for (const bool is_in_two_steps : {false, true}) {
    Exact sums(channels), products(channels);
    if (is_in_two_steps) {
      norm_gradient_sums(s, x.data(), statistics, mask, of_y.data(), sums.data(), products.data());
      norm_input_gradient(s, x.data(), statistics, weight.data(), mask, of_y.data(), sums.data(), products.data(),
                          count, made_x.data(), made_residual.data());
    } else {
      norm_gradients(s, x.data(), statistics, weight.data(), mask, of_y.data(), sums.data(), products.data(),
                     made_x.data(), made_residual.data());
    }
    expect_near(made_residual, g, 1e-6, "residual");
    expect_near(Values(sums.begin(), sums.end()), of_bias, 1e-4, "bias");
    expect_near(Values(products.begin(), products.end()), of_weight, 1e-4, "weight");
    expect_near(made_x, of_x, 1e-4, "x");
  }
}

TEST(TrainingNorm, FollowsItsFormulas) {
  for (const int64_t lanes : {8, 16}) {
    for (const int64_t pixels : {1, 7, 600}) {
      for (const bool has_residual : {false, true}) {
        for (const bool has_relu : {false, true}) {
          SCOPED_TRACE(testing::Message() << lanes << " lanes, " << pixels << " pixels, " << has_residual << has_relu);
          check({{3, 2, pixels, lanes, 2}, has_residual, has_relu});
        }
      }
    }
  }
}

TEST(TrainingNorm, LetsWhatIsNoNumberPass) {
  const NormShape shape{1, 1, 2, 8};
  Values x(16, 1.0F), y(16), weight(8, 1.0F), bias(8), mean(8), inverse(8, 1.0F);
  x[3] = std::nanf("");
  norm_forward(shape, x.data(), {mean.data(), inverse.data()}, weight.data(), bias.data(), nullptr, true, y.data());
  EXPECT_TRUE(std::isnan(y[3]));
  EXPECT_EQ(y[4], 1.0F);
}

}  // namespace
}  // namespace gerund::ops
