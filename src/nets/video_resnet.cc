// torchvision's video ResNets. Tran et al., A Closer Look at Spatiotemporal Convolutions for Action Recognition (2018).
#include "nets/batch_norm.h"
#include "nets/blocked.h"
#include "nets/chain.h"
#include "nets/dropout.h"
#include "nets/families.h"
#include "nets/video_resnet_layout.h"

namespace gerund::nets {
namespace {

namespace nn = torch::nn;

// Where torchvision has a ReLU: the batch norm before it applies it. Layers behind it keep their numbers.
nn::Identity relu() {
  return {};
}

// A convolution over `height_width` pixels of one frame.
Conv3d space_conv(int64_t in, int64_t out, int64_t height_width, int64_t stride) {
  const int64_t pad = height_width / 2;
  return Conv3d(nn::Conv3dOptions(in, out, {1, height_width, height_width})
                    .stride({1, stride, stride})
                    .padding({0, pad, pad})
                    .bias(false));
}

// One over three frames of one pixel.
Conv3d time_conv(int64_t in, int64_t out, int64_t stride) {
  return Conv3d(nn::Conv3dOptions(in, out, {3, 1, 1}).stride({stride, 1, 1}).padding({1, 0, 0}).bias(false));
}

// Appends a convolution of the block's kind.
void push_conv(Chain& chain, const VideoBlock& block, int64_t in, int64_t stride) {
  switch (block.kernel) {
    case VideoKernel::whole:
      chain->push_back(Conv3d(nn::Conv3dOptions(in, block.out, 3).stride(stride).padding(1).bias(false)));
      return;
    case VideoKernel::space:
      chain->push_back(space_conv(in, block.out, 3, stride));
      return;
    case VideoKernel::split:
      chain->push_back(Chain(space_conv(in, block.middle, 3, stride), BatchNormRelu(block.middle), relu(),
                             time_conv(block.middle, block.out, stride)));
      return;
  }
}

class BlockImpl : public nn::Module {
 public:
  explicit BlockImpl(const VideoBlock& block) : bn2_(block.out) {
    push_conv(conv1_, block, block.in, block.stride);
    conv1_->push_back(BatchNormRelu(block.out));
    conv1_->push_back(relu());
    push_conv(conv2_, block, block.out, 1);
    conv2_->push_back(bn2_);
    register_module("conv1", conv1_);
    register_module("conv2", conv2_);
    if (!block.has_projection()) return;
    const nn::Conv3dOptions projection =
        nn::Conv3dOptions(block.in, block.out, 1).stride({block.time_stride(), block.stride, block.stride}).bias(false);
    downsample_ = register_module("downsample", Chain(Conv3d(projection), BatchNorm(block.out)));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor y = conv2_->forward_but_last(conv1_(x));
    return bn2_->normalise(y, downsample_.is_empty() ? x : downsample_(x), true);
  }

 private:
  Chain conv1_;
  Chain conv2_;
  BatchNorm bn2_;  // The last layer of conv2_.
  Chain downsample_{nullptr};
};
TORCH_MODULE(Block);

Chain make_stem(const Architecture& architecture) {
  const int64_t in = input_channels(architecture);
  const int64_t out = architecture.width;
  if (const int64_t middle = stem_middle(architecture); middle > 0)
    return Chain(space_conv(in, middle, 7, 2), BatchNormRelu(middle), relu(), time_conv(middle, out, 1),
                 BatchNormRelu(out), relu());
  return Chain(Conv3d(nn::Conv3dOptions(in, out, {3, 7, 7}).stride({1, 2, 2}).padding({1, 3, 3}).bias(false)),
               BatchNormRelu(out), relu());
}

class VideoResNet : public Network {
 public:
  explicit VideoResNet(const Architecture& architecture)
      : Network(architecture), stem_(register_module("stem", make_stem(architecture))) {
    int64_t channels = 0;
    for (const VideoBlock& block : video_blocks(architecture)) {
      if (block.index == 0) stages_.push_back(register_module("layer" + std::to_string(block.stage), nn::Sequential()));
      stages_.back()->push_back(Block(block));
      channels = block.out;
    }
    fc_ = register_module("fc", nn::Linear(channels, architecture.num_classes));
    initialise_convolutions(*this);
  }

  torch::Tensor forward(std::span<const torch::Tensor> inputs) override {
    torch::Tensor x = stem_(inputs.front());
    for (nn::Sequential& stage : stages_) x = stage->forward(x);
    x = mean_over_space(x);
    x = nets::dropout(x, architecture().dropout_ratio, is_training());
    return fc_(x);
  }

 private:
  Chain stem_;
  std::vector<nn::Sequential> stages_;
  nn::Linear fc_{nullptr};
};

}  // namespace

std::shared_ptr<Network> make_video_resnet(const Architecture& branch) {
  return std::make_shared<VideoResNet>(branch);
}

}  // namespace gerund::nets
