#include "nets/torch_engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/workers.h"
#include "nets/network.h"
#include "nets/weights.h"

namespace gerund::nets {
namespace {

class TorchEngine : public infer::Engine {
 public:
  explicit TorchEngine(std::shared_ptr<Network> network)
      : network_(std::move(network)), was_training_(network_->is_training()) {
    network_->eval();
  }
  ~TorchEngine() override { network_->train(was_training_); }

  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    const size_t wanted = branches_of(network_->architecture()).size();
    if (inputs.size() != wanted)
      throw base::UserError(fmt::format("{} inputs were given; the network has {}", inputs.size(), wanted));
    torch::InferenceMode inference;
    const torch::Device device = network_->parameters().front().device();
    std::vector<torch::Tensor> views;
    std::vector<std::string> shapes;
    for (const tensor::Tensor& input : inputs) {
      views.push_back(view_as_torch(input).to(device));
      shapes.push_back(tensor::to_string(input.shape()));
    }
    try {
      return {to_tensor(network_->forward(views))};
    } catch (const c10::Error& error) {
      throw base::UserError(fmt::format("input {}: does not fit the network: {}", fmt::join(shapes, " and "),
                                        error.what_without_backtrace()));
    }
  }

 private:
  std::shared_ptr<Network> network_;
  bool was_training_;
};

}  // namespace

void set_num_threads(int64_t num_threads) {
  at::set_num_threads(base::num_arithmetic_threads(num_threads));
}

bool sees_gpu() {
  return torch::cuda::is_available();
}

std::unique_ptr<infer::Engine> make_torch_engine(const Architecture& architecture,
                                                 const std::map<std::string, tensor::Tensor>& weights) {
  std::shared_ptr<Network> network = make_network(architecture);
  set_weights(*network, weights);
  return make_torch_engine(std::move(network));
}

std::unique_ptr<infer::Engine> make_torch_engine(std::shared_ptr<Network> network) {
  return std::make_unique<TorchEngine>(std::move(network));
}

}  // namespace gerund::nets
