// The kernels for AVX2 with FMA. CMakeLists.txt gives this file its flags: nothing here runs before the processor was
// asked.
#include "infer/winograd/kernels_body.h"

namespace gerund::infer {

extern const WinogradKernels kAvx2Kernels;
const WinogradKernels kAvx2Kernels = make_kernels("avx2");

}  // namespace gerund::infer
