// graph/onnx_file.h - ONNX files in and out.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "graph/model.h"

namespace gerund::graph {

/// Opsets of the standard domain that read_onnx takes.
inline constexpr int64_t kMinOpset = 7;
inline constexpr int64_t kMaxOpset = 22;

/// Reads an ONNX file. Throws UserError naming `path` for a file that is no ONNX model, is cut short or uses what Model
/// cannot hold (subgraphs, external data, types other than float, int64, int32, int8, uint8 and bool). Constant nodes
/// become initializers; an input that an initializer gives is no input. A file that gerund sealed is opened with `key`
/// (base/seal.h); an .etlt that NVIDIA's TAO sealed is a UserError.
Model read_onnx(const std::filesystem::path& path, const std::string& key = "");

/// Parses the bytes of a file; `name` stands in messages.
Model parse_onnx(std::string_view bytes, const std::string& name);

/// Writes an ONNX file (whole or not at all) after it passed ONNX's own checker and its shape inference. Throws
/// InternalError with the checker's words. Sealed where `key` is not "".
void write_onnx(const std::filesystem::path& path, const Model& model, const std::string& key = "");

}  // namespace gerund::graph
