#include "flow/flo_file.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/files.h"

namespace gerund::flow {
namespace {

static_assert(std::endian::native == std::endian::little, ".flo files are little-endian");

constexpr std::string_view kTag = "PIEH";  // 202021.25 as a float.
constexpr size_t kHeaderBytes = 12;
constexpr int32_t kMostPixels = 32768;  // Of a side.

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& reason) {
  throw base::UserError(fmt::format("{}: {}; make the .flo file again or leave it out", path.string(), reason));
}

Field make_field(const std::filesystem::path& path, std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) refuse(path, fmt::format("is cut short: {} bytes are no flow file", bytes.size()));
  if (!bytes.starts_with(kTag)) refuse(path, "is no .flo file: it does not begin with PIEH");
  int32_t width = 0, height = 0;
  std::memcpy(&width, bytes.data() + 4, 4);
  std::memcpy(&height, bytes.data() + 8, 4);
  if (width < 1 || height < 1 || width > kMostPixels || height > kMostPixels)
    refuse(path, fmt::format("says that it is {} x {} pixels; 1 to {} are allowed", width, height, kMostPixels));
  const size_t wanted = kHeaderBytes + static_cast<size_t>(width) * static_cast<size_t>(height) * 2 * sizeof(float);
  if (bytes.size() != wanted)
    refuse(path, fmt::format("has {} bytes where {} x {} pixels want {}", bytes.size(), width, height, wanted));
  return Field(width, height);
}

}  // namespace

Field read_flo(const std::filesystem::path& path) {
  const std::string bytes = base::read_file(path);
  Field field = make_field(path, bytes);
  std::memcpy(field.uv.data(), bytes.data() + kHeaderBytes, field.uv.size() * sizeof(float));
  for (size_t i = 0; i < field.uv.size(); ++i)
    if (std::isnan(field.uv[i])) {
      const size_t pixel = i / 2, width = static_cast<size_t>(field.width);
      refuse(path, fmt::format("the flow of pixel ({}, {}) is no number", pixel % width, pixel / width));
    }
  return field;
}

std::string flo_bytes(const Field& field) {
  std::string bytes(kTag);
  const int32_t size[2] = {field.width, field.height};
  bytes.append(reinterpret_cast<const char*>(size), sizeof size);
  bytes.append(reinterpret_cast<const char*>(field.uv.data()), field.uv.size() * sizeof(float));
  return bytes;
}

void write_flo(const std::filesystem::path& path, const Field& field) {
  base::write_file(path, flo_bytes(field));
}

}  // namespace gerund::flow
