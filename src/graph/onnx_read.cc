// Reading half of graph/onnx_file.h.
#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/seal.h"
#include "graph/attributes.h"
#include "graph/extents.h"
#include "graph/onnx_file.h"
#include "graph/onnx_pieces.h"
#include "graph/onnx_tensor.h"

namespace gerund::graph {
namespace {

constexpr size_t kMostBytes = std::numeric_limits<int>::max();  // Of protobuf.
constexpr int kBlockBytes = 256 << 10;                          // What is read at once stays in the cache.

bool is_standard(const std::string& domain) {
  return domain.empty() || domain == "ai.onnx";
}

/// Builds a Model from a parsed file; every message begins with the name of the file.
class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  Model read(ModelPieces pieces) {
    const onnx::ModelProto& proto = pieces.proto;
    if (!proto.has_graph() || !proto.has_ir_version()) fail("is no ONNX model, or is cut short");
    if (proto.functions_size() > 0) fail("has functions of its own, which are not supported; export it without");
    model_.name = proto.graph().name();
    model_.opset = read_opset(proto);
    for (const auto& entry : proto.metadata_props()) model_.metadata[entry.key()] = entry.value();
    if (proto.graph().sparse_initializer_size() > 0) fail("has sparse weights, which are not supported");
    for (WeightPiece& piece : pieces.weights) add_weight(piece.proto.name(), weight_of(piece));
    read_graph(proto.graph());
    return std::move(model_);
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw base::UserError(fmt::format("{}: {}", file_, reason));
  }

  int64_t read_opset(const onnx::ModelProto& proto) const {
    for (const auto& entry : proto.opset_import()) {
      if (!is_standard(entry.domain())) continue;
      if (entry.version() >= kMinOpset && entry.version() <= kMaxOpset) return entry.version();
      fail(fmt::format("has opset {}; {} to {} can be read; export it with opset 17", entry.version(), kMinOpset,
                       kMaxOpset));
    }
    fail("does not say its opset; it is no ONNX model, or is cut short");
  }

  void read_graph(const onnx::GraphProto& graph) {
    for (const auto& input : graph.input()) {
      if (model_.initializers.count(input.name()) > 0) continue;
      define(input.name());
      model_.inputs.push_back(read_value(input, "input"));
    }
    for (const auto& node : graph.node()) add_node(node);
    if (graph.output_size() == 0) fail("has no output; it is no ONNX model, or is cut short");
    for (const auto& output : graph.output()) {
      if (defined_.count(output.name()) == 0) fail(fmt::format("output '{}' is made by no node", output.name()));
      model_.outputs.push_back(read_value(output, "output"));
    }
  }

  Value read_value(const onnx::ValueInfoProto& proto, const char* kind) const {
    const auto& type = proto.type().tensor_type();
    if (!proto.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT) {
      fail(fmt::format("{} '{}' is no float tensor, which alone are supported", kind, proto.name()));
    }
    if (!type.has_shape()) fail(fmt::format("{} '{}' has no shape", kind, proto.name()));
    Value value{proto.name(), {}};
    for (const auto& dim : type.shape().dim()) {
      if (dim.has_dim_value() && dim.dim_value() < 1) {
        fail(fmt::format("{} '{}' has extent {}; 1 or more is wanted, or a name where it is free", kind, proto.name(),
                         dim.dim_value()));
      }
      value.shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    }
    if (value.shape.size() > kMaxRank) {
      fail(fmt::format("{} '{}' has {} axes; at most {} are supported", kind, proto.name(), value.shape.size(),
                       kMaxRank));
    }
    return value;
  }

  void define(const std::string& name) {
    if (name.empty()) fail("has a value without a name");
    if (!defined_.insert(name).second) fail(fmt::format("value '{}' is made twice", name));
  }

  void add_weight(const std::string& name, tensor::Tensor weight) {
    define(name);
    model_.initializers.emplace(name, std::move(weight));
  }

  /// Takes the bytes out of `piece`.
  tensor::Tensor weight_of(WeightPiece& piece) const {
    const std::string what = fmt::format("{}: weight '{}'", file_, piece.proto.name());
    return piece.raw ? from_onnx(piece.proto, std::move(*piece.raw), what) : from_onnx(piece.proto, what);
  }

  void add_node(const onnx::NodeProto& proto) {
    Node node{proto.op_type(), proto.name(), {}, {}, {}};
    node.inputs.assign(proto.input().begin(), proto.input().end());
    node.outputs.assign(proto.output().begin(), proto.output().end());
    if (!is_standard(proto.domain())) {
      fail(fmt::format("{}: operators of domain '{}' are not supported", describe(node), proto.domain()));
    }
    for (const std::string& input : node.inputs) {
      if (!input.empty() && defined_.count(input) == 0) {
        fail(fmt::format("{}: reads '{}', which nothing before it makes", describe(node), input));
      }
    }
    if (node.outputs.empty() || node.outputs.front().empty()) fail(describe(node) + ": has no output");
    for (const auto& attribute : proto.attribute()) add_attribute(node, attribute);
    if (node.op == "Constant") {
      add_weight(node.outputs.front(), constant_of(node));
      return;
    }
    for (const std::string& output : node.outputs) {
      if (!output.empty()) define(output);
    }
    model_.nodes.push_back(std::move(node));
  }

  void add_attribute(Node& node, const onnx::AttributeProto& proto) const {
    const bool is_new = node.attributes.emplace(proto.name(), read_attribute(node, proto)).second;
    if (!is_new) fail(fmt::format("{}: attribute '{}' is given twice", describe(node), proto.name()));
  }

  Attribute read_attribute(const Node& node, const onnx::AttributeProto& proto) const {
    switch (proto.type()) {
      case onnx::AttributeProto::INT:
        return proto.i();
      case onnx::AttributeProto::FLOAT:
        return proto.f();
      case onnx::AttributeProto::STRING:
        return proto.s();
      case onnx::AttributeProto::INTS:
        return std::vector<int64_t>(proto.ints().begin(), proto.ints().end());
      case onnx::AttributeProto::FLOATS:
        return std::vector<float>(proto.floats().begin(), proto.floats().end());
      case onnx::AttributeProto::TENSOR:
        return from_onnx(proto.t(), fmt::format("{}: {}: '{}'", file_, describe(node), proto.name()));
      default:
        fail(
            fmt::format("{}: attribute '{}' has ONNX type {} (subgraphs, lists of text and sparse tensors are not "
                        "supported)",
                        describe(node), proto.name(), static_cast<int>(proto.type())));
    }
  }

  /// The value of a Constant node, whichever of its attributes holds it.
  tensor::Tensor constant_of(const Node& node) const {
    if (node.attributes.size() == 1) {
      const auto& [name, value] = *node.attributes.begin();
      if (const auto* whole = std::get_if<tensor::Tensor>(&value); whole != nullptr && name == "value") return *whole;
      if (const auto* number = std::get_if<float>(&value)) return tensor::Tensor({}, std::span(number, 1));
      if (const auto* integer = std::get_if<int64_t>(&value)) return int_tensor({}, {*integer});
      if (const auto* integers = std::get_if<Ints>(&value)) {
        return int_tensor({static_cast<int64_t>(integers->size())}, *integers);
      }
      if (const auto* numbers = std::get_if<std::vector<float>>(&value)) {
        return tensor::Tensor({static_cast<int64_t>(numbers->size())}, *numbers);
      }
    }
    fail(describe(node) + ": holds no float, int64, int32, int8 or uint8 value");
  }

  static tensor::Tensor int_tensor(const tensor::Shape& shape, const Ints& values) {
    tensor::Tensor tensor(shape, tensor::DType::i64);
    std::copy(values.begin(), values.end(), tensor.ints().begin());
    return tensor;
  }

  const std::string file_;
  Model model_;
  std::set<std::string> defined_;  // Names of all values so far.
};

Model read_stream(google::protobuf::io::ZeroCopyInputStream& bytes, size_t length, const std::string& name) {
  if (length > kMostBytes)
    throw base::UserError(fmt::format("{}: has {} bytes; an ONNX file holds at most 2 GiB", name, length));
  std::optional<ModelPieces> pieces = parse_pieces(bytes, static_cast<int>(length));
  if (!pieces) throw base::UserError(fmt::format("{}: is no ONNX model, or is cut short", name));
  return Reader(name).read(std::move(*pieces));
}

}  // namespace

Model parse_onnx(std::string_view bytes, const std::string& name) {
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(std::min(bytes.size(), kMostBytes)));
  return read_stream(stream, bytes.size(), name);
}

Model read_onnx(const std::filesystem::path& path, const std::string& key) {
  if (!std::filesystem::is_regular_file(path) || base::is_sealed_file(path))
    return parse_onnx(base::read_unsealed(path, key), path.string());
  if (path.extension() == ".etlt") {
    throw base::UserError(
        fmt::format("{}: is sealed by NVIDIA's TAO, and only its software opens it; export the network there as ONNX",
                    path.string()));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw base::UserError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  const auto length = static_cast<size_t>(file.seekg(0, std::ios::end).tellg());
  file.seekg(0);
  google::protobuf::io::IstreamInputStream stream(&file, kBlockBytes);
  return read_stream(stream, length, path.string());
}

}  // namespace gerund::graph
