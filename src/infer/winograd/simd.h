// infer/winograd/simd.h - vectors of float32 in the instruction set that the including file is compiled for. Everything
// has internal linkage: files compiled for different processors share no code (the linker would keep one copy for all).
#pragma once

#include <cstdint>
#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace gerund::infer {
namespace {

#if defined(__AVX512F__)

constexpr int kLanes = 16;
constexpr int kTileRows = 14;  // 28 of 32 registers hold sums.
using Vector = __m512;
inline Vector load(const float* from) {
  return _mm512_loadu_ps(from);
}
inline void store(float* to, Vector x) {
  _mm512_storeu_ps(to, x);
}
inline Vector broadcast(float x) {
  return _mm512_set1_ps(x);
}
inline Vector zero() {
  return _mm512_setzero_ps();
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return _mm512_fmadd_ps(a, b, c);
}
inline Vector subtract_multiple(Vector a, Vector b, Vector c) {
  return _mm512_fnmadd_ps(a, b, c);
}
inline Vector multiply_by(Vector a, Vector b) {
  return _mm512_mul_ps(a, b);
}
inline Vector add(Vector a, Vector b) {
  return _mm512_add_ps(a, b);
}
inline Vector subtract(Vector a, Vector b) {
  return _mm512_sub_ps(a, b);
}
inline Vector clamp(Vector x, Vector low, Vector high) {
  return _mm512_min_ps(_mm512_max_ps(x, low), high);
}

#elif defined(__AVX2__)

constexpr int kLanes = 8;
constexpr int kTileRows = 6;  // 12 of 16 registers hold sums.
using Vector = __m256;
inline Vector load(const float* from) {
  return _mm256_loadu_ps(from);
}
inline void store(float* to, Vector x) {
  _mm256_storeu_ps(to, x);
}
inline Vector broadcast(float x) {
  return _mm256_set1_ps(x);
}
inline Vector zero() {
  return _mm256_setzero_ps();
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return _mm256_fmadd_ps(a, b, c);
}
inline Vector subtract_multiple(Vector a, Vector b, Vector c) {
  return _mm256_fnmadd_ps(a, b, c);
}
inline Vector multiply_by(Vector a, Vector b) {
  return _mm256_mul_ps(a, b);
}
inline Vector add(Vector a, Vector b) {
  return _mm256_add_ps(a, b);
}
inline Vector subtract(Vector a, Vector b) {
  return _mm256_sub_ps(a, b);
}
inline Vector clamp(Vector x, Vector low, Vector high) {
  return _mm256_min_ps(_mm256_max_ps(x, low), high);
}

#else  // Plain C++ that compilers turn into what the processor has (SSE, NEON).

constexpr int kLanes = 8;
constexpr int kTileRows = 4;
struct Vector {
  float x[8];
};
template <typename Combine>
inline Vector combine(Combine of) {
  Vector result;
  for (int i = 0; i < kLanes; ++i) result.x[i] = of(i);
  return result;
}
inline Vector load(const float* from) {
  return combine([&](int i) { return from[i]; });
}
inline void store(float* to, const Vector& v) {
  for (int i = 0; i < kLanes; ++i) to[i] = v.x[i];
}
inline Vector broadcast(float x) {
  return combine([&](int) { return x; });
}
inline Vector zero() {
  return broadcast(0);
}
inline Vector multiply_add(const Vector& a, const Vector& b, const Vector& c) {
  return combine([&](int i) { return a.x[i] * b.x[i] + c.x[i]; });
}
inline Vector subtract_multiple(const Vector& a, const Vector& b, const Vector& c) {
  return combine([&](int i) { return c.x[i] - a.x[i] * b.x[i]; });
}
inline Vector multiply_by(const Vector& a, const Vector& b) {
  return combine([&](int i) { return a.x[i] * b.x[i]; });
}
inline Vector add(const Vector& a, const Vector& b) {
  return combine([&](int i) { return a.x[i] + b.x[i]; });
}
inline Vector subtract(const Vector& a, const Vector& b) {
  return combine([&](int i) { return a.x[i] - b.x[i]; });
}
inline Vector clamp(const Vector& v, const Vector& low, const Vector& high) {
  return combine([&](int i) {
    const float raised = v.x[i] > low.x[i] ? v.x[i] : low.x[i];
    return raised < high.x[i] ? raised : high.x[i];
  });
}

#endif

}  // namespace
}  // namespace gerund::infer
