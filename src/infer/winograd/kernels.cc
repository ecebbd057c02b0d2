#include "infer/winograd/kernels.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace gerund::infer {

extern const WinogradKernels kPortableKernels;
#if defined(__x86_64__)
extern const WinogradKernels kAvx2Kernels;
extern const WinogradKernels kAvx512Kernels;
extern const WinogradKernels kAmxKernels;
#endif

namespace {

#if defined(__x86_64__) && defined(__linux__)
/// AMX and bfloat16 in vectors. Linux lets a process have the large registers of AMX only after it asked.
bool has_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kAmxBf16 = 1U << 22, kAmxTile = 1U << 24, kAvx512Bf16 = 1U << 5;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kAmxBf16) == 0 || (d & kAmxTile) == 0) return false;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) == 0 || (a & kAvx512Bf16) == 0) return false;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return __builtin_cpu_supports("avx512f") && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#endif

}  // namespace

std::vector<const WinogradKernels*> winograd_kernels() {
  std::vector<const WinogradKernels*> result;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) result.push_back(&kAvx512Kernels);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) result.push_back(&kAvx2Kernels);
#endif
  result.push_back(&kPortableKernels);
  return result;
}

const WinogradKernels* winograd_kernels_of_halves() {
#if defined(__x86_64__) && defined(__linux__)
  static const bool is_there = has_amx();
  if (is_there) return &kAmxKernels;
#endif
  return nullptr;
}

}  // namespace gerund::infer
