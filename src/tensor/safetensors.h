// tensor/safetensors.h - the safetensors file format (huggingface/safetensors, format documentation): named arrays and
// text.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "tensor/tensor.h"

namespace gerund::tensor {

/// What one file holds. Names are kept in order of their bytes.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;  ///< "__metadata__" of the format: text by name.
};

/// Reads a file. Types F32, I64, U8; F16, BF16 and F64 are widened or narrowed to F32, I32 widened to I64. Throws
/// UserError naming `path` for a file cut short, a header that is not JSON, offsets that overlap, leave a gap or do not
/// fit shape and type.
TensorFile read_safetensors(const std::filesystem::path& path);
/// Reads only the "__metadata__" texts, without the arrays.
std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& path);
/// Parses the bytes of a file; `name` stands in messages.
TensorFile parse_safetensors(std::string_view bytes, const std::string& name);

/// The bytes of a file.
std::string serialize_safetensors(const TensorFile& file);
/// Writes a file, whole or not at all.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace gerund::tensor
