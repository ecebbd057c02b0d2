// tensor/stored_type.h - the element types of files, and how a Tensor holds them.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace gerund::tensor {

enum class StoredType { f32, f16, bf16, f64, i64, i32, i16, i8, u8, boolean };

/// Bytes of one element in the file.
int64_t stored_size(StoredType type);

/// All floats become float32 (f64 is rounded), signed whole numbers int64; u8 and boolean are uint8.
DType held_as(StoredType type);

/// Fills `target`, of dtype held_as(type), from as many little-endian elements at `source`.
void copy_elements(StoredType type, const char* source, Tensor& target);

}  // namespace gerund::tensor
