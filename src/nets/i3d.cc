// I3D: Inception-v1 inflated over time. Carreira and Zisserman, Quo Vadis, Action Recognition? (2017).
#include <array>

#include "nets/batch_norm.h"
#include "nets/dropout.h"
#include "nets/families.h"
#include "nets/i3d_layout.h"

namespace gerund::nets {
namespace {

namespace nn = torch::nn;
using Triple = std::array<int64_t, 3>;

nn::Conv3dOptions conv_options(int64_t in, int64_t out, const Triple& kernel, const Triple& strides) {
  return nn::Conv3dOptions(in, out, {kernel[0], kernel[1], kernel[2]}).stride({strides[0], strides[1], strides[2]});
}

// Zeros around x, as many as "same" asks for the extents it has.
torch::Tensor pad_same(const torch::Tensor& x, const Triple& kernel, const Triple& strides) {
  std::vector<int64_t> pads;  // From the last axis to the first, before and after.
  for (size_t axis = 3; axis-- > 0;) {
    const auto [before, after] =
        same_padding(x.size(static_cast<int64_t>(axis) + 2), kernel.at(axis), strides.at(axis));
    pads.insert(pads.end(), {before, after});
  }
  return torch::constant_pad_nd(x, pads);
}

// The values are those of a ReLU, so that a zero beside them never is the maximum where it should not.
torch::Tensor pool_same(const torch::Tensor& x, const Triple& kernel, const Triple& strides) {
  return torch::max_pool3d(pad_same(x, kernel, strides), kernel, strides);
}

// Convolution, batch norm, ReLU.
class UnitImpl : public nn::Module {
 public:
  UnitImpl(int64_t in, int64_t out, const Triple& kernel = {1, 1, 1}, const Triple& strides = {1, 1, 1})
      : kernel_(kernel),
        strides_(strides),
        conv_(register_module("conv3d", nn::Conv3d(conv_options(in, out, kernel, strides).bias(false)))),
        bn_(register_module("bn", BatchNorm(nn::BatchNormOptions(out).eps(kI3dEpsilon).momentum(0.01)))) {}

  torch::Tensor forward(const torch::Tensor& x) { return bn_(conv_(pad_same(x, kernel_, strides_))).relu_(); }

 private:
  Triple kernel_;
  Triple strides_;
  nn::Conv3d conv_;
  BatchNorm bn_;
};
TORCH_MODULE(Unit);

class MixedImpl : public nn::Module {
 public:
  MixedImpl(int64_t in, const std::array<int64_t, 6>& out)
      : b0_(register_module("b0", Unit(in, out[0]))),
        b1a_(register_module("b1a", Unit(in, out[1]))),
        b1b_(register_module("b1b", Unit(out[1], out[2], kCube))),
        b2a_(register_module("b2a", Unit(in, out[3]))),
        b2b_(register_module("b2b", Unit(out[3], out[4], kCube))),
        b3b_(register_module("b3b", Unit(in, out[5]))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    return torch::cat({b0_(x), b1b_(b1a_(x)), b2b_(b2a_(x)), b3b_(pool_same(x, kCube, {1, 1, 1}))}, 1);
  }

 private:
  static constexpr Triple kCube{3, 3, 3};

  Unit b0_;
  Unit b1a_;
  Unit b1b_;
  Unit b2a_;
  Unit b2b_;
  Unit b3b_;
};
TORCH_MODULE(Mixed);

// The last layer, a 1x1x1 convolution with a bias.
class LogitsImpl : public nn::Module {
 public:
  LogitsImpl(int64_t in, int64_t num_classes)
      : conv_(register_module("conv3d", nn::Conv3d(nn::Conv3dOptions(in, num_classes, 1)))) {}

  torch::Tensor forward(const torch::Tensor& x) { return conv_(x); }

 private:
  nn::Conv3d conv_;
};
TORCH_MODULE(Logits);

class I3d : public Network {
 public:
  explicit I3d(const Architecture& architecture) : Network(architecture) {
    int64_t channels = input_channels(architecture);
    for (const I3dStep& step : i3d_steps()) channels = add(step, channels);
    logits_ = register_module("logits", Logits(channels, architecture.num_classes));
    initialise_convolutions(*this);
  }

  torch::Tensor forward(std::span<const torch::Tensor> inputs) override {
    torch::Tensor x = inputs.front();
    for (const Step& step : steps_) x = step(x);
    x = torch::avg_pool3d(x, {2, 7, 7}, {1, 1, 1});
    x = nets::dropout(x, architecture().dropout_ratio, is_training());
    return logits_(x).mean({2, 3, 4});
  }

 private:
  using Step = std::function<torch::Tensor(const torch::Tensor&)>;

  // Returns the channels behind the step.
  int64_t add(const I3dStep& step, int64_t channels) {
    const std::string name(step.name);
    if (step.kind == I3dStep::Kind::pool) {
      steps_.push_back([step](const torch::Tensor& x) { return pool_same(x, step.kernel, step.strides); });
      return channels;
    }
    std::array<int64_t, 6> out{};
    for (size_t i = 0; i < out.size(); ++i) out.at(i) = scaled(architecture(), step.channels.at(i));
    if (step.kind == I3dStep::Kind::unit) {
      Unit unit = register_module(name, Unit(channels, out[0], step.kernel, step.strides));
      steps_.push_back([unit](const torch::Tensor& x) mutable { return unit(x); });
      return out[0];
    }
    Mixed mixed = register_module(name, Mixed(channels, out));
    steps_.push_back([mixed](const torch::Tensor& x) mutable { return mixed(x); });
    return out[0] + out[2] + out[4] + out[5];
  }

  std::vector<Step> steps_;
  Logits logits_{nullptr};
};

}  // namespace

std::shared_ptr<Network> make_i3d(const Architecture& branch) {
  return std::make_shared<I3d>(branch);
}

}  // namespace gerund::nets
