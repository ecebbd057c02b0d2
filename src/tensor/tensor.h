// tensor/tensor.h - a dense array with a shape: what files, graphs and engines exchange.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gerund::tensor {

/// Leaves new elements as the memory is: for a vector that is written once it has its size.
template <typename T>
struct UnsetAllocator : std::allocator<T> {
  template <typename U>
  struct rebind {
    using other = UnsetAllocator<U>;
  };
  template <typename U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  template <typename U, typename... Values>
  void construct(U* place, Values&&... values) {
    ::new (static_cast<void*>(place)) U(std::forward<Values>(values)...);
  }
};

using Bytes = std::vector<std::byte, UnsetAllocator<std::byte>>;
using Shape = std::vector<int64_t>;

/// Product of the extents; 1 for a scalar.
int64_t num_elements(const Shape& shape);
/// "[8, 3, 16, 112, 112]".
std::string to_string(const Shape& shape);

enum class DType { f32, i64, u8, i8, i32 };
/// Bytes of one element.
int64_t element_size(DType dtype);

/// Owns its elements, row-major, last axis fastest. A value: copies copy.
class Tensor {
 public:
  Tensor() = default;
  /// Zeros. Throws InternalError for a negative extent.
  explicit Tensor(Shape shape, DType dtype = DType::f32);
  /// Of any values: for one that is written whole before it is read. Throws as above.
  static Tensor unset(Shape shape, DType dtype = DType::f32);
  /// Of these bytes; throws InternalError where their number does not fit.
  static Tensor of_bytes(Shape shape, DType dtype, Bytes bytes);
  /// float32 from values; throws InternalError where their number does not fit the shape.
  Tensor(Shape shape, std::span<const float> values);

  const Shape& shape() const { return shape_; }
  int64_t dim(size_t axis) const { return shape_.at(axis); }
  DType dtype() const { return dtype_; }
  int64_t size() const { return num_elements(shape_); }

  /// Elements by type; throws InternalError where the dtype is another.
  std::span<float> floats();
  std::span<const float> floats() const;
  std::span<int64_t> ints();
  std::span<const int64_t> ints() const;
  std::span<uint8_t> bytes_u8();
  std::span<const uint8_t> bytes_u8() const;
  std::span<int8_t> bytes_i8();
  std::span<const int8_t> bytes_i8() const;
  std::span<int32_t> ints_i32();
  std::span<const int32_t> ints_i32() const;

  /// The raw bytes, whatever the type.
  std::span<std::byte> raw() { return data_; }
  std::span<const std::byte> raw() const { return data_; }

  /// The same elements under another shape of the same size.
  Tensor reshaped(Shape shape) const;

 private:
  Shape shape_{0};
  DType dtype_ = DType::f32;
  Bytes data_;
};

}  // namespace gerund::tensor
