// X3D for small machines. Feichtenhofer, X3D: Expanding Architectures for Efficient Video Recognition (2020).
#include <torch/nn/modules/activation.h>

#include "nets/batch_norm.h"
#include "nets/chain.h"
#include "nets/dropout.h"
#include "nets/families.h"
#include "nets/x3d_layout.h"

namespace gerund::nets {
namespace {

namespace nn = torch::nn;

nn::Conv3d point_conv(int64_t in, int64_t out, int64_t stride = 1) {
  return nn::Conv3d(nn::Conv3dOptions(in, out, 1).stride({1, stride, stride}).bias(false));
}

// Hu et al., Squeeze-and-Excitation Networks (2017): each channel times a share that follows from the means of all.
class SqueezeExcitationImpl : public nn::Module {
 public:
  SqueezeExcitationImpl(int64_t channels, int64_t squeezed)
      : block_(register_module("block", Chain(nn::Conv3d(nn::Conv3dOptions(channels, squeezed, 1)), nn::ReLU(),
                                              nn::Conv3d(nn::Conv3dOptions(squeezed, channels, 1)), nn::Sigmoid()))) {}

  torch::Tensor forward(const torch::Tensor& x) { return x * block_(x.mean({2, 3, 4}, /*keepdim=*/true)); }

 private:
  Chain block_;
};
TORCH_MODULE(SqueezeExcitation);

class BottleneckImpl : public nn::Module {
 public:
  explicit BottleneckImpl(const X3dBlock& block)
      : conv_a_(register_module("conv_a", point_conv(block.in, block.inner))),
        norm_a_(register_module("norm_a", BatchNorm(block.inner))),
        conv_b_(register_module("conv_b", nn::Conv3d(nn::Conv3dOptions(block.inner, block.inner, 3)
                                                         .stride({1, block.stride, block.stride})
                                                         .padding(1)
                                                         .groups(block.inner)
                                                         .bias(false)))),
        norm_b_(register_module("norm_b", Chain(BatchNorm(block.inner)))),
        conv_c_(register_module("conv_c", point_conv(block.inner, block.out))),
        norm_c_(register_module("norm_c", BatchNorm(block.out))) {
    if (block.squeezed > 0) norm_b_->push_back(SqueezeExcitation(block.inner, block.squeezed));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor y = norm_b_(conv_b_(norm_a_(conv_a_(x)).relu_()));
    return norm_c_(conv_c_(torch::silu(y)));
  }

 private:
  nn::Conv3d conv_a_;
  BatchNorm norm_a_;
  nn::Conv3d conv_b_;
  Chain norm_b_;
  nn::Conv3d conv_c_;
  BatchNorm norm_c_;
};
TORCH_MODULE(Bottleneck);

class BlockImpl : public nn::Module {
 public:
  explicit BlockImpl(const X3dBlock& block) {
    if (block.has_projection())
      branch1_conv_ = register_module("branch1_conv", point_conv(block.in, block.out, block.stride));
    if (block.has_projection_norm()) branch1_norm_ = register_module("branch1_norm", BatchNorm(block.out));
    branch2_ = register_module("branch2", Bottleneck(block));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor shortcut = branch1_conv_.is_empty() ? x : branch1_conv_(x);
    if (!branch1_norm_.is_empty()) shortcut = branch1_norm_(shortcut);
    return (branch2_(x) + shortcut).relu_();
  }

 private:
  nn::Conv3d branch1_conv_{nullptr};
  BatchNorm branch1_norm_{nullptr};
  Bottleneck branch2_{nullptr};
};
TORCH_MODULE(Block);

// The two convolutions of the stem. The published weights call the one over height and width conv_t and the one over
// time conv_xy.
class StemConvImpl : public nn::Module {
 public:
  StemConvImpl(int64_t in, int64_t out)
      : space_(register_module(
            "conv_t",
            nn::Conv3d(nn::Conv3dOptions(in, out, {1, 3, 3}).stride({1, 2, 2}).padding({0, 1, 1}).bias(false)))),
        time_(register_module(
            "conv_xy", nn::Conv3d(nn::Conv3dOptions(out, out, {5, 1, 1}).padding({2, 0, 0}).groups(out).bias(false)))) {
  }

  torch::Tensor forward(const torch::Tensor& x) { return time_(space_(x)); }

 private:
  nn::Conv3d space_;
  nn::Conv3d time_;
};
TORCH_MODULE(StemConv);

class StemImpl : public nn::Module {
 public:
  StemImpl(int64_t in, int64_t out)
      : conv_(register_module("conv", StemConv(in, out))), norm_(register_module("norm", BatchNorm(out))) {}

  torch::Tensor forward(const torch::Tensor& x) { return norm_(conv_(x)).relu_(); }

 private:
  StemConv conv_;
  BatchNorm norm_;
};
TORCH_MODULE(Stem);

class StageImpl : public nn::Module {
 public:
  StageImpl() { register_module("res_blocks", blocks_); }
  void push_back(const X3dBlock& block) { blocks_->push_back(Block(block)); }
  torch::Tensor forward(const torch::Tensor& x) { return blocks_->forward(x); }

 private:
  nn::Sequential blocks_;
};
TORCH_MODULE(Stage);

// Mean over space and time between two convolutions.
class ProjectedPoolImpl : public nn::Module {
 public:
  ProjectedPoolImpl(int64_t in, int64_t inner, int64_t out)
      : pre_conv_(register_module("pre_conv", point_conv(in, inner))),
        pre_norm_(register_module("pre_norm", BatchNorm(inner))),
        post_conv_(register_module("post_conv", point_conv(inner, out))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    return post_conv_(pre_norm_(pre_conv_(x)).relu_().mean({2, 3, 4}, /*keepdim=*/true)).relu_();
  }

 private:
  nn::Conv3d pre_conv_;
  BatchNorm pre_norm_;
  nn::Conv3d post_conv_;
};
TORCH_MODULE(ProjectedPool);

class HeadImpl : public nn::Module {
 public:
  HeadImpl(int64_t in, const X3dLayout& layout, const Architecture& architecture)
      : dropout_ratio_(architecture.dropout_ratio),
        pool_(register_module("pool", ProjectedPool(in, layout.head_inner, layout.head_out))),
        proj_(register_module("proj", nn::Linear(layout.head_out, architecture.num_classes))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = pool_(x).flatten(1);
    y = nets::dropout(y, dropout_ratio_, is_training());
    return proj_(y);
  }

 private:
  double dropout_ratio_;
  ProjectedPool pool_;
  nn::Linear proj_;
};
TORCH_MODULE(Head);

class X3d : public Network {
 public:
  explicit X3d(const Architecture& architecture) : Network(architecture) {
    const X3dLayout layout = x3d_layout(architecture);
    blocks_->push_back(Stem(input_channels(architecture), layout.stem));
    Stage stage;
    for (size_t i = 0; i < layout.blocks.size(); ++i) {
      stage->push_back(layout.blocks[i]);
      const bool is_last = i + 1 == layout.blocks.size() || layout.blocks[i + 1].index == 0;
      if (!is_last) continue;
      blocks_->push_back(stage);
      stage = Stage();
    }
    blocks_->push_back(Head(layout.blocks.back().out, layout, architecture));
    register_module("blocks", blocks_);
    initialise_convolutions(*this);
  }

  torch::Tensor forward(std::span<const torch::Tensor> inputs) override { return blocks_->forward(inputs.front()); }

 private:
  nn::Sequential blocks_;
};

}  // namespace

std::shared_ptr<Network> make_x3d(const Architecture& branch) {
  return std::make_shared<X3d>(branch);
}

}  // namespace gerund::nets
