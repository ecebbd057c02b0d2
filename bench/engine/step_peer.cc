// bench/engine/step_peer.cc - gerund's step networks in bench/engine/streaming.py; speaks the protocol of peer.h, its
// answer being those to all frames, chunk by chunk from a reset. A run is one more chunk of the same stream.
// Usage: step_peer MODEL.onnx INPUT.safetensors OUTPUT.safetensors THREADS
#include <memory>

#include "engine/peer.h"
#include "graph/onnx_file.h"
#include "infer/step_network.h"

namespace gerund::bench {
namespace {

class Steps : public Runtime {
 public:
  tensor::TensorFile load(const std::string& path, tensor::TensorFile inputs, int num_threads) override {
    infer::EngineOptions options;
    options.num_threads = num_threads;
    network_ = std::make_unique<infer::StepNetwork>(graph::read_onnx(path), options);
    const tensor::Tensor& frames = inputs.tensors.at("input_rgb");
    std::vector<float> logits;
    int64_t classes = 0;
    for (int64_t first = 0; first + network_->step_frames() <= frames.dim(2); first += network_->step_frames()) {
      chunks_.push_back(chunk_of(frames, first));
      const tensor::Tensor answers = network_->push(stream_, chunks_.back());
      classes = answers.dim(1);
      logits.insert(logits.end(), answers.floats().begin(), answers.floats().end());
    }
    tensor::TensorFile answer;
    answer.tensors["fc_pred"] = tensor::Tensor({static_cast<int64_t>(logits.size()) / classes, classes}, logits);
    return answer;
  }
  void run() override { network_->push(stream_, chunks_[next_++ % chunks_.size()]); }
  nlohmann::json describe() const override {
    return {{"version", GERUND_VERSION}, {"answers", network_->num_answers()}};
  }

 private:
  tensor::Tensor chunk_of(const tensor::Tensor& frames, int64_t first) const {
    tensor::Tensor chunk(network_->chunk_shape());
    const int64_t plane = chunk.dim(2) * chunk.dim(3), count = chunk.dim(1);
    for (int64_t channel = 0; channel < chunk.dim(0); ++channel)
      std::copy_n(frames.floats().data() + (channel * frames.dim(2) + first) * plane, count * plane,
                  chunk.floats().data() + channel * count * plane);
    return chunk;
  }

  std::unique_ptr<infer::StepNetwork> network_;
  infer::StreamState stream_;
  std::vector<tensor::Tensor> chunks_;
  size_t next_ = 0;
};

}  // namespace
}  // namespace gerund::bench

int main(int argc, char** argv) {
  gerund::bench::Steps runtime;
  return gerund::bench::serve(runtime, {argv + 1, argv + argc});
}
