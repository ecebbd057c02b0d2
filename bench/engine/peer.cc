#include "engine/peer.h"

#include <chrono>
#include <iostream>
#include <utility>

#include "measure/machine.h"

namespace gerund::bench {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void load(Runtime& runtime, const std::vector<std::string>& arguments) {
  tensor::TensorFile inputs = tensor::read_safetensors(arguments[1]);
  const int64_t base = measure::resident_bytes().value_or(0);
  const Clock::time_point start = Clock::now();
  const tensor::TensorFile answer = runtime.load(arguments[0], std::move(inputs), std::stoi(arguments[3]));
  json line = {
      {"load_ms", ms_since(start)}, {"base_bytes", base}, {"peak_bytes", measure::peak_resident_bytes().value_or(0)}};
  line.update(runtime.describe());
  tensor::write_safetensors(arguments[2], answer);
  std::cout << line.dump() << std::endl;
}

void answer(Runtime& runtime, int64_t num_runs) {
  json times = json::array();
  for (int64_t i = 0; i < num_runs; ++i) {
    const Clock::time_point start = Clock::now();
    runtime.run();
    times.push_back(ms_since(start));
  }
  std::cout << json{{"ms", times}, {"peak_bytes", measure::peak_resident_bytes().value_or(0)}}.dump() << std::endl;
}

}  // namespace

int serve(Runtime& runtime, const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) {
    std::cerr << "usage: MODEL.onnx INPUT.safetensors OUTPUT.safetensors THREADS\n";
    return 2;
  }
  try {
    load(runtime, arguments);
    for (std::string line; std::getline(std::cin, line);) answer(runtime, std::stoll(line));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}

}  // namespace gerund::bench
