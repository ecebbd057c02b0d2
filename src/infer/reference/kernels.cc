#include "infer/reference/kernels.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/error.h"
#include "graph/attributes.h"

namespace gerund::infer {
namespace {

struct KernelEntry {
  const char* op;
  Kernel run;
};

// The shape rules are in graph/operators.cc.
constexpr std::array kKernels{
    KernelEntry{"Add", add},
    KernelEntry{"AveragePool", average_pool},
    KernelEntry{"BatchNormalization", batch_norm},
    KernelEntry{"Clip", clip},
    KernelEntry{"Concat", concat},
    KernelEntry{"Conv", conv},
    KernelEntry{"DequantizeLinear", dequantize},
    KernelEntry{"Div", divide},
    KernelEntry{"Dropout", keep_elements},
    KernelEntry{"Flatten", keep_elements},
    KernelEntry{"Gemm", gemm},
    KernelEntry{"GlobalAveragePool", global_average_pool},
    KernelEntry{"HardSigmoid", hard_sigmoid},
    KernelEntry{"HardSwish", hard_swish},
    KernelEntry{"Identity", keep_elements},
    KernelEntry{"MatMul", matmul},
    KernelEntry{"MaxPool", max_pool},
    KernelEntry{"Mul", multiply},
    KernelEntry{"Pad", pad},
    KernelEntry{"QuantizeLinear", quantize},
    KernelEntry{"ReduceMean", reduce_mean},
    KernelEntry{"Relu", relu},
    KernelEntry{"Reshape", keep_elements},
    KernelEntry{"Sigmoid", sigmoid},
    KernelEntry{"Slice", slice},
    KernelEntry{"Softmax", softmax},
    KernelEntry{"Squeeze", keep_elements},
    KernelEntry{"Sub", subtract},
    KernelEntry{"Transpose", transpose},
    KernelEntry{"Unsqueeze", keep_elements},
};

}  // namespace

Kernel find_kernel(const graph::Node& node) {
  for (const KernelEntry& entry : kKernels) {
    if (entry.op == std::string_view(node.op)) return entry.run;
  }
  throw base::UserError(fmt::format("{}: the reference engine has no such operator", graph::describe(node)));
}

}  // namespace gerund::infer
