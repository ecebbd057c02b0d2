// Writing half of graph/onnx_file.h.
#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/seal.h"
#include "graph/onnx_file.h"
#include "graph/onnx_tensor.h"

namespace gerund::graph {
namespace {

constexpr int64_t kIrVersion = 8;

/// Free extents get names; the same name means the same extent, so only the batch shares one.
void write_value(const Value& value, onnx::ValueInfoProto* proto) {
  proto->set_name(value.name);
  auto* type = proto->mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  auto* shape = type->mutable_shape();
  for (size_t axis = 0; axis < value.shape.size(); ++axis) {
    auto* dim = shape->add_dim();
    if (value.shape[axis] != -1) {
      dim->set_dim_value(value.shape[axis]);
    } else {
      dim->set_dim_param(axis == 0 ? "batch" : fmt::format("{}_{}", value.name, axis));
    }
  }
}

/// Sets the field of an AttributeProto that fits the type held.
struct AttributeWriter {
  onnx::AttributeProto* proto;

  void operator()(int64_t value) const {
    proto->set_type(onnx::AttributeProto::INT);
    proto->set_i(value);
  }
  void operator()(float value) const {
    proto->set_type(onnx::AttributeProto::FLOAT);
    proto->set_f(value);
  }
  void operator()(const std::string& value) const {
    proto->set_type(onnx::AttributeProto::STRING);
    proto->set_s(value);
  }
  void operator()(const std::vector<int64_t>& values) const {
    proto->set_type(onnx::AttributeProto::INTS);
    for (const int64_t value : values) proto->add_ints(value);
  }
  void operator()(const std::vector<float>& values) const {
    proto->set_type(onnx::AttributeProto::FLOATS);
    for (const float value : values) proto->add_floats(value);
  }
  void operator()(const tensor::Tensor& value) const {
    proto->set_type(onnx::AttributeProto::TENSOR);
    *proto->mutable_t() = to_onnx(value, proto->name());
  }
};

void write_node(const Node& node, onnx::NodeProto* proto) {
  proto->set_op_type(node.op);
  proto->set_name(node.name);
  for (const std::string& input : node.inputs) proto->add_input(input);
  for (const std::string& output : node.outputs) proto->add_output(output);
  for (const auto& [name, value] : node.attributes) {
    auto* attribute = proto->add_attribute();
    attribute->set_name(name);
    std::visit(AttributeWriter{attribute}, value);
  }
}

onnx::ModelProto make_proto(const Model& model) {
  onnx::ModelProto proto;
  proto.set_ir_version(kIrVersion);
  proto.set_producer_name("gerund");
  auto* opset = proto.add_opset_import();
  opset->set_domain("");
  opset->set_version(model.opset);
  for (const auto& [key, value] : model.metadata) {
    auto* entry = proto.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  auto* graph = proto.mutable_graph();
  graph->set_name(model.name.empty() ? "gerund" : model.name);
  for (const Value& input : model.inputs) write_value(input, graph->add_input());
  for (const Value& output : model.outputs) write_value(output, graph->add_output());
  for (const Node& node : model.nodes) write_node(node, graph->add_node());
  for (const auto& [name, weight] : model.initializers) *graph->add_initializer() = to_onnx(weight, name);
  return proto;
}

/// ONNX's checker, then its shape inference with every inconsistency an error.
void check(const onnx::ModelProto& proto, const std::string& file) {
  try {
    onnx::checker::check_model(proto);
    onnx::ModelProto inferred = proto;
    onnx::shape_inference::InferShapes(inferred, onnx::OpSchemaRegistry::Instance(),
                                       onnx::ShapeInferenceOptions(true, 1, false));
  } catch (const std::exception& error) {
    throw base::InternalError(fmt::format("{}: ONNX's checker refuses the model: {}", file, error.what()));
  }
}

}  // namespace

void write_onnx(const std::filesystem::path& path, const Model& model, const std::string& key) {
  const onnx::ModelProto proto = make_proto(model);
  if (proto.ByteSizeLong() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    throw base::UserError(fmt::format("{}: the model has {} bytes; an ONNX file holds at most 2 GiB", path.string(),
                                      proto.ByteSizeLong()));
  }
  check(proto, path.string());
  if (!key.empty()) {
    base::write_sealed(path, proto.SerializeAsString(), key);
    return;
  }
  base::write_whole(path, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    if (!proto.SerializeToOstream(&out) || !out.flush()) {
      throw base::UserError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
    }
  });
}

}  // namespace gerund::graph
