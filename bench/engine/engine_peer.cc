// bench/engine/engine_peer.cc - gerund's engines in bench/engine; speaks the protocol of peer.h.
// Usage: engine_peer ENGINE ALGORITHM MODEL.onnx INPUT.safetensors OUTPUT.safetensors THREADS
#include <iostream>

#include "engine/peer.h"
#include "graph/onnx_file.h"
#include "graph/transform.h"
#include "infer/engine.h"

namespace gerund::bench {
namespace {

class OwnEngine : public Runtime {
 public:
  OwnEngine(std::string engine, std::string algorithm) {
    options_.engine = std::move(engine);
    options_.algorithm = std::move(algorithm);
  }

  tensor::TensorFile load(const std::string& path, tensor::TensorFile inputs, int num_threads) override {
    options_.num_threads = num_threads;
    graph::Model model = graph::read_onnx(path);
    std::map<std::string, tensor::Shape> shapes;
    for (const graph::Value& input : model.inputs) {
      inputs_.push_back(std::move(inputs.tensors.at(input.name)));
      shapes[input.name] = inputs_.back().shape();
    }
    macs_ = graph::count_macs(model, shapes);
    const std::vector<graph::Value> names = model.outputs;
    engine_ = infer::make_engine(std::move(model), options_);
    std::vector<tensor::Tensor> outputs = engine_->run_all(inputs_);
    tensor::TensorFile answer;
    for (size_t i = 0; i < outputs.size(); ++i) answer.tensors[names[i].name] = std::move(outputs[i]);
    return answer;
  }
  void run() override { engine_->run_all(inputs_); }
  nlohmann::json describe() const override {
    return {{"version", GERUND_VERSION}, {"engine", infer::chosen_engine(options_.engine)}, {"macs", macs_}};
  }

 private:
  infer::EngineOptions options_;
  std::unique_ptr<infer::Engine> engine_;
  std::vector<tensor::Tensor> inputs_;
  int64_t macs_ = 0;
};

}  // namespace
}  // namespace gerund::bench

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: engine_peer ENGINE ALGORITHM MODEL.onnx INPUT.safetensors OUTPUT.safetensors THREADS\n";
    return 2;
  }
  gerund::bench::OwnEngine runtime(argv[1], argv[2]);
  return gerund::bench::serve(runtime, {argv + 3, argv + argc});
}
