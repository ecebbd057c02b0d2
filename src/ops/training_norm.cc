#include "ops/training_norm.h"

#include <algorithm>
#include <array>
#include <limits>

#include "infer/parallel.h"

namespace gerund::ops {
namespace {

// Each function below works on one block of channels, which stays in the second cache between its passes over it; the
// inner loops run over the lanes of a block, and the compiler makes vectors of them for each instruction set. What
// chooses among the clones runs before the thread sanitizer is ready.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define GERUND_VECTORS __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define GERUND_VECTORS
#endif

constexpr int64_t kMaxLanes = 16;
/// Pixels whose sum is kept in single precision.
constexpr int64_t kRun = 256;

using Lanes = std::array<float, kMaxLanes>;
using Sums = std::array<double, kMaxLanes>;

/// Where block `block` of sample `n` begins.
int64_t start_of(const NormShape& shape, int64_t n, int64_t block) {
  return (n * shape.blocks + block) * shape.pixels * shape.lanes;
}

template <int64_t LANES>
inline __attribute__((always_inline)) void add_run(const float* x, int64_t count, const float* shift, bool squared,
                                                   double* sums) {
  float run[LANES] = {};
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t lane = 0; lane < LANES; ++lane) {
      const float value = x[i * LANES + lane] - shift[lane];
      run[lane] += squared ? value * value : value;
    }
  }
  for (int64_t lane = 0; lane < LANES; ++lane) sums[lane] += static_cast<double>(run[lane]);
}

template <int64_t LANES>
inline __attribute__((always_inline)) void statistics_of(const NormShape& shape, const float* x, int64_t block,
                                                         float* mean, float* variance) {
  const auto count = static_cast<double>(shape.batch * shape.pixels);
  const Lanes zero{};
  Lanes means{};
  for (const bool squared : {false, true}) {
    Sums sums{};
    for (int64_t n = 0; n < shape.batch; ++n) {
      const float* from = x + start_of(shape, n, block);
      for (int64_t i = 0; i < shape.pixels; i += kRun)
        add_run<LANES>(from + i * LANES, std::min(kRun, shape.pixels - i), squared ? means.data() : zero.data(),
                       squared, sums.data());
    }
    for (int64_t lane = 0; lane < LANES; ++lane) {
      const auto value = static_cast<float>(sums[static_cast<size_t>(lane)] / count);
      if (!squared) means[static_cast<size_t>(lane)] = mean[block * LANES + lane] = value;
      if (squared) variance[block * LANES + lane] = value;
    }
  }
}

template <int64_t LANES>
inline __attribute__((always_inline)) void forward_of(const NormShape& shape, const float* x, int64_t block,
                                                      const float* scale, const float* shift, const float* residual,
                                                      bool has_relu, float* y) {
  const float low = has_relu ? 0.0F : -std::numeric_limits<float>::infinity();
  for (int64_t n = 0; n < shape.batch; ++n) {
    const int64_t start = start_of(shape, n, block);
    for (int64_t i = start; i < start + shape.pixels * LANES; i += LANES) {
      if (residual == nullptr) {
        for (int64_t lane = 0; lane < LANES; ++lane) {
          const float value = x[i + lane] * scale[lane] + shift[lane];
          y[i + lane] = value < low ? low : value;
        }
      } else {
        for (int64_t lane = 0; lane < LANES; ++lane) {
          const float value = x[i + lane] * scale[lane] + shift[lane] + residual[i + lane];
          y[i + lane] = value < low ? low : value;
        }
      }
    }
  }
}

/// Of one block: pointers to channels begin at its first.
struct Backward {
  const float* x;
  const float* mean;
  const float* inverse_deviation;
  const float* weight;
  const float* y;
  const float* of_y;
  double* sums;
  double* products;
  double count;
  float* of_x;
  float* of_residual;
};

template <int64_t LANES>
inline __attribute__((always_inline)) void gradient_sums_of(const NormShape& shape, const Backward& b, int64_t block) {
  Sums sums{};
  Sums products{};
  for (int64_t n = 0; n < shape.batch; ++n) {
    const int64_t start = start_of(shape, n, block);
    for (int64_t first = 0; first < shape.pixels; first += kRun) {
      float sum[LANES] = {};
      float product[LANES] = {};
      const int64_t last = std::min(first + kRun, shape.pixels);
      for (int64_t i = start + first * LANES; i < start + last * LANES; i += LANES) {
        for (int64_t lane = 0; lane < LANES; ++lane) {
          const float gradient = b.y != nullptr && b.y[i + lane] <= 0 ? 0.0F : b.of_y[i + lane];
          sum[lane] += gradient;
          product[lane] += gradient * (b.x[i + lane] - b.mean[lane]);
        }
      }
      for (int64_t lane = 0; lane < LANES; ++lane) {
        sums[static_cast<size_t>(lane)] += static_cast<double>(sum[lane]);
        products[static_cast<size_t>(lane)] += static_cast<double>(product[lane]);
      }
    }
  }
  for (int64_t lane = 0; lane < LANES; ++lane) {
    b.sums[lane] = sums[static_cast<size_t>(lane)];
    b.products[lane] = products[static_cast<size_t>(lane)] * static_cast<double>(b.inverse_deviation[lane]);
  }
}

/// dx = weight / deviation * (g - sum(g) / n - xhat * sum(g * xhat) / n), as g * scale + (x - mean) * slope + constant.
template <int64_t LANES>
inline __attribute__((always_inline)) void input_gradient_of(const NormShape& shape, const Backward& b, int64_t block) {
  Lanes scale{};
  Lanes slope{};
  Lanes constant{};
  for (size_t lane = 0; lane < static_cast<size_t>(LANES); ++lane) {
    const auto inverse = static_cast<double>(b.inverse_deviation[lane]);
    const double factor = static_cast<double>(b.weight[lane]) * inverse;
    scale[lane] = static_cast<float>(factor);
    slope[lane] = static_cast<float>(-factor * inverse * b.products[lane] / b.count);
    constant[lane] = static_cast<float>(-factor * b.sums[lane] / b.count);
  }
  for (int64_t n = 0; n < shape.batch; ++n) {
    const int64_t start = start_of(shape, n, block);
    for (int64_t i = start; i < start + shape.pixels * LANES; i += LANES) {
      float gradient[LANES];
      for (int64_t lane = 0; lane < LANES; ++lane)
        gradient[lane] = b.y != nullptr && b.y[i + lane] <= 0 ? 0.0F : b.of_y[i + lane];
      if (b.of_residual != nullptr) {
        for (int64_t lane = 0; lane < LANES; ++lane) b.of_residual[i + lane] = gradient[lane];
      }
      for (int64_t lane = 0; lane < LANES; ++lane) {
        const auto at = static_cast<size_t>(lane);
        b.of_x[i + lane] = gradient[lane] * scale[at] + (b.x[i + lane] - b.mean[lane]) * slope[at] + constant[at];
      }
    }
  }
}

GERUND_VECTORS void statistics_of_block(const NormShape& shape, const float* x, int64_t block, float* mean,
                                        float* variance) {
  shape.lanes == 16 ? statistics_of<16>(shape, x, block, mean, variance)
                    : statistics_of<8>(shape, x, block, mean, variance);
}

GERUND_VECTORS void forward_of_block(const NormShape& shape, const float* x, int64_t block, const float* scale,
                                     const float* shift, const float* residual, bool has_relu, float* y) {
  shape.lanes == 16 ? forward_of<16>(shape, x, block, scale, shift, residual, has_relu, y)
                    : forward_of<8>(shape, x, block, scale, shift, residual, has_relu, y);
}

GERUND_VECTORS void gradient_sums_of_block(const NormShape& shape, const Backward& backward, int64_t block) {
  shape.lanes == 16 ? gradient_sums_of<16>(shape, backward, block) : gradient_sums_of<8>(shape, backward, block);
}

GERUND_VECTORS void input_gradient_of_block(const NormShape& shape, const Backward& backward, int64_t block) {
  shape.lanes == 16 ? input_gradient_of<16>(shape, backward, block) : input_gradient_of<8>(shape, backward, block);
}

}  // namespace

void norm_statistics(const NormShape& shape, const float* x, float* mean, float* variance) {
  infer::on_items(shape.blocks, shape.num_threads,
                  [&](int64_t block, int /*thread*/) { statistics_of_block(shape, x, block, mean, variance); });
}

void norm_forward(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* weight,
                  const float* bias, const float* residual, bool has_relu, float* y) {
  infer::on_items(shape.blocks, shape.num_threads, [&](int64_t block, int /*thread*/) {
    Lanes scale{};
    Lanes shift{};
    for (size_t lane = 0; lane < static_cast<size_t>(shape.lanes); ++lane) {
      const auto channel = static_cast<size_t>(block * shape.lanes) + lane;
      scale[lane] = statistics.inverse_deviation[channel] * weight[channel];
      shift[lane] = bias[channel] - statistics.mean[channel] * scale[lane];
    }
    forward_of_block(shape, x, block, scale.data(), shift.data(), residual, has_relu, y);
  });
}

void norm_gradient_sums(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* y,
                        const float* of_y, double* sums, double* products) {
  infer::on_items(shape.blocks, shape.num_threads, [&](int64_t block, int /*thread*/) {
    const int64_t c = block * shape.lanes;
    gradient_sums_of_block(shape,
                           {x, statistics.mean + c, statistics.inverse_deviation + c, nullptr, y, of_y, sums + c,
                            products + c, 0, nullptr, nullptr},
                           block);
  });
}

void norm_input_gradient(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* weight,
                         const float* y, const float* of_y, const double* sums, const double* products, double count,
                         float* of_x, float* of_residual) {
  infer::on_items(shape.blocks, shape.num_threads, [&](int64_t block, int /*thread*/) {
    const int64_t c = block * shape.lanes;
    Sums its_sums{};
    Sums its_products{};
    std::copy_n(sums + c, shape.lanes, its_sums.begin());
    std::copy_n(products + c, shape.lanes, its_products.begin());
    input_gradient_of_block(shape,
                            {x, statistics.mean + c, statistics.inverse_deviation + c, weight + c, y, of_y,
                             its_sums.data(), its_products.data(), count, of_x, of_residual},
                            block);
  });
}

void norm_gradients(const NormShape& shape, const float* x, const NormStatistics& statistics, const float* weight,
                    const float* y, const float* of_y, double* sums, double* products, float* of_x,
                    float* of_residual) {
  const auto count = static_cast<double>(shape.batch * shape.pixels);
  infer::on_items(shape.blocks, shape.num_threads, [&](int64_t block, int /*thread*/) {
    const int64_t c = block * shape.lanes;
    const Backward backward{
        x,    statistics.mean + c, statistics.inverse_deviation + c, weight + c, y, of_y, sums + c, products + c, count,
        of_x, of_residual};
    gradient_sums_of_block(shape, backward, block);
    input_gradient_of_block(shape, backward, block);
  });
}

}  // namespace gerund::ops
