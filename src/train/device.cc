#include "train/device.h"

#include <fmt/format.h>

#include <regex>

#include "base/error.h"
#include "nets/torch_engine.h"

namespace gerund::train {

torch::Device choose_device(const std::string& name, int local_rank) {
  const int count = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (name == "cpu" || (name == "auto" && count == 0)) return torch::kCPU;
  if ((name == "auto" || name == "cuda") && count > 0)
    return {torch::kCUDA, static_cast<c10::DeviceIndex>(local_rank % count)};
  std::smatch match;
  if (!std::regex_match(name, match, std::regex("cuda(?::(\\d{1,3}))?")))
    throw base::UserError(fmt::format("train.device: '{}' is not known; allowed: auto, cpu, cuda:N", name));
  const int index = match[1].matched ? std::stoi(match[1]) : 0;
  if (index >= count) {
    throw base::UserError(
        fmt::format("train.device: {} is not there; this LibTorch sees {} CUDA GPUs; allowed here: "
                    "auto, cpu{}",
                    name, count, count > 0 ? ", cuda:0 on" : ""));
  }
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

torch::Device prepare_device(const spec::TrainSpec& train, int local_rank) {
  nets::set_num_threads(train.num_threads);
  at::globalContext().setDeterministicCuDNN(train.cudnn_deterministic);
  at::globalContext().setBenchmarkCuDNN(train.cudnn_benchmark);
  return choose_device(train.device, local_rank);
}

}  // namespace gerund::train
