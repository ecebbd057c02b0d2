// ResNet over pictures (2D) and volumes (3D). He et al., Deep Residual Learning for Image Recognition (2015).
#include <algorithm>

#include "nets/batch_norm.h"
#include "nets/blocked.h"
#include "nets/dropout.h"
#include "nets/families.h"
#include "nets/resnet_layout.h"

namespace gerund::nets {
namespace {

namespace nn = torch::nn;

// Note [History without gradient]
// In training, what comes before the last T frames of a causal network's input is run first, without gradient, and each
// convolution keeps the positions that the T frames look back to: what a stream carries along. So a history as long as
// the reach of the network, some 130 frames, costs a third of what its frames would, and no memory. Batch norm takes
// the statistics of either part by itself.

/// What comes before the input of each causal convolution, in the order in which a pass meets them; of the pass that
/// runs in this thread, while this lives.
class Recollection {
 public:
  Recollection() { current_ = this; }
  ~Recollection() { current_ = nullptr; }
  Recollection(const Recollection&) = delete;
  Recollection& operator=(const Recollection&) = delete;

  static Recollection* current() { return current_; }
  /// The next pass begins.
  void rewind() { next_ = 0; }
  /// The input of the next convolution, with the `history` positions before it: zeros in the first pass. It may lie in
  /// another layout than in the pass before: what has no gradient goes into blocks where what has one does not.
  torch::Tensor extend(const torch::Tensor& x, int64_t history) {
    const bool is_first = next_ == seen_.size();
    if (is_first) seen_.emplace_back();
    torch::Tensor& seen = seen_[next_++];  // In rows.
    torch::Tensor extended =
        is_first ? pad_time(x, history) : torch::cat({is_blocked(x) ? as_blocked(seen) : seen, x}, 2);
    const torch::Tensor last = extended.slice(2, extended.size(2) - history).detach();
    seen = is_blocked(last) ? as_rows(last) : last;
    return extended;
  }

 private:
  static thread_local Recollection* current_;
  std::vector<torch::Tensor> seen_;
  size_t next_ = 0;
};
thread_local Recollection* Recollection::current_ = nullptr;

// What differs between the kinds of network: the layer types, and what happens to time, which is strided in the stem
// and the first pool only. look_back() comes before a convolution whose first output sees `history` positions before
// the input's first. average() takes the mean over space and over time, of causal networks over the last
// `num_positions`.
struct Pictures {
  using Conv = Conv2d;
  static nn::Conv2dOptions stem(int64_t in, int64_t out) {
    return nn::Conv2dOptions(in, out, 7).stride(2).padding(3).bias(false);
  }
  static nn::Conv2dOptions conv3(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false);
  }
  static nn::Conv2dOptions conv1(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv2dOptions(in, out, 1).stride(stride).bias(false);
  }
  static torch::Tensor pool(const torch::Tensor& x) { return max_pool(x, {{1, 3, 3}, {1, 2, 2}, {0, 1, 1}}); }
  static torch::Tensor look_back(const torch::Tensor& x, int64_t) { return x; }
  static torch::Tensor average(const torch::Tensor& x, int64_t) { return mean_over_space(x); }
};

struct Volumes {
  using Conv = Conv3d;
  static nn::Conv3dOptions stem(int64_t in, int64_t out) {
    return nn::Conv3dOptions(in, out, {5, 7, 7}).stride({2, 2, 2}).padding({2, 3, 3}).bias(false);
  }
  static nn::Conv3dOptions conv3(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv3dOptions(in, out, 3).stride({1, stride, stride}).padding(1).bias(false);
  }
  static nn::Conv3dOptions conv1(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv3dOptions(in, out, 1).stride({1, stride, stride}).bias(false);
  }
  static torch::Tensor pool(const torch::Tensor& x) { return max_pool(x, {{1, 3, 3}, {2, 2, 2}, {0, 1, 1}}); }
  static torch::Tensor look_back(const torch::Tensor& x, int64_t) { return x; }
  static torch::Tensor average(const torch::Tensor& x, int64_t) { return mean_over_space(x); }
};

// Note [Causal time]
// Before the first frame and the first position are zeros, and nothing is after the last: position j in time depends on
// frames up to 4j + 3 only, and no frame that comes later changes it. The stem's five taps see frames 4j - 1 .. 4j + 3,
// the three taps of the others positions j - 2 .. j. The centred stem makes every second frame a position and its pool,
// whose time kernel is 1, drops every second of those; here the stem does not make what the pool would drop.
struct CausalVolumes : Volumes {
  static nn::Conv3dOptions stem(int64_t in, int64_t out) {
    return nn::Conv3dOptions(in, out, {5, 7, 7}).stride({spec::kPositionFrames, 2, 2}).padding({0, 3, 3}).bias(false);
  }
  static nn::Conv3dOptions conv3(int64_t in, int64_t out, int64_t stride) {
    return nn::Conv3dOptions(in, out, 3).stride({1, stride, stride}).padding({0, 1, 1}).bias(false);
  }
  static torch::Tensor pool(const torch::Tensor& x) { return max_pool(x, {{1, 3, 3}, {1, 2, 2}, {0, 1, 1}}); }
  static torch::Tensor look_back(const torch::Tensor& x, int64_t history) {
    return Recollection::current() == nullptr ? pad_time(x, history) : Recollection::current()->extend(x, history);
  }
  static torch::Tensor average(const torch::Tensor& x, int64_t num_positions) {
    return mean_over_space(x.slice(2, std::max<int64_t>(0, x.size(2) - num_positions)));
  }
};

template <typename Kind>
nn::Sequential make_projection(const ResNetBlock& block) {
  if (!block.has_projection()) return nn::Sequential{nullptr};
  return nn::Sequential(typename Kind::Conv(Kind::conv1(block.in, block.out, block.stride)), BatchNorm(block.out));
}

template <typename Kind>
class BasicBlock : public nn::Module {
 public:
  explicit BasicBlock(const ResNetBlock& block)
      : conv1_(register_module("conv1", typename Kind::Conv(Kind::conv3(block.in, block.planes, block.stride)))),
        bn1_(register_module("bn1", BatchNorm(block.planes))),
        conv2_(register_module("conv2", typename Kind::Conv(Kind::conv3(block.planes, block.out, 1)))),
        bn2_(register_module("bn2", BatchNorm(block.out))),
        downsample_(make_projection<Kind>(block)) {
    if (!downsample_.is_empty()) register_module("downsample", downsample_);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = bn1_->normalise(conv1_(Kind::look_back(x, kConvHistory)), {}, true);
    y = conv2_(Kind::look_back(y, kConvHistory));
    return bn2_->normalise(y, downsample_.is_empty() ? x : downsample_->forward(x), true);
  }

 private:
  typename Kind::Conv conv1_;
  BatchNorm bn1_;
  typename Kind::Conv conv2_;
  BatchNorm bn2_;
  nn::Sequential downsample_;
};

template <typename Kind>
class Bottleneck : public nn::Module {
 public:
  explicit Bottleneck(const ResNetBlock& block)
      : conv1_(register_module("conv1", typename Kind::Conv(Kind::conv1(block.in, block.planes, 1)))),
        bn1_(register_module("bn1", BatchNorm(block.planes))),
        conv2_(register_module("conv2", typename Kind::Conv(Kind::conv3(block.planes, block.planes, block.stride)))),
        bn2_(register_module("bn2", BatchNorm(block.planes))),
        conv3_(register_module("conv3", typename Kind::Conv(Kind::conv1(block.planes, block.out, 1)))),
        bn3_(register_module("bn3", BatchNorm(block.out))),
        downsample_(make_projection<Kind>(block)) {
    // A fresh block adds nothing to its shortcut (Goyal et al. 2017, section 5.1). Else what 50 blocks add grows, while
    // running statistics are young, until the first validation's output is infinite.
    nn::init::zeros_(bn3_->weight);
    if (!downsample_.is_empty()) register_module("downsample", downsample_);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = bn1_->normalise(conv1_(x), {}, true);
    y = bn2_->normalise(conv2_(Kind::look_back(y, kConvHistory)), {}, true);
    return bn3_->normalise(conv3_(y), downsample_.is_empty() ? x : downsample_->forward(x), true);
  }

 private:
  typename Kind::Conv conv1_;
  BatchNorm bn1_;
  typename Kind::Conv conv2_;
  BatchNorm bn2_;
  typename Kind::Conv conv3_;
  BatchNorm bn3_;
  nn::Sequential downsample_;
};

template <typename Kind>
class ResNet : public Network {
 public:
  explicit ResNet(const Architecture& architecture)
      : Network(architecture),
        conv1_(register_module("conv1",
                               typename Kind::Conv(Kind::stem(input_channels(architecture), architecture.width)))),
        bn1_(register_module("bn1", BatchNorm(architecture.width))) {
    int64_t channels = 0;
    for (const ResNetBlock& block : resnet_blocks(architecture)) {
      if (block.index == 0) stages_.push_back(register_module("layer" + std::to_string(block.stage), nn::Sequential()));
      if (backbone_of(architecture).bottleneck) {
        stages_.back()->push_back(Bottleneck<Kind>(block));
      } else {
        stages_.back()->push_back(BasicBlock<Kind>(block));
      }
      channels = block.out;
    }
    fc_cls_ = register_module("fc_cls", nn::Linear(channels, architecture.num_classes));
    initialise_convolutions(*this);
  }

  torch::Tensor forward(std::span<const torch::Tensor> inputs) override {
    const torch::Tensor& x = inputs.front();
    const bool is_stream = architecture().causal && is_training();
    const int64_t history = is_stream ? x.size(2) - num_positions(architecture()) * spec::kPositionFrames : 0;
    if (history <= 0) return answer(features(x));
    Recollection seen;
    {
      const torch::NoGradGuard no_grad;
      features(x.slice(2, 0, history).contiguous());
    }
    seen.rewind();
    return answer(features(x.slice(2, history).contiguous()));
  }

 private:
  torch::Tensor features(const torch::Tensor& frames) {
    torch::Tensor x = conv1_(Kind::look_back(frames, kStemHistory));
    x = Kind::pool(bn1_->normalise(x, {}, true));
    for (nn::Sequential& stage : stages_) x = stage->forward(x);
    return x;
  }

  torch::Tensor answer(torch::Tensor x) {
    x = Kind::average(x, num_positions(architecture()));
    x = nets::dropout(x, architecture().dropout_ratio, is_training());
    return fc_cls_(x);
  }

  typename Kind::Conv conv1_;
  BatchNorm bn1_;
  std::vector<nn::Sequential> stages_;
  nn::Linear fc_cls_{nullptr};
};

}  // namespace

std::shared_ptr<Network> make_resnet(const Architecture& branch) {
  if (!branch.volume) return std::make_shared<ResNet<Pictures>>(branch);
  if (!branch.causal) return std::make_shared<ResNet<Volumes>>(branch);
  return std::make_shared<ResNet<CausalVolumes>>(branch);
}

}  // namespace gerund::nets
