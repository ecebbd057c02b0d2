// Writes clip.mp4 and model.onnx into a folder, for the launch lines of the doc blocks: gst_inputs FOLDER.
#include <cstdio>
#include <filesystem>

#include "gst/brightness_model.h"
#include "gst/small_clip.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: gst_inputs FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  gerund::gst::write_small_clip(folder / "clip.mp4", 30);
  gerund::graph::write_onnx(folder / "model.onnx", gerund::gst::brightness_graph());
  return 0;
}
