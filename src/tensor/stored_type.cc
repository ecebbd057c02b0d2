#include "tensor/stored_type.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace gerund::tensor {
namespace {

static_assert(std::endian::native == std::endian::little, "files hold little-endian numbers");

template <typename T>
T load(const char* source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  return value;
}

float half_to_float(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  float value = 0;
  if (exponent == 31) {
    value = mantissa ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(mantissa), -24);
  } else {
    value = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  }
  return bits & 0x8000 ? -value : value;
}

template <typename Stored, typename Held, typename Convert>
void convert(std::span<Held> elements, const char* source, const Convert& to_held) {
  for (size_t i = 0; i < elements.size(); ++i) elements[i] = to_held(load<Stored>(source + i * sizeof(Stored)));
}

template <typename Stored>
void widen(std::span<int64_t> elements, const char* source) {
  convert<Stored>(elements, source, [](Stored value) { return static_cast<int64_t>(value); });
}

}  // namespace

int64_t stored_size(StoredType type) {
  switch (type) {
    case StoredType::f64:
    case StoredType::i64:
      return 8;
    case StoredType::f32:
    case StoredType::i32:
      return 4;
    case StoredType::f16:
    case StoredType::bf16:
    case StoredType::i16:
      return 2;
    case StoredType::i8:
    case StoredType::u8:
    case StoredType::boolean:
      return 1;
  }
  throw base::InternalError("unknown stored type");
}

DType held_as(StoredType type) {
  switch (type) {
    case StoredType::f32:
    case StoredType::f16:
    case StoredType::bf16:
    case StoredType::f64:
      return DType::f32;
    case StoredType::i64:
    case StoredType::i32:
    case StoredType::i16:
    case StoredType::i8:
      return DType::i64;
    case StoredType::u8:
    case StoredType::boolean:
      return DType::u8;
  }
  throw base::InternalError("unknown stored type");
}

void copy_elements(StoredType type, const char* source, Tensor& target) {
  switch (type) {
    case StoredType::f16:
      return convert<uint16_t>(target.floats(), source, half_to_float);
    case StoredType::bf16:
      return convert<uint16_t>(target.floats(), source,
                               [](uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); });
    case StoredType::f64:
      return convert<double>(target.floats(), source, [](double value) { return static_cast<float>(value); });
    case StoredType::i32:
      return widen<int32_t>(target.ints(), source);
    case StoredType::i16:
      return widen<int16_t>(target.ints(), source);
    case StoredType::i8:
      return widen<int8_t>(target.ints(), source);
    case StoredType::f32:
    case StoredType::i64:
    case StoredType::u8:
    case StoredType::boolean:
      if (!target.raw().empty()) std::memcpy(target.raw().data(), source, target.raw().size());
  }
}

}  // namespace gerund::tensor
