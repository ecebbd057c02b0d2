#include "data/history.h"

#include <gtest/gtest.h>

namespace gerund::data {
namespace {

/// One pixel of one channel; its frames are 10 * number + 0, 1, ...
tensor::Tensor numbered_clip(int number, int64_t channels = 1) {
  tensor::Tensor clip({channels, 3, 1, 1});
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t t = 0; t < 3; ++t)
      clip.floats()[static_cast<size_t>(c * 3 + t)] = static_cast<float>(100 * c + 10 * number + t);
  return clip;
}

std::vector<float> values(const tensor::Tensor& tensor) {
  return {tensor.floats().begin(), tensor.floats().end()};
}

TEST(WithOthersBefore, PutsTheEndsOfTheNextClipsBeforeEach) {
  const std::vector<tensor::Tensor> clips{numbered_clip(1), numbered_clip(2), numbered_clip(3)};
  const std::vector<tensor::Tensor> made = with_others_before(clips, 4);
  ASSERT_EQ(made.size(), 3U);
  EXPECT_EQ(made[0].shape(), (tensor::Shape{1, 7, 1, 1}));
  EXPECT_EQ(values(made[0]), (std::vector<float>{32, 20, 21, 22, 10, 11, 12}));
  EXPECT_EQ(values(made[1]), (std::vector<float>{12, 30, 31, 32, 20, 21, 22}));
  EXPECT_EQ(values(made[2]), (std::vector<float>{22, 10, 11, 12, 30, 31, 32}));
}

TEST(WithOthersBefore, KeepsChannelsApart) {
  const std::vector<tensor::Tensor> clips{numbered_clip(1, 2), numbered_clip(2, 2)};
  EXPECT_EQ(values(with_others_before(clips, 1)[0]), (std::vector<float>{22, 10, 11, 12, 122, 110, 111, 112}));
}

TEST(WithOthersBefore, RepeatsAClipThatIsAlone) {
  const std::vector<tensor::Tensor> clips{numbered_clip(1)};
  EXPECT_EQ(values(with_others_before(clips, 2)[0]), (std::vector<float>{11, 12, 10, 11, 12}));
  EXPECT_EQ(values(with_others_before(clips, 0)[0]), values(clips[0]));
}

}  // namespace
}  // namespace gerund::data
