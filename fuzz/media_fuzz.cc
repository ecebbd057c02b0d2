// fuzz/media_fuzz.cc - video and picture files: any bytes give frames or a UserError.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/frame_source.h"

namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxFrames = 50;  // A small file can promise very many.

/// A folder in memory or on disk, for one process.
fs::path own_folder() {
  const fs::path memory = "/dev/shm";
  const fs::path parent = fs::is_directory(memory) ? memory : fs::temp_directory_path();
  const fs::path folder = parent / ("gerund_media_fuzz_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  return folder;
}

void read_some(const fs::path& path) {
  const auto source = gerund::media::open_source(path);
  const int64_t num_frames = source->info().num_frames;
  const std::vector<int64_t> indices{num_frames / 2, 0, num_frames / 3};
  source->read(indices);
  for (int64_t i = 0; i < kMaxFrames && source->next(); ++i) {
  }
}

}  // namespace

/// The first byte chooses between a video and a folder with one picture; FFmpeg tells the container from the rest.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fs::path folder = own_folder();
  if (size == 0) return -1;
  const bool is_picture = data[0] == 'p';
  const fs::path path = is_picture ? folder / "pictures" / "1.png" : folder / "video.mp4";
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data + 1), static_cast<std::streamsize>(size - 1));
  try {
    read_some(is_picture ? path.parent_path() : path);
  } catch (const gerund::base::UserError&) {
  }
  return 0;
}
