// The kernels for AVX-512. CMakeLists.txt gives this file its flags: nothing here runs before the processor was asked.
#include "infer/winograd/kernels_body.h"

namespace gerund::infer {

extern const WinogradKernels kAvx512Kernels;
const WinogradKernels kAvx512Kernels = make_kernels("avx512");

}  // namespace gerund::infer
