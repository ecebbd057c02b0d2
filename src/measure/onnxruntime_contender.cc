#include "measure/onnxruntime_contender.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "tensor/safetensors.h"

namespace gerund::measure {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kScript = "serve.mjs";

json parse_line(const std::string& line) {
  json message = json::parse(line, nullptr, false);
  if (!message.is_object()) throw base::UserError(fmt::format("{}: '{}' is no JSON object", kScript, line));
  return message;
}

}  // namespace

std::optional<std::string> onnxruntime_trouble(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / kScript, ignored) && fs::exists(folder / "node_modules" / "onnxruntime-node", ignored))
    return std::nullopt;
  return fmt::format(
      "not here: '{}' lacks {} or onnxruntime-node; tests/onnxruntime/install.sh puts them into a folder, "
      "GERUND_ONNXRUNTIME names it",
      folder.string(), kScript);
}

OnnxRuntimeContender::OnnxRuntimeContender(fs::path model, fs::path folder, int num_threads, const Workload& workload)
    : model_(std::move(model)), folder_(std::move(folder)), num_threads_(num_threads), workload_(workload) {}

FirstAnswer OnnxRuntimeContender::load() {
  if (const auto trouble = onnxruntime_trouble(folder_)) throw base::UserError(*trouble);
  const fs::path input = scratch_.path() / "input.safetensors";
  const fs::path output = scratch_.path() / "output.safetensors";
  tensor::TensorFile inputs;
  for (size_t i = 0; i < workload_.inputs.size(); ++i) inputs.tensors[workload_.input_names[i]] = workload_.inputs[i];
  tensor::write_safetensors(input, inputs);
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"node", folder_ / kScript, model_, input, output, std::to_string(num_threads_)});
  const json message = parse_line(process_->receive());
  name_ = "ONNX Runtime " + message.value("version", "");
  FirstAnswer first;
  first.load_ms = message.value("load_ms", 0.0);
  if (message.contains("peak_bytes"))
    first.peak_bytes = message.value("peak_bytes", int64_t{0}) - message.value("base_bytes", int64_t{0});
  const tensor::TensorFile outputs = tensor::read_safetensors(output);
  for (const std::string& name : workload_.output_names) {
    const auto found = outputs.tensors.find(name);
    if (found == outputs.tensors.end()) throw base::UserError(fmt::format("gave no output '{}'", name));
    first.outputs.push_back(found->second);
  }
  return first;
}

std::vector<double> OnnxRuntimeContender::time_runs(int64_t num_runs) {
  process_->send(std::to_string(num_runs));
  return parse_line(process_->receive()).value("ms", std::vector<double>{});
}

}  // namespace gerund::measure
