// bench/training/training_step.cc - times training steps of a 3D network; the same work as training_step.py.
// Usage: training_step resnet_18|r3d_18 THREADS BATCH STEPS. Prints one JSON object: losses, seconds per step, peak
// memory.
#include <sys/resource.h>

#include <chrono>
#include <iostream>

#include "base/machine.h"
#include "nets/golden_values.h"
#include "nets/torch_engine.h"
#include "train/step.h"

int main(int argc, char** argv) {
  using namespace gerund;
  if (argc != 5) {
    std::cerr << "usage: training_step resnet_18|r3d_18 THREADS BATCH STEPS\n";
    return 2;
  }
  const int64_t batch = std::stoll(argv[3]);
  base::keep_freed_memory();  // As train::make_setup does.
  nets::set_num_threads(std::stoll(argv[2]));
  nets::Architecture architecture;
  architecture.backbone = argv[1];
  architecture.num_classes = 5;
  architecture.dropout_ratio = 0;
  const auto network = nets::make_network(architecture);
  nets::set_weights(*network, nets::golden_weights(architecture));
  spec::OptimSpec optim;
  optim.lr = 1e-3;
  train::Peers alone({}, torch::kCPU);
  train::TrainingStep step(network, optim, {}, alone);
  const tensor::Tensor input = nets::formula("input", {batch, 3, 16, 112, 112}, -2, 2);
  std::vector<int64_t> classes;
  for (int64_t i = 0; i < batch; ++i) classes.push_back(i % 5);

  nlohmann::json losses = nlohmann::json::array();
  nlohmann::json seconds = nlohmann::json::array();
  for (int64_t i = 0; i < std::stoll(argv[4]); ++i) {
    const auto start = std::chrono::steady_clock::now();
    losses.push_back(step.add({&input, 1}, classes).loss);
    step.update(optim.lr, i);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::cout << nlohmann::json{{"losses", losses}, {"seconds", seconds}, {"peak_mib", usage.ru_maxrss / 1024}}.dump()
            << "\n";
}
