// tests/train/find_rate_test.cc - the advice on losses made by hand, and a search on drawn clips.
#include "train/find_rate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "small_videos.h"

namespace gerund::train {
namespace {

std::vector<double> rising_rates(size_t count) {
  std::vector<double> rates;
  for (size_t i = 0; i < count; ++i) rates.push_back(std::pow(2.0, static_cast<double>(i)));
  return rates;
}

TEST(JudgedRates, AreSmoothed) {
  const RateSearch search = judge_rates(rising_rates(3), std::vector<double>{4, 2, 1});
  ASSERT_EQ(search.trials.size(), 3U);
  EXPECT_DOUBLE_EQ(search.trials[0].smooth_loss, 4);
  EXPECT_DOUBLE_EQ(search.trials[1].smooth_loss, (0.9 * 4 + 2) / 1.9);
  EXPECT_DOUBLE_EQ(search.trials[2].smooth_loss, (0.81 * 4 + 0.9 * 2 + 1) / 2.71);
}

TEST(JudgedRates, AdviseATenthOfWhereTheLossBreaksAndStopWhereItExplodes) {
  // Smooth: 4, 2.95, 2.23, then 4 makes 2.74 (less than 1.25 * 2.23 = 2.79), 4 makes 3.05, and 100 far more than twice.
  const RateSearch search = judge_rates(rising_rates(7), std::vector<double>{4, 2, 1, 4, 4, 100, 1});
  EXPECT_TRUE(search.has_diverged);
  EXPECT_EQ(search.trials.size(), 6U);
  EXPECT_DOUBLE_EQ(search.advised.value(), 1.6);
}

TEST(JudgedRates, AdviseNothingWhereTheLossNeverBreaks) {
  for (const std::vector<double>& losses : {std::vector<double>{4, 2, 1}, {1, 1, 1.2, 1.1}, {}}) {
    const RateSearch search = judge_rates(rising_rates(4), losses);
    EXPECT_FALSE(search.has_diverged);
    EXPECT_FALSE(search.advised);
  }
}

TEST(JudgedRates, EndAtALossThatIsNotANumber) {
  const RateSearch search = judge_rates(rising_rates(4), std::vector<double>{4, 1, NAN, 1});
  EXPECT_TRUE(search.has_diverged);
  EXPECT_EQ(search.trials.size(), 2U);
  EXPECT_DOUBLE_EQ(search.advised.value(), 0.4);
  EXPECT_TRUE(judge_rates(rising_rates(1), std::vector<double>{NAN}).trials.empty());
}

class FindRate : public testing::Test {
 protected:
  void SetUp() override {
    base::request_interrupt(false);
    testing_data::write_two_classes(folder_.path() / "train", 5, 1);
    experiment_.model.input_type = "3d";
    experiment_.model.rgb_seq_length = 4;
    experiment_.model.input_width = experiment_.model.input_height = 32;
    experiment_.model.width = 4;
    experiment_.dataset.label_map = {{"left", 0}, {"right", 1}};
    experiment_.dataset.train_dataset_dir = (folder_.path() / "train").string();
    experiment_.dataset.batch_size = 10;
    experiment_.dataset.cache_gb = 0;
    experiment_.dataset.augmentation_config.crop_smaller_edge = 36;
    experiment_.dataset.augmentation_config.horizontal_flip_prob = 0;
    experiment_.train.num_threads = 1;
  }
  void TearDown() override { base::request_interrupt(false); }

  testing_data::TemporaryFolder folder_{"find_rate"};
  spec::Experiment experiment_;
  base::Progress silent_;
};

TEST_F(FindRate, TriesRatesThatGrowByTheSameFactorUntilTheLossExplodes) {
  const RateSearch search = find_rate(experiment_, {1e-5, 1e5, 41}, silent_);
  EXPECT_TRUE(search.has_diverged);
  ASSERT_GT(search.trials.size(), 10U);
  ASSERT_LT(search.trials.size(), 41U);
  for (size_t i = 0; i < search.trials.size(); ++i)
    EXPECT_NEAR(std::log10(search.trials[i].rate), -5 + 0.25 * static_cast<double>(i), 1e-9);
  EXPECT_LT(search.advised.value(), search.trials.back().rate);
  const RateSearch again = find_rate(experiment_, {1e-5, 1e5, 41}, silent_);
  ASSERT_EQ(again.trials.size(), search.trials.size());
  for (size_t i = 0; i < again.trials.size(); ++i) EXPECT_EQ(again.trials[i].loss, search.trials[i].loss);
}

TEST_F(FindRate, RefusesRatesThatMakeNoSenseAndStopsWhenAsked) {
  for (const RateOptions& wrong : {RateOptions{0, 1, 20}, {1, 1, 20}, {1, 0.1, 20}, {0.1, INFINITY, 20}, {0.1, 1, 9}})
    EXPECT_THROW(find_rate(experiment_, wrong, silent_), base::UserError);
  base::request_interrupt();
  EXPECT_THROW(find_rate(experiment_, {1e-3, 1, 20}, silent_), base::Interrupted);
}

}  // namespace
}  // namespace gerund::train
