// tests/nets/batch_norm_test.cc - batch norm alone and over peers beside LibTorch's own.
#include "nets/batch_norm.h"

#include <gtest/gtest.h>

namespace gerund::nets {
namespace {

struct Outcome {
  torch::Tensor output;
  torch::Tensor input_gradient;
  torch::Tensor weight_gradient;
  torch::Tensor bias_gradient;
  torch::Tensor running_mean;
  torch::Tensor running_var;
};

// What `norm` does to the clips, for a loss that weighs every output differently.
template <typename Norm>
Outcome outcome_of(Norm& norm, const torch::Tensor& clips, const torch::Tensor& loss_weights) {
  norm->weight.data().copy_(torch::tensor({1.5, -0.5, 2.0}));
  norm->bias.data().copy_(torch::tensor({0.1, 0.2, -0.3}));
  torch::Tensor x = clips.clone().requires_grad_(true);
  const torch::Tensor y = norm->forward(x);
  (y * loss_weights).sum().backward();
  return {y.detach(), x.grad(), norm->weight.grad(), norm->bias.grad(), norm->running_mean, norm->running_var};
}

void expect_same(const torch::Tensor& a, const torch::Tensor& b, const char* what) {
  EXPECT_TRUE(torch::allclose(a, b, 1e-4, 1e-5)) << what << "\n" << a << "\n" << b;
}

TEST(BatchNorm, AloneIsThatOfLibTorch) {
  torch::manual_seed(3);
  const torch::Tensor clips = torch::randn({4, 3, 2, 5, 5}) * 3 + 1;
  const torch::Tensor loss_weights = torch::randn_like(clips);
  BatchNorm own(3);
  torch::nn::BatchNorm3d theirs(3);
  const Outcome a = outcome_of(own, clips, loss_weights), b = outcome_of(theirs, clips, loss_weights);
  expect_same(a.output, b.output, "output");
  expect_same(a.input_gradient, b.input_gradient, "gradient");
  expect_same(a.running_var, b.running_var, "variance");
  EXPECT_EQ(own->num_batches_tracked.item<int64_t>(), 1);
  own->eval();
  theirs->eval();
  expect_same(own->forward(clips), theirs->forward(clips), "evaluation");
}

// PyTorch refuses such a batch, which a last batch of one clip may be.
TEST(BatchNorm, OneValuePerChannelTeachesNothing) {
  for (const int64_t channels : {3, 16}) {
    BatchNorm norm(channels);
    norm->forward(torch::ones({1, channels, 1, 1, 1}));
    expect_same(norm->running_mean, torch::zeros({channels}), "mean");
    expect_same(norm->running_var, torch::ones({channels}), "variance");
  }
}

// A peer with the same clips has the same tensors: what it adds to a sum doubles it.
TEST(BatchNorm, OfPeersWithTheSameClipsIsThatOfOne) {
  torch::manual_seed(4);
  const torch::Tensor clips = torch::randn({4, 3, 2, 5, 5}) * 3 + 1;
  const torch::Tensor loss_weights = torch::randn_like(clips);
  BatchNorm shared(3);
  const SharedStatistics statistics{[](const torch::Tensor& tensor) {
    torch::Tensor sum = tensor;
    sum.mul_(2);
  }};
  shared->share(&statistics);
  torch::nn::BatchNorm3d whole(3);
  const Outcome a = outcome_of(shared, clips, loss_weights);
  const Outcome b = outcome_of(whole, torch::cat({clips, clips}), torch::cat({loss_weights, loss_weights}));
  expect_same(a.output, b.output.narrow(0, 0, 4), "output");
  expect_same(a.input_gradient, b.input_gradient.narrow(0, 0, 4), "gradient");
  expect_same(a.weight_gradient * 2, b.weight_gradient, "gradient of the weight");
  expect_same(a.bias_gradient * 2, b.bias_gradient, "gradient of the bias");
  expect_same(a.running_mean, b.running_mean, "mean");
  expect_same(a.running_var, b.running_var, "variance");
}

}  // namespace
}  // namespace gerund::nets
