#include "train/weight_average.h"

#include <gtest/gtest.h>

#include "train/tiny_networks.h"

namespace gerund::train {
namespace {

double value_of(const Scaled& network) {
  return network.factors()[0].item<double>();
}

void set_value(const Scaled& network, double value) {
  torch::NoGradGuard no_grad;
  torch::Tensor factors = network.factors();
  factors.fill_(value);
}

TEST(WeightAverage, FollowsItsFormula) {
  Scaled network({1});
  WeightAverage average(network, 0.5);
  set_value(network, 2);
  average.take(network, 1);  // Decay (1 + 1) / (10 + 1): 1 * 2/11 + 2 * 9/11 = 20/11.
  set_value(network, 5);
  average.take(network, 100);  // Decay 0.5 by now.
  average.exchange(network);
  EXPECT_NEAR(value_of(network), (20.0 / 11 + 5) / 2, 1e-6);
  average.exchange(network);
  EXPECT_EQ(value_of(network), 5);
}

TEST(WeightAverage, IsInTheNetworkForAWhileOnly) {
  Scaled network({1});
  WeightAverage average(network, 0.5);
  set_value(network, 3);
  {
    const AveragedWeights averaged(&average, network);
    EXPECT_EQ(value_of(network), 1);
  }
  EXPECT_EQ(value_of(network), 3);
  const AveragedWeights nothing(nullptr, network);
  EXPECT_EQ(value_of(network), 3);
}

TEST(WeightAverage, CopiesCountersAndAveragesStatistics) {
  nets::Architecture architecture;
  architecture.width = 2;
  architecture.num_classes = 2;
  const auto network = nets::make_network(architecture);
  WeightAverage average(*network, 0.9);
  torch::Tensor counter = network->named_buffers()["bn1.num_batches_tracked"];
  torch::Tensor mean = network->named_buffers()["bn1.running_mean"];
  counter.fill_(7);
  mean.fill_(1);
  average.take(*network, 1000);
  average.exchange(*network);
  EXPECT_EQ(counter.item<int64_t>(), 7);
  EXPECT_NEAR(mean[0].item<double>(), 0.1, 1e-6);
}

}  // namespace
}  // namespace gerund::train
