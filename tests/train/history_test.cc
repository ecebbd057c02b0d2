#include "train/history.h"

#include <gtest/gtest.h>

#include <vector>

namespace gerund::train {
namespace {

/// Clips of three frames, one pixel each: 100 * channel + 10 * (number of the clip, from 1) + 0, 1, 2.
torch::Tensor numbered_clips(int64_t count, int64_t channels = 1) {
  const auto numbers = [](int64_t n, int64_t factor) { return torch::arange(n, torch::kFloat32) * factor; };
  return (10 + numbers(count, 10).view({count, 1, 1, 1, 1}) + numbers(channels, 100).view({1, channels, 1, 1, 1}) +
          numbers(3, 1).view({1, 1, 3, 1, 1}));
}

std::vector<float> values(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel()};
}

torch::Tensor rows(std::vector<int64_t> numbers) {
  return torch::tensor(numbers);
}

TEST(WithOthersBefore, PutsTheEndsOfTheNextClipsBeforeEach) {
  const torch::Tensor made = with_others_before(numbered_clips(3), rows({0, 1, 2}), 4);
  ASSERT_EQ(made.sizes(), (std::vector<int64_t>{3, 1, 7, 1, 1}));
  EXPECT_EQ(values(made[0]), (std::vector<float>{32, 20, 21, 22, 10, 11, 12}));
  EXPECT_EQ(values(made[1]), (std::vector<float>{12, 30, 31, 32, 20, 21, 22}));
  EXPECT_EQ(values(made[2]), (std::vector<float>{22, 10, 11, 12, 30, 31, 32}));
}

TEST(WithOthersBefore, TakesTheRowsAskedForFromTheWholeBatch) {
  const torch::Tensor made = with_others_before(numbered_clips(3), rows({2, 0}), 4);
  ASSERT_EQ(made.size(0), 2);
  EXPECT_EQ(values(made[0]), (std::vector<float>{22, 10, 11, 12, 30, 31, 32}));
  EXPECT_EQ(values(made[1]), (std::vector<float>{32, 20, 21, 22, 10, 11, 12}));
}

TEST(WithOthersBefore, KeepsChannelsApart) {
  EXPECT_EQ(values(with_others_before(numbered_clips(2, 2), rows({0}), 1)),
            (std::vector<float>{22, 10, 11, 12, 122, 110, 111, 112}));
}

TEST(WithOthersBefore, RepeatsAClipThatIsAlone) {
  const torch::Tensor clip = numbered_clips(1);
  EXPECT_EQ(values(with_others_before(clip, rows({0}), 2)), (std::vector<float>{11, 12, 10, 11, 12}));
  EXPECT_EQ(values(with_others_before(clip, rows({0}), 0)), values(clip));
}

}  // namespace
}  // namespace gerund::train
