#include "nets/resnet.h"

namespace gerund::nets {
namespace {

namespace nn = torch::nn;

// What differs between pictures and volumes: the layer types, and that time is strided in the stem and the first pool
// only.
template <size_t D>
struct Kind;

template <>
struct Kind<2> {
  using Conv = nn::Conv2d;
  using BatchNorm = nn::BatchNorm2d;
  static nn::Conv2dOptions stem(int64_t in, int64_t out) {
    return nn::Conv2dOptions(in, out, 7).stride(2).padding(3).bias(false);
  }
  static nn::Conv2dOptions conv3(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false);
  }
  static nn::Conv2dOptions conv1(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv2dOptions(in, out, 1).stride(stride).bias(false);
  }
  static torch::Tensor pool(const torch::Tensor& x) { return torch::max_pool2d(x, 3, 2, 1); }
  static torch::Tensor average(const torch::Tensor& x) { return x.mean({2, 3}); }
};

template <>
struct Kind<3> {
  using Conv = nn::Conv3d;
  using BatchNorm = nn::BatchNorm3d;
  static nn::Conv3dOptions stem(int64_t in, int64_t out) {
    return nn::Conv3dOptions(in, out, {5, 7, 7}).stride({2, 2, 2}).padding({2, 3, 3}).bias(false);
  }
  static nn::Conv3dOptions conv3(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv3dOptions(in, out, 3).stride({1, stride, stride}).padding(1).bias(false);
  }
  static nn::Conv3dOptions conv1(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv3dOptions(in, out, 1).stride({1, stride, stride}).bias(false);
  }
  static torch::Tensor pool(const torch::Tensor& x) { return torch::max_pool3d(x, {1, 3, 3}, {2, 2, 2}, {0, 1, 1}); }
  static torch::Tensor average(const torch::Tensor& x) { return x.mean({2, 3, 4}); }
};

template <size_t D>
class BasicBlock : public nn::Module {
 public:
  BasicBlock(int64_t in, int64_t out, int64_t stride)
      : conv1_(register_module("conv1", typename Kind<D>::Conv(Kind<D>::conv3(in, out, stride)))),
        bn1_(register_module("bn1", typename Kind<D>::BatchNorm(out))),
        conv2_(register_module("conv2", typename Kind<D>::Conv(Kind<D>::conv3(out, out, 1)))),
        bn2_(register_module("bn2", typename Kind<D>::BatchNorm(out))) {
    if (stride == 1 && in == out) return;
    downsample_ =
        nn::Sequential(typename Kind<D>::Conv(Kind<D>::conv1(in, out, stride)), typename Kind<D>::BatchNorm(out));
    register_module("downsample", downsample_);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = bn1_(conv1_(x)).relu_();
    y = bn2_(conv2_(y));
    y += downsample_.is_empty() ? x : downsample_->forward(x);
    return y.relu_();
  }

 private:
  typename Kind<D>::Conv conv1_;
  typename Kind<D>::BatchNorm bn1_;
  typename Kind<D>::Conv conv2_;
  typename Kind<D>::BatchNorm bn2_;
  nn::Sequential downsample_{nullptr};
};

template <size_t D>
class ResNet : public Network {
 public:
  explicit ResNet(const Architecture& architecture)
      : dropout_ratio_(architecture.dropout_ratio),
        conv1_(register_module(
            "conv1", typename Kind<D>::Conv(Kind<D>::stem(input_channels(architecture), architecture.width)))),
        bn1_(register_module("bn1", typename Kind<D>::BatchNorm(architecture.width))) {
    int64_t channels = architecture.width;
    const std::vector<int64_t> depths = stage_depths(architecture);
    for (size_t stage = 0; stage < depths.size(); ++stage) {
      const int64_t out = architecture.width << stage;
      nn::Sequential blocks;
      for (int64_t block = 0; block < depths[stage]; ++block) {
        blocks->push_back(BasicBlock<D>(channels, out, block == 0 && stage > 0 ? 2 : 1));
        channels = out;
      }
      stages_.push_back(register_module("layer" + std::to_string(stage + 1), blocks));
    }
    fc_cls_ = register_module("fc_cls", nn::Linear(channels, architecture.num_classes));
    initialise();
  }

  torch::Tensor forward(const torch::Tensor& input) override {
    torch::Tensor x = Kind<D>::pool(bn1_(conv1_(input)).relu_());
    for (nn::Sequential& stage : stages_) x = stage->forward(x);
    x = Kind<D>::average(x);
    if (dropout_ratio_ > 0) x = torch::dropout(x, dropout_ratio_, is_training());
    return fc_cls_(x);
  }

 private:
  void initialise() {
    for (const auto& module : modules(/*include_self=*/false)) {
      if (auto* conv = module->as<typename Kind<D>::Conv>())
        nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut, torch::kReLU);
    }
  }

  double dropout_ratio_;
  typename Kind<D>::Conv conv1_;
  typename Kind<D>::BatchNorm bn1_;
  std::vector<nn::Sequential> stages_;
  nn::Linear fc_cls_{nullptr};
};

}  // namespace

std::shared_ptr<Network> make_network(const Architecture& architecture) {
  if (architecture.volume) return std::make_shared<ResNet<3>>(architecture);
  return std::make_shared<ResNet<2>>(architecture);
}

}  // namespace gerund::nets
