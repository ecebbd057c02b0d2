// Colour and flow together: two whole networks, each with its logits, joined by two layers.
#include "nets/families.h"

namespace gerund::nets {
namespace {

class Joint : public Network {
 public:
  explicit Joint(const Architecture& architecture)
      : Network(architecture),
        rgb_(register_module("model_rgb", make_network(branches_of(architecture)[0]))),
        flow_(register_module("model_of", make_network(branches_of(architecture)[1]))),
        fc1_(register_module("fc1", torch::nn::Linear(2 * architecture.num_classes, architecture.num_fc))),
        fc2_(register_module("fc2", torch::nn::Linear(architecture.num_fc, architecture.num_classes))) {}

  torch::Tensor forward(std::span<const torch::Tensor> inputs) override {
    const torch::Tensor logits =
        torch::cat({rgb_->forward(inputs.subspan(0, 1)), flow_->forward(inputs.subspan(1, 1))}, 1);
    return fc2_(torch::relu(fc1_(logits)));
  }

  Network& branch(ModelType type) override { return type == ModelType::of ? *flow_ : *rgb_; }

 private:
  std::shared_ptr<Network> rgb_;
  std::shared_ptr<Network> flow_;
  torch::nn::Linear fc1_;
  torch::nn::Linear fc2_;
};

}  // namespace

std::shared_ptr<Network> make_joint(const Architecture& architecture) {
  return std::make_shared<Joint>(architecture);
}

}  // namespace gerund::nets
