#include "nets/weights.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "golden_values.h"

namespace gerund::nets {
namespace {

Architecture narrow(bool volume, int64_t num_frames, int64_t num_classes) {
  Architecture architecture;
  architecture.volume = volume;
  architecture.num_frames = num_frames;
  architecture.num_classes = num_classes;
  architecture.width = 8;
  return architecture;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(TransferWeights, OtherClassesGetAFreshHeadAndTheBodyIsTaken) {
  const auto source = golden_weights(narrow(true, 16, 5));
  const auto network = make_network(narrow(true, 16, 3));
  const auto before = weights_of(*network);
  const Transfer transfer = transfer_weights(*network, source, /*same_labels=*/false);
  const auto after = weights_of(*network);
  EXPECT_EQ(transfer.fresh, (std::vector<std::string>{"fc_cls.bias", "fc_cls.weight"}));
  EXPECT_TRUE(transfer.unused.empty());
  EXPECT_EQ(transfer.loaded.size() + 2, after.size());
  EXPECT_TRUE(std::ranges::equal(after.at("layer4.1.conv2.weight").raw(), source.at("layer4.1.conv2.weight").raw()));
  EXPECT_TRUE(std::ranges::equal(after.at("fc_cls.weight").raw(), before.at("fc_cls.weight").raw()));
}

TEST(TransferWeights, SameCountOfOtherLabelsStillGetsAFreshHead) {
  const auto source = golden_weights(narrow(true, 16, 3));
  EXPECT_TRUE(contains(transfer_weights(*make_network(narrow(true, 16, 3)), source, false).fresh, "fc_cls.weight"));
  EXPECT_TRUE(contains(transfer_weights(*make_network(narrow(true, 16, 3)), source, true).loaded, "fc_cls.weight"));
}

TEST(TransferWeights, TwoDimensionalStemOfAnotherLengthKeepsItsResponseToAConstant) {
  const auto source = golden_weights(narrow(false, 16, 3));
  const auto network = make_network(narrow(false, 4, 3));
  EXPECT_EQ(transfer_weights(*network, source, true).adapted, (std::vector<std::string>{"conv1.weight"}));
  const torch::Tensor old_stem = to_torch(source.at("conv1.weight"));
  const torch::Tensor new_stem = to_torch(weights_of(*network).at("conv1.weight"));
  EXPECT_EQ(new_stem.size(1), 12);
  EXPECT_TRUE(torch::allclose(new_stem.sum(1), old_stem.sum(1), 1e-4, 1e-5));
  EXPECT_TRUE(torch::equal(new_stem.select(1, 0), new_stem.select(1, 11)));
}

TEST(TransferWeights, AnotherNetworkIsAUserErrorThatNamesTheTensor) {
  Architecture wide = narrow(true, 16, 3);
  wide.width = 16;
  try {
    transfer_weights(*make_network(narrow(true, 16, 3)), golden_weights(wide), false);
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("bn1"), std::string::npos) << error.what();
  }
  EXPECT_THROW(transfer_weights(*make_network(narrow(true, 16, 3)), {{"other", tensor::Tensor({1})}}, false),
               base::UserError);
}

TEST(SetWeights, MissingUnknownAndMisshapenTensorsAreUserErrors) {
  const Architecture architecture = narrow(true, 16, 3);
  const auto network = make_network(architecture);
  auto weights = golden_weights(architecture);
  EXPECT_NO_THROW(set_weights(*network, weights));
  auto missing = weights;
  missing.erase("bn1.weight");
  EXPECT_THROW(set_weights(*network, missing), base::UserError);
  auto unknown = weights;
  unknown["extra"] = tensor::Tensor({1});
  EXPECT_THROW(set_weights(*network, unknown), base::UserError);
  auto misshapen = weights;
  misshapen["bn1.weight"] = tensor::Tensor({9});
  EXPECT_THROW(set_weights(*network, misshapen), base::UserError);
}

}  // namespace
}  // namespace gerund::nets
