// fuzz/data_frame_file_fuzz.cc - a file of kept frames: any bytes are taken whole or not at all.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "data/frame_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("gerund_frame_file_fuzz_" + std::to_string(::getpid()));
  gerund::base::write_file(path, {reinterpret_cast<const char*>(data), size});
  if (const auto file = gerund::data::FrameFile::open(path, "key")) {
    std::vector<uint8_t> room;
    for (int64_t i = 0; i < file->num_frames(); ++i) {
      const auto record = file->record(i, room);
      if (!record.empty() && record.size() != file->shape().num_bytes()) std::abort();
    }
  }
  std::filesystem::remove(path);
  return 0;
}
