#include "tensor/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace gerund::tensor {
namespace {

using nlohmann::json;
static_assert(std::endian::native == std::endian::little, "safetensors holds little-endian numbers");

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // The limit of the format's own reader.

struct StoredType {
  const char* name;
  int64_t size;
  DType dtype;
};
constexpr StoredType kTypes[] = {{"F32", 4, DType::f32}, {"I64", 8, DType::i64}, {"U8", 1, DType::u8},
                                 {"F16", 2, DType::f32}, {"F64", 8, DType::f32}, {"BF16", 2, DType::f32},
                                 {"I32", 4, DType::i64}};

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw base::UserError(
      fmt::format("{}: not a usable safetensors file: {}; make it again or take another copy", name, what));
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

template <typename T>
T load(const char* source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  return value;
}

// Copies elements, converting the stored types that Tensor lacks.
void fill(Tensor& tensor, const StoredType& type, const char* source) {
  const std::string_view name = type.name;
  const auto convert = [&](auto elements, auto read) {
    for (size_t i = 0; i < elements.size(); ++i) elements[i] = read(source + i * static_cast<size_t>(type.size));
  };
  if (name == "F16") {
    convert(tensor.floats(), [](const char* p) { return half_to_float(load<uint16_t>(p)); });
  } else if (name == "BF16") {
    convert(tensor.floats(),
            [](const char* p) { return std::bit_cast<float>(static_cast<uint32_t>(load<uint16_t>(p)) << 16); });
  } else if (name == "F64") {
    convert(tensor.floats(), [](const char* p) { return static_cast<float>(load<double>(p)); });
  } else if (name == "I32") {
    convert(tensor.ints(), [](const char* p) { return static_cast<int64_t>(load<int32_t>(p)); });
  } else if (!tensor.raw().empty()) {
    std::memcpy(tensor.raw().data(), source, tensor.raw().size());
  }
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
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const StoredType& known) { return dtype == known.name; });
  if (type == std::end(kTypes))
    fail(file, fmt::format("tensor '{}' has type {}; F32, F16, BF16, F64, I64, I32 and U8 are read", tensor, dtype));
  Entry entry{tensor, *type, parse_shape(value["shape"], file, tensor), value["data_offsets"][0].get<uint64_t>(),
              value["data_offsets"][1].get<uint64_t>()};
  int64_t size = 0;
  if (__builtin_mul_overflow(num_elements(entry.shape), entry.type.size, &size) || entry.end < entry.begin ||
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
    Tensor tensor(entry.shape, entry.type.dtype);
    fill(tensor, entry.type, payload.data() + entry.begin);
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

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  json header = json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const auto* type =
        std::find_if(std::begin(kTypes), std::end(kTypes),
                     [wanted = tensor.dtype()](const StoredType& known) { return known.dtype == wanted; });
    if (type == std::end(kTypes)) throw base::InternalError("safetensors files of this element type are not written");
    const uint64_t end = offset + tensor.raw().size();
    header[name] = {{"dtype", type->name}, {"shape", tensor.shape()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes,
              ' ');  // The format aligns the data to 8 bytes.
  const uint64_t length = text.size();
  base::write_whole(path, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), kLengthBytes);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const auto& [name, tensor] : file.tensors) {
      out.write(reinterpret_cast<const char*>(tensor.raw().data()), static_cast<std::streamsize>(tensor.raw().size()));
    }
    out.flush();
    if (!out) throw base::UserError(fmt::format("{}: cannot be written; is the disk full?", path.string()));
  });
}

}  // namespace gerund::tensor
