// fuzz/data_fuzz.cc - archives to import, tables and lists: any bytes give clips inside the folder or a UserError.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "data/import.h"
#include "data/split.h"

namespace {

namespace fs = std::filesystem;

/// A folder in memory or on disk, for one process.
fs::path own_folder() {
  const fs::path memory = "/dev/shm";
  const fs::path parent = fs::is_directory(memory) ? memory : fs::temp_directory_path();
  return parent / ("gerund_data_fuzz_" + std::to_string(::getpid()));
}

}  // namespace

/// The first byte chooses the kind of file; libarchive tells the kind of archive from the rest.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fs::path folder = own_folder();
  if (size == 0) return -1;
  fs::remove_all(folder);
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const char* name = data[0] == 'k' ? "in/k.csv" : data[0] == 'l' ? "in/walk_test_split1.txt" : "in/a.rar";
  gerund::base::write_file(folder / name, bytes);
  gerund::base::Progress silent;
  try {
    if (data[0] == 'l') {
      gerund::data::hmdb51_split({{"walk/a.avi", "walk"}}, folder / "in", 1);
    } else {
      gerund::data::import_dataset({folder / name, folder / "out", {}, {}}, silent);
    }
  } catch (const gerund::base::UserError&) {
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename() != "in" && entry.path().filename() != "out") std::abort();
  return 0;
}
