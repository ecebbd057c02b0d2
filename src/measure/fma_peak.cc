#include "measure/fma_peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/workers.h"
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace gerund::measure {
namespace {

// As many sums as hide the latency of one multiply-add (4 or 5 cycles) at two per cycle, and as fit the registers.
constexpr int kNumSums = 12;
constexpr int kNumAttempts = 7;
constexpr double kAttemptSeconds = 0.02;
// Sums approach kAddend / (1 - kFactor): neither zero nor infinity, which some processors do slower.
constexpr float kFactor = 0.5F;
constexpr float kAddend = 0.25F;

/// Does `num_steps` steps of kNumSums vector multiply-adds; the value keeps the compiler from leaving them out.
using Loop = float (*)(int64_t num_steps);

struct Kernel {
  int num_lanes;  ///< float32 values of one vector.
  Loop loop;
};

#ifdef __x86_64__
__attribute__((target("avx2,fma"))) float loop_avx2(int64_t num_steps) {
  const __m256 factor = _mm256_set1_ps(kFactor);
  const __m256 addend = _mm256_set1_ps(kAddend);
  __m256 sums[kNumSums];
  for (int i = 0; i < kNumSums; ++i) sums[i] = _mm256_set1_ps(static_cast<float>(i));
  for (int64_t step = 0; step < num_steps; ++step) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = _mm256_fmadd_ps(sum, factor, addend);
  }
  __m256 total = sums[0];
  for (int i = 1; i < kNumSums; ++i) total = _mm256_add_ps(total, sums[i]);
  return _mm256_cvtss_f32(total);
}

__attribute__((target("avx512f"))) float loop_avx512(int64_t num_steps) {
  const __m512 factor = _mm512_set1_ps(kFactor);
  const __m512 addend = _mm512_set1_ps(kAddend);
  __m512 sums[kNumSums];
  for (int i = 0; i < kNumSums; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  for (int64_t step = 0; step < num_steps; ++step) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = _mm512_fmadd_ps(sum, factor, addend);
  }
  __m512 total = sums[0];
  for (int i = 1; i < kNumSums; ++i) total = _mm512_add_ps(total, sums[i]);
  return _mm512_cvtss_f32(total);
}
#endif

/// The vectors that every processor of this kind has.
float loop_portable(int64_t num_steps) {
  using Vector = float __attribute__((vector_size(16)));
  const Vector factor = Vector{} + kFactor;
  const Vector addend = Vector{} + kAddend;
  Vector sums[kNumSums];
  for (int i = 0; i < kNumSums; ++i) sums[i] = Vector{} + static_cast<float>(i);
  for (int64_t step = 0; step < num_steps; ++step) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = sum * factor + addend;
  }
  Vector total = sums[0];
  for (int i = 1; i < kNumSums; ++i) total += sums[i];
  return total[0];
}

std::vector<Kernel> kernels_here() {
  std::vector<Kernel> kernels;
#ifdef __x86_64__
  // A processor may be slower with the widest vectors: both are tried.
  if (__builtin_cpu_supports("avx512f")) kernels.push_back({16, loop_avx512});
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) kernels.push_back({8, loop_avx2});
#endif
  if (kernels.empty()) kernels.push_back({4, loop_portable});
  return kernels;
}

double seconds_of(Loop loop, int64_t num_steps, int num_threads) {
  std::atomic<float> kept{0};
  const auto start = std::chrono::steady_clock::now();
  base::parallel_for(num_threads, num_threads, [&](int64_t) { kept.store(loop(num_steps)); });
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Steps that take about kAttemptSeconds.
int64_t steps_of(Loop loop) {
  int64_t num_steps = 1 << 12;
  double seconds = seconds_of(loop, num_steps, 1);
  while (seconds < kAttemptSeconds / 4) {
    num_steps *= 2;
    seconds = seconds_of(loop, num_steps, 1);
  }
  return static_cast<int64_t>(static_cast<double>(num_steps) * kAttemptSeconds / seconds) + 1;
}

double best_gflops(const Kernel& kernel, int num_threads) {
  const int64_t num_steps = steps_of(kernel.loop);
  const double flop = 2.0 * kernel.num_lanes * kNumSums * static_cast<double>(num_steps) * num_threads;
  double best = 0;
  for (int attempt = 0; attempt < kNumAttempts; ++attempt)
    best = std::max(best, flop / seconds_of(kernel.loop, num_steps, num_threads) * 1e-9);
  return best;
}

}  // namespace

double fma_peak_gflops(int num_threads) {
  double best = 0;
  for (const Kernel& kernel : kernels_here()) best = std::max(best, best_gflops(kernel, num_threads));
  return best;
}

}  // namespace gerund::measure
