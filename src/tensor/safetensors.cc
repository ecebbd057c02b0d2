#include "tensor/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "tensor/stored_type.h"

namespace gerund::tensor {
namespace {

using nlohmann::json;

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // The limit of the format's own reader.

struct NamedType {
  const char* name;
  StoredType type;
};
constexpr NamedType kTypes[] = {{"F32", StoredType::f32}, {"I64", StoredType::i64}, {"U8", StoredType::u8},
                                {"F16", StoredType::f16}, {"F64", StoredType::f64}, {"BF16", StoredType::bf16},
                                {"I32", StoredType::i32}};

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw base::UserError(fmt::format(
      "{}: not a usable safetensors file (a checkpoint): {}; make it again, take another copy, or name another file",
      name, what));
}

template <typename T>
T load(const char* source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  return value;
}

json parse_header(std::string_view text, const std::string& name) {
  json header = json::parse(text, nullptr, false);
  if (!header.is_object()) fail(name, "its header is not a JSON object");
  return header;
}

std::map<std::string, std::string> metadata_of(const json& header, const std::string& name) {
  std::map<std::string, std::string> metadata;
  if (!header.contains("__metadata__")) return metadata;
  const json& block = header["__metadata__"];
  if (!block.is_object()) fail(name, "__metadata__ is not a JSON object");
  for (const auto& [key, value] : block.items()) {
    if (!value.is_string()) fail(name, fmt::format("__metadata__ entry '{}' is not text", key));
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

struct Entry {
  std::string name;
  StoredType type;
  Shape shape;
  uint64_t begin = 0;
  uint64_t end = 0;
};

Shape parse_shape(const json& value, const std::string& file, const std::string& tensor) {
  Shape shape;
  int64_t total = 1;
  for (const json& extent : value) {
    if (!extent.is_number_unsigned())
      fail(file, fmt::format("tensor '{}' has a shape that is not a list of counts", tensor));
    shape.push_back(extent.get<int64_t>());
    if (shape.back() < 0 || __builtin_mul_overflow(total, shape.back(), &total))
      fail(file, fmt::format("tensor '{}' is impossibly large", tensor));
  }
  return shape;
}

Entry parse_entry(const std::string& tensor, const json& value, const std::string& file) {
  const bool complete = value.is_object() && value.contains("dtype") && value["dtype"].is_string() &&
                        value.contains("shape") && value["shape"].is_array() && value.contains("data_offsets") &&
                        value["data_offsets"].is_array() && value["data_offsets"].size() == 2 &&
                        value["data_offsets"][0].is_number_unsigned() && value["data_offsets"][1].is_number_unsigned();
  if (!complete) fail(file, fmt::format("tensor '{}' lacks dtype, shape or data_offsets", tensor));
  const auto dtype = value["dtype"].get<std::string>();
  const auto* type =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const NamedType& known) { return dtype == known.name; });
  if (type == std::end(kTypes))
    fail(file, fmt::format("tensor '{}' has type {}; F32, F16, BF16, F64, I64, I32 and U8 are read", tensor, dtype));
  Entry entry{tensor, type->type, parse_shape(value["shape"], file, tensor), value["data_offsets"][0].get<uint64_t>(),
              value["data_offsets"][1].get<uint64_t>()};
  int64_t size = 0;
  if (__builtin_mul_overflow(num_elements(entry.shape), stored_size(entry.type), &size) || entry.end < entry.begin ||
      entry.end - entry.begin != static_cast<uint64_t>(size)) {
    fail(file, fmt::format("tensor '{}' has data_offsets that do not fit its shape and type", tensor));
  }
  return entry;
}

uint64_t header_length(std::string_view first_bytes, const std::string& name) {
  if (first_bytes.size() < kLengthBytes) fail(name, "it is shorter than 8 bytes");
  const auto length = load<uint64_t>(first_bytes.data());
  if (length > kMaxHeaderBytes) fail(name, "it does not begin as one does");
  return length;
}

// All that stands before the elements: the header and its length.
std::string head_of(const TensorFile& file) {
  json header = json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const auto* type =
        std::find_if(std::begin(kTypes), std::end(kTypes),
                     [wanted = tensor.dtype()](const NamedType& known) { return held_as(known.type) == wanted; });
    if (type == std::end(kTypes)) throw base::InternalError("safetensors files of this element type are not written");
    const uint64_t end = offset + tensor.raw().size();
    header[name] = {{"dtype", type->name}, {"shape", tensor.shape()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = base::json_text(header);
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes,
              ' ');  // The format aligns the data to 8 bytes.
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), kLengthBytes) + text;
}

}  // namespace

TensorFile parse_safetensors(std::string_view bytes, const std::string& name) {
  const uint64_t length = header_length(bytes, name);
  if (bytes.size() < kLengthBytes + length) fail(name, "it ends inside its header");
  const json header = parse_header(bytes.substr(kLengthBytes, length), name);
  const std::string_view payload = bytes.substr(kLengthBytes + length);

  std::vector<Entry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key != "__metadata__") entries.push_back(parse_entry(key, value, name));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != expected) fail(name, fmt::format("tensor '{}' overlaps another or leaves a gap", entry.name));
    expected = entry.end;
  }
  if (expected != payload.size())
    fail(name, fmt::format("it holds {} bytes of data where its header names {}", payload.size(), expected));

  TensorFile file{{}, metadata_of(header, name)};
  for (const Entry& entry : entries) {
    Tensor tensor = Tensor::unset(entry.shape, held_as(entry.type));
    copy_elements(entry.type, payload.data() + entry.begin, tensor);
    file.tensors.emplace(entry.name, std::move(tensor));
  }
  return file;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(base::read_file(path), path.string());
}

std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw base::UserError(fmt::format("{}: cannot be read", path.string()));
  std::string start(kLengthBytes, '\0');
  in.read(start.data(), kLengthBytes);
  start.resize(static_cast<size_t>(in.gcount()));
  std::string text(header_length(start, path.string()), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (static_cast<size_t>(in.gcount()) != text.size()) fail(path.string(), "it ends inside its header");
  return metadata_of(parse_header(text, path.string()), path.string());
}

std::string serialize_safetensors(const TensorFile& file) {
  std::string bytes = head_of(file);
  for (const auto& [name, tensor] : file.tensors)
    bytes.append(reinterpret_cast<const char*>(tensor.raw().data()), tensor.raw().size());
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  const std::string head = head_of(file);
  base::write_whole(path, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(head.data(), static_cast<std::streamsize>(head.size()));
    for (const auto& [name, tensor] : file.tensors) {
      out.write(reinterpret_cast<const char*>(tensor.raw().data()), static_cast<std::streamsize>(tensor.raw().size()));
    }
    out.flush();
    if (!out) throw base::UserError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
  });
}

}  // namespace gerund::tensor
