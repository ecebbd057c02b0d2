#include "infer/winograd/kernels.h"

namespace gerund::infer {

extern const WinogradKernels kPortableKernels;
#if defined(__x86_64__)
extern const WinogradKernels kAvx2Kernels;
extern const WinogradKernels kAvx512Kernels;
#endif

std::vector<const WinogradKernels*> winograd_kernels() {
  std::vector<const WinogradKernels*> result;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) result.push_back(&kAvx512Kernels);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) result.push_back(&kAvx2Kernels);
#endif
  result.push_back(&kPortableKernels);
  return result;
}

}  // namespace gerund::infer
