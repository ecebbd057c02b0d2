// The kernels for any processor, compiled without flags of their own.
#include "infer/winograd/kernels_body.h"

namespace gerund::infer {

extern const WinogradKernels kPortableKernels;
const WinogradKernels kPortableKernels = make_kernels("portable");

}  // namespace gerund::infer
