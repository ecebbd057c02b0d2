#include "streams/onnx_peer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "streams/clocks.h"

namespace gerund::bench {

OnnxPeer::OnnxPeer(const std::filesystem::path& script, const std::filesystem::path& folder,
                   const std::filesystem::path& model, const tensor::Shape& shape, int num_threads) {
  std::string path = "/dev/shm/gerund-streams-XXXXXX";
  const int file = mkstemp(path.data());
  const size_t size = static_cast<size_t>(tensor::num_elements(shape)) * sizeof(float);
  if (file < 0 || ftruncate(file, static_cast<off_t>(size)) != 0) throw base::UserError(path + ": cannot be made");
  path_ = path;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) throw base::UserError(path + ": cannot be mapped");
  window_ = {static_cast<float*>(memory), size / sizeof(float)};
  process_ = std::make_unique<measure::ChildProcess>(std::vector<std::string>{
      "node", script, folder, model, path, nlohmann::json(shape).dump(), std::to_string(num_threads)});
  version_ = nlohmann::json::parse(process_->receive()).at("version");
}

OnnxPeer::~OnnxPeer() {
  munmap(window_.data(), window_.size_bytes());
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

OnnxPeer::Answer OnnxPeer::ask() {
  const double begun = wall_seconds();
  process_->send("");
  const auto message = nlohmann::json::parse(process_->receive());
  return {message.at("logits").get<std::vector<float>>(), message.at("run_ms"), (wall_seconds() - begun) * 1e3,
          message.at("cpu_seconds")};
}

}  // namespace gerund::bench
