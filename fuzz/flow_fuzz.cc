// fuzz/flow_fuzz.cc - .flo files: any bytes give a field, whose pictures can be made, or a UserError.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "flow/flo_file.h"
#include "flow/pictures.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fs = std::filesystem;
  static const fs::path path = fs::temp_directory_path() / ("gerund_flow_fuzz_" + std::to_string(::getpid()) + ".flo");
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    gerund::flow::to_pictures(gerund::flow::read_flo(path), {.clamp_pixels = size % 2 == 0 ? 20.0 : 0.0});
  } catch (const gerund::base::UserError&) {
  }
  return 0;
}
