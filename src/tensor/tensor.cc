#include "tensor/tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace gerund::tensor {
namespace {

template <typename T, typename Bytes>
std::span<T> view_as(Bytes& bytes, DType have, DType want) {
  if (have != want) throw base::InternalError("tensor elements read as another type than they have");
  return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
}

}  // namespace

int64_t num_elements(const Shape& shape) {
  int64_t product = 1;
  for (int64_t extent : shape) product *= extent;
  return product;
}

std::string to_string(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

int64_t element_size(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return 4;
    case DType::i64:
      return 8;
    case DType::u8:
    case DType::i8:
      return 1;
    case DType::i32:
      return 4;
  }
  throw base::InternalError("unknown dtype");
}

Tensor Tensor::unset(Shape shape, DType dtype) {
  if (std::any_of(shape.begin(), shape.end(), [](int64_t extent) { return extent < 0; })) {
    throw base::InternalError("negative extent in shape " + to_string(shape));
  }
  Bytes bytes(static_cast<size_t>(num_elements(shape) * element_size(dtype)));
  return of_bytes(std::move(shape), dtype, std::move(bytes));
}

Tensor Tensor::of_bytes(Shape shape, DType dtype, Bytes bytes) {
  if (static_cast<int64_t>(bytes.size()) != num_elements(shape) * element_size(dtype))
    throw base::InternalError(fmt::format("{} bytes for shape {}", bytes.size(), to_string(shape)));
  Tensor tensor;
  tensor.shape_ = std::move(shape);
  tensor.dtype_ = dtype;
  tensor.data_ = std::move(bytes);
  return tensor;
}

Tensor::Tensor(Shape shape, DType dtype) : Tensor(unset(std::move(shape), dtype)) {
  std::fill(data_.begin(), data_.end(), std::byte{0});
}

Tensor::Tensor(Shape shape, std::span<const float> values) : Tensor(unset(std::move(shape))) {
  if (static_cast<int64_t>(values.size()) != size()) {
    throw base::InternalError(fmt::format("{} values for shape {}", values.size(), to_string(shape_)));
  }
  std::copy(values.begin(), values.end(), floats().begin());
}

std::span<float> Tensor::floats() {
  return view_as<float>(data_, dtype_, DType::f32);
}
std::span<const float> Tensor::floats() const {
  return view_as<const float>(data_, dtype_, DType::f32);
}
std::span<int64_t> Tensor::ints() {
  return view_as<int64_t>(data_, dtype_, DType::i64);
}
std::span<const int64_t> Tensor::ints() const {
  return view_as<const int64_t>(data_, dtype_, DType::i64);
}
std::span<uint8_t> Tensor::bytes_u8() {
  return view_as<uint8_t>(data_, dtype_, DType::u8);
}
std::span<const uint8_t> Tensor::bytes_u8() const {
  return view_as<const uint8_t>(data_, dtype_, DType::u8);
}

std::span<int8_t> Tensor::bytes_i8() {
  return view_as<int8_t>(data_, dtype_, DType::i8);
}
std::span<const int8_t> Tensor::bytes_i8() const {
  return view_as<const int8_t>(data_, dtype_, DType::i8);
}
std::span<int32_t> Tensor::ints_i32() {
  return view_as<int32_t>(data_, dtype_, DType::i32);
}
std::span<const int32_t> Tensor::ints_i32() const {
  return view_as<const int32_t>(data_, dtype_, DType::i32);
}

Tensor Tensor::reshaped(Shape shape) const {
  if (num_elements(shape) != size()) {
    throw base::InternalError(fmt::format("shape {} cannot become {}", to_string(shape_), to_string(shape)));
  }
  Tensor result = *this;
  result.shape_ = std::move(shape);
  return result;
}

}  // namespace gerund::tensor
