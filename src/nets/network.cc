#include "nets/network.h"

#include "base/error.h"
#include "nets/families.h"

namespace gerund::nets {

void initialise_convolutions(torch::nn::Module& network) {
  const auto initialise = [](auto* conv) {
    if (conv != nullptr && !conv->options.bias())
      torch::nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut, torch::kReLU);
  };
  for (const auto& module : network.modules(/*include_self=*/false)) {
    initialise(module->as<torch::nn::Conv2d>());
    initialise(module->as<torch::nn::Conv3d>());
  }
}

std::shared_ptr<Network> make_network(const Architecture& architecture) {
  if (architecture.model_type == ModelType::joint) return make_joint(architecture);
  switch (backbone_of(architecture).family) {
    case Family::resnet:
      return make_resnet(architecture);
    case Family::i3d:
      return make_i3d(architecture);
    case Family::video_resnet:
      return make_video_resnet(architecture);
    case Family::x3d:
      return make_x3d(architecture);
  }
  throw base::InternalError("unknown family of networks");
}

}  // namespace gerund::nets
