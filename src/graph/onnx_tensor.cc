#include "graph/onnx_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "base/error.h"
#include "graph/extents.h"

namespace gerund::graph {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data of ONNX is little endian and copied as it is");

using tensor::DType;
using tensor::Tensor;

struct ElementType {
  DType dtype;
  onnx::TensorProto::DataType onnx;
};
// The first of a dtype is what it is written as: bool is read alone, as numbers 0 and 1.
constexpr std::array kElementTypes{
    ElementType{DType::f32, onnx::TensorProto::FLOAT}, ElementType{DType::i64, onnx::TensorProto::INT64},
    ElementType{DType::u8, onnx::TensorProto::UINT8},  ElementType{DType::i8, onnx::TensorProto::INT8},
    ElementType{DType::i32, onnx::TensorProto::INT32}, ElementType{DType::u8, onnx::TensorProto::BOOL}};

DType dtype_of(const onnx::TensorProto& proto, const std::string& what) {
  for (const ElementType& type : kElementTypes) {
    if (type.onnx == proto.data_type()) return type.dtype;
  }
  throw base::UserError(fmt::format(
      "{} has ONNX data type {}; float (1), uint8 (2), int8 (3), int32 (6), int64 (7) and bool (9) are supported", what,
      proto.data_type()));
}

template <typename T, typename Field>
void copy_field(const Field& field, std::span<T> elements) {
  std::transform(field.begin(), field.end(), elements.begin(), [](auto value) { return static_cast<T>(value); });
}

int64_t field_size(const onnx::TensorProto& proto, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return proto.float_data_size();
    case DType::i64:
      return proto.int64_data_size();
    case DType::u8:
    case DType::i8:
    case DType::i32:
      return proto.int32_data_size();
  }
  throw base::InternalError("unknown dtype");
}

struct TensorType {
  DType dtype;
  tensor::Shape shape;
  int64_t elements;
};

TensorType checked_type(const onnx::TensorProto& proto, const std::string& what) {
  const DType dtype = dtype_of(proto, what);
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    throw base::UserError(what + " keeps its data in another file; save the model as one file");
  }
  if (proto.has_segment()) throw base::UserError(what + " is split into segments, which is not supported");
  tensor::Shape shape(proto.dims().begin(), proto.dims().end());
  const int64_t elements = checked_elements(shape, what);
  return {dtype, std::move(shape), elements};
}

/// Before memory is taken for what the shape claims.
void check_length(const TensorType& type, int64_t have, int64_t want, const char* unit, const std::string& what) {
  if (have == want) return;
  throw base::UserError(fmt::format("{} of shape {} has {} {} where {} are needed; the file is damaged", what,
                                    tensor::to_string(type.shape), have, unit, want));
}

}  // namespace

Tensor from_onnx(const onnx::TensorProto& proto, const std::string& what) {
  if (proto.has_raw_data()) {
    const std::string& raw = proto.raw_data();
    const auto* const bytes = reinterpret_cast<const std::byte*>(raw.data());
    return from_onnx(proto, tensor::Bytes(bytes, bytes + raw.size()), what);
  }
  const TensorType type = checked_type(proto, what);
  check_length(type, field_size(proto, type.dtype), type.elements, "elements", what);
  Tensor tensor = Tensor::unset(type.shape, type.dtype);
  if (type.dtype == DType::f32) {
    copy_field(proto.float_data(), tensor.floats());
  } else if (type.dtype == DType::i64) {
    copy_field(proto.int64_data(), tensor.ints());
  } else if (type.dtype == DType::u8) {
    copy_field(proto.int32_data(), tensor.bytes_u8());
  } else if (type.dtype == DType::i8) {
    copy_field(proto.int32_data(), tensor.bytes_i8());
  } else {
    copy_field(proto.int32_data(), tensor.ints_i32());
  }
  return tensor;
}

Tensor from_onnx(const onnx::TensorProto& proto, tensor::Bytes raw, const std::string& what) {
  TensorType type = checked_type(proto, what);
  const int64_t want = type.elements * tensor::element_size(type.dtype);
  check_length(type, static_cast<int64_t>(raw.size()), want, "bytes", what);
  return Tensor::of_bytes(std::move(type.shape), type.dtype, std::move(raw));
}

onnx::TensorProto to_onnx(const Tensor& tensor, const std::string& name) {
  onnx::TensorProto proto;
  proto.set_name(name);
  proto.set_data_type(std::ranges::find(kElementTypes, tensor.dtype(), &ElementType::dtype)->onnx);
  for (const int64_t extent : tensor.shape()) proto.add_dims(extent);
  proto.set_raw_data(tensor.raw().data(), tensor.raw().size());
  return proto;
}

}  // namespace gerund::graph
