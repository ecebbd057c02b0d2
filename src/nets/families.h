// nets/families.h - the makers of the networks that train, one per family; what make_network chooses from.
#pragma once

#include <memory>

#include "nets/network.h"

namespace gerund::nets {

/// Each makes a network of one input (rgb or of) whose backbone is of its family.
std::shared_ptr<Network> make_resnet(const Architecture& branch);
std::shared_ptr<Network> make_i3d(const Architecture& branch);
std::shared_ptr<Network> make_video_resnet(const Architecture& branch);
std::shared_ptr<Network> make_x3d(const Architecture& branch);

/// Two branches whose logits two layers join: model_rgb.*, model_of.*, fc1.*, fc2.*.
std::shared_ptr<Network> make_joint(const Architecture& architecture);

/// Kaiming normal (fan out, ReLU) for the convolutions of `network` without bias, which batch norm follows.
void initialise_convolutions(torch::nn::Module& network);

}  // namespace gerund::nets
