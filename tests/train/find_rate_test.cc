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

/// Ten losses of 1, so that the smooth loss is 1, then `more`. The weights of ten sum up to (1 - 0.9^10) / 0.1
/// = 6.5132.
std::vector<double> settled(std::vector<double> more) {
  more.insert(more.begin(), 10, 1.0);
  return more;
}

TEST(JudgedRates, AdviseATenthOfWhereTheLossBreaksAndStopWhereItExplodes) {
  // Smooth: (0.9 * 6.5132 + 3) / (0.9 * 6.5132 + 1) = 1.291, and 100 makes far more than twice.
  const RateSearch search = judge_rates(rising_rates(13), settled({3, 100, 1}));
  EXPECT_TRUE(search.has_diverged);
  EXPECT_EQ(search.trials.size(), 12U);
  EXPECT_DOUBLE_EQ(search.advised.value(), 102.4);  // 2^10 / 10
}

TEST(JudgedRates, ForgetABadBatchThatThingsWentOnAfter) {
  // After 3: 1.291; two losses of 0 bring the smooth one to 0.9 * 8.862 / (0.9 * 6.862 + 1) = 1.112, and 0.962.
  EXPECT_FALSE(judge_rates(rising_rates(13), settled({3, 0, 0})).advised);
  // Again a break, the one that counts: (0.9 * 7.178 + 5) / (0.9 * 7.458 + 1) = 1.485 of 0.962.
  EXPECT_DOUBLE_EQ(judge_rates(rising_rates(14), settled({3, 0, 0, 5})).advised.value(), 819.2);  // 2^13 / 10
}

TEST(JudgedRates, TakeNothingFromTheLuckOfTheFirstBatches) {
  std::vector<double> losses(30, 1.0);
  losses[0] = 0.01;  // Smooth: 0.01, 0.53, 0.69, ..., 0.95.
  const RateSearch search = judge_rates(rising_rates(30), losses);
  EXPECT_FALSE(search.has_diverged);
  EXPECT_FALSE(search.advised);
}

TEST(JudgedRates, SeeALossThatDoublesBeforeTheFirstIsJudged) {
  const RateSearch search = judge_rates(rising_rates(12), std::vector<double>{1, 1, 1, 4, 4, 4, 4, 4, 4, 4, 4, 4});
  EXPECT_TRUE(search.has_diverged);
  EXPECT_DOUBLE_EQ(search.advised.value(), 51.2);  // Of the tenth update: 2^9 / 10.
}

TEST(JudgedRates, AdviseNothingWhereTheLossNeverBreaks) {
  for (const std::vector<double>& losses :
       {std::vector<double>{4, 2, 1}, settled({0.5, 0.4, 0.3}), settled({1.2, 1.1}), {}}) {
    const RateSearch search = judge_rates(rising_rates(14), losses);
    EXPECT_FALSE(search.has_diverged);
    EXPECT_FALSE(search.advised);
  }
}

TEST(JudgedRates, EndAtALossThatIsNotANumber) {
  const RateSearch search = judge_rates(rising_rates(14), settled({1, NAN, 1}));
  EXPECT_TRUE(search.has_diverged);
  EXPECT_EQ(search.trials.size(), 11U);
  EXPECT_DOUBLE_EQ(search.advised.value(), 204.8);  // 2^11 / 10
  EXPECT_DOUBLE_EQ(judge_rates(rising_rates(4), std::vector<double>{4, NAN}).advised.value(), 1) << "below the lowest";
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
  for (const RateOptions& wrong : {RateOptions{0, 1, 20}, {1, 1, 20}, {1, 0.1, 20}, {0.1, INFINITY, 20}, {0.1, 1, 19}})
    EXPECT_THROW(find_rate(experiment_, wrong, silent_), base::UserError);
  base::request_interrupt();
  EXPECT_THROW(find_rate(experiment_, {1e-3, 1, 20}, silent_), base::Interrupted);
}

}  // namespace
}  // namespace gerund::train
