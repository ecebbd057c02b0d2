#include "graph/operators.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"
#include "graph/attributes.h"
#include "graph/shape_rules.h"

namespace gerund::graph {
namespace {

// Operator, fewest and most inputs, first list input, shape rule, number of list inputs where it is not 1, integers.
// The kernels are in infer/reference/kernels.cc.
constexpr std::array kOperators{
    Operator{"Add", 2, 2, -1, broadcast_shape},
    Operator{"AveragePool", 1, 1, -1, pool_shape},
    Operator{"BatchNormalization", 5, 5, -1, batch_norm_shape},
    Operator{"Clip", 1, 3, -1, clip_shape},
    Operator{"Concat", 1, kAnyNumber, -1, concat_shape},
    Operator{"Conv", 2, 3, -1, conv_shape},
    Operator{"DequantizeLinear", 2, 3, -1, quantize_shape, 1, true},
    Operator{"Div", 2, 2, -1, broadcast_shape},
    Operator{"Dropout", 1, 3, -1, same_shape, 1, true},
    Operator{"Flatten", 1, 1, -1, flatten_shape},
    Operator{"Gemm", 2, 3, -1, gemm_shape},
    Operator{"GlobalAveragePool", 1, 1, -1, global_pool_shape},
    Operator{"HardSigmoid", 1, 1, -1, same_shape},
    Operator{"HardSwish", 1, 1, -1, same_shape},
    Operator{"Identity", 1, 1, -1, same_shape},
    Operator{"MatMul", 2, 2, -1, matmul_shape},
    Operator{"MaxPool", 1, 1, -1, pool_shape},
    Operator{"Mul", 2, 2, -1, broadcast_shape},
    Operator{"Pad", 1, 3, 1, pad_shape},
    Operator{"QuantizeLinear", 2, 3, -1, quantize_shape, 1, true},
    Operator{"ReduceMean", 1, 2, 1, reduce_shape},
    Operator{"Relu", 1, 1, -1, same_shape},
    Operator{"Reshape", 2, 2, 1, reshape_shape},
    Operator{"Sigmoid", 1, 1, -1, same_shape},
    Operator{"Slice", 1, 5, 1, slice_shape, 4},
    Operator{"Softmax", 1, 1, -1, softmax_shape},
    Operator{"Squeeze", 1, 2, 1, squeeze_shape},
    Operator{"Sub", 2, 2, -1, broadcast_shape},
    Operator{"Transpose", 1, 1, -1, transpose_shape},
    Operator{"Unsqueeze", 1, 2, 1, unsqueeze_shape},
};

struct Stand {
  const char* op;
  const char* nearest;
};
// What does the work of operators that are met in networks for video.
constexpr std::array kStands{Stand{"Celu", "Relu"},
                             Stand{"Elu", "Relu"},
                             Stand{"LeakyRelu", "Relu, or Mul and Sub around two of them"},
                             Stand{"PRelu", "Relu, or Mul and Sub around two of them"},
                             Stand{"Selu", "Relu"},
                             Stand{"Gelu", "HardSwish, or Mul and Sigmoid"},
                             Stand{"Mish", "HardSwish"},
                             Stand{"Swish", "HardSwish, or Mul and Sigmoid"},
                             Stand{"Tanh", "Sigmoid: tanh(x) = 2 sigmoid(2 x) - 1"},
                             Stand{"Softplus", "Relu"},
                             Stand{"LogSoftmax", "Softmax"},
                             Stand{"GlobalMaxPool", "MaxPool whose kernel_shape is the whole picture"},
                             Stand{"ReduceMax", "MaxPool whose kernel_shape is all that it reduces"},
                             Stand{"ReduceSum", "ReduceMean and Mul"},
                             Stand{"ConvTranspose", "Conv"},
                             Stand{"ConvInteger", "Conv between QuantizeLinear and DequantizeLinear"},
                             Stand{"QLinearConv", "Conv between QuantizeLinear and DequantizeLinear"},
                             Stand{"QLinearMatMul", "MatMul between QuantizeLinear and DequantizeLinear"},
                             Stand{"GroupNormalization", "BatchNormalization"},
                             Stand{"InstanceNormalization", "BatchNormalization"},
                             Stand{"LayerNormalization", "BatchNormalization"},
                             Stand{"Cast", "none: float32 throughout, without it"},
                             Stand{"Expand", "Add or Mul, which broadcast"},
                             Stand{"Gather", "Slice"},
                             Stand{"Split", "Slice, once for each part"},
                             Stand{"Pow", "Mul"},
                             Stand{"Sqrt", "none; fold it into constants"}};

std::string nearest_to(const std::string& op) {
  for (const Stand& stand : kStands)
    if (op == stand.op) return stand.nearest;
  std::vector<std::string> names;
  names.reserve(kOperators.size());
  for (const Operator& entry : kOperators) names.emplace_back(entry.op);
  return base::nearest_name(op, names);
}

}  // namespace

const Operator& find_operator(const Node& node) {
  for (const Operator& entry : kOperators) {
    if (entry.op == std::string_view(node.op)) return entry;
  }
  std::string known;
  for (const Operator& entry : kOperators) known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.op);
  throw base::UserError(
      fmt::format("{}: the operator is not supported; the nearest is {}; export the network with these: {}",
                  describe(node), nearest_to(node.op), known));
}

}  // namespace gerund::graph
