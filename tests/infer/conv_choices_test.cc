// Tests of infer/onednn/conv_choices.h on candidates that count how often they run and move the clock on.
#include "infer/onednn/conv_choices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "graph/scratch_file.h"
#include "infer/onednn/conv_check.h"

namespace gerund::infer {
namespace {

class Choices : public testing::Test {
 protected:
  Choices() { site_.shape.conv.in_channels = site_.shape.conv.out_channels = 8; }

  PlannedConv candidate(const std::string& name, double milliseconds, int64_t weights = 1) {
    PlannedConv one;
    one.algorithm = name;
    one.num_packed_bytes = weights;
    one.blank = [] { return PackedConv{}; };
    one.run = [this, milliseconds](const PackedConv&, const ConvInput&, const float*, float*, float*) {
      ++num_runs_;
      now_ += milliseconds;
    };
    return one;
  }

  std::string fastest(ConvChoices& choices, int num_threads = 1) {
    return choices.fastest(candidates_, site_, num_threads).algorithm;
  }

  const graph::ScratchFile scratch_{"convolutions.json"};
  const std::filesystem::path& file_ = scratch_.path();
  ConvSite site_;
  int num_runs_ = 0;
  double now_ = 0;
  double waited_ = 0;
  const Clock clock_{[this] { return now_; }, [this] { return waited_; }};
  std::vector<PlannedConv> candidates_{candidate("slow", 20), candidate("fast", 10), candidate("slower", 30)};
};

TEST_F(Choices, TakeTheFastest) {
  ConvChoices choices(std::nullopt, clock_);
  EXPECT_EQ(fastest(choices), "fast");
}

TEST_F(Choices, TakeTheSmallestWeightsOfThoseAsFast) {
  candidates_ = {candidate("large", 100, 4), candidate("small", 104, 1), candidate("slow", 106, 0)};
  ConvChoices choices(std::nullopt, clock_);
  EXPECT_EQ(fastest(choices), "small");
}

TEST_F(Choices, TakeMuchSmallerWeightsThoughTheyAreALittleSlower) {
  constexpr int64_t kMiB = 1 << 20;
  candidates_ = {candidate("large", 100, 60 * kMiB), candidate("smaller", 106, 49 * kMiB),
                 candidate("half", 116, 30 * kMiB), candidate("quarter", 144, 15 * kMiB),
                 candidate("fifth", 161, 12 * kMiB)};
  ConvChoices choices(std::nullopt, clock_);
  EXPECT_EQ(fastest(choices), "quarter");
}

TEST_F(Choices, DoNotDependOnOneThatIsNotTaken) {
  constexpr int64_t kMiB = 1 << 20;
  candidates_ = {candidate("medium", 101, 36 * kMiB), candidate("small", 149, 9 * kMiB)};
  ConvChoices without(std::nullopt, clock_);
  EXPECT_EQ(fastest(without), "medium");
  candidates_.push_back(candidate("large", 100, 81 * kMiB));
  ConvChoices with(std::nullopt, clock_);
  EXPECT_EQ(fastest(with), "medium");
}

TEST_F(Choices, TakeTheFasterOfThoseWithTheSmallestWeights) {
  constexpr int64_t kMiB = 1 << 20;
  candidates_ = {candidate("large", 100, 60 * kMiB), candidate("small", 140, 15 * kMiB),
                 candidate("small and faster", 110, 15 * kMiB), candidate("small too", 120, 15 * kMiB)};
  ConvChoices choices(std::nullopt, clock_);
  EXPECT_EQ(fastest(choices), "small and faster");
}

TEST_F(Choices, SurviveADisturbedRunAndDoNotCountTheFirst) {
  const auto with_times = [this](const std::string& name, std::vector<double> times) {
    PlannedConv one = candidate(name, 0);
    one.run = [this, times, run = size_t{0}](const PackedConv&, const ConvInput&, const float*, float*,
                                             float*) mutable { now_ += times.at(std::min(run++, times.size() - 1)); };
    return one;
  };
  candidates_ = {candidate("steady", 10), with_times("disturbed", {60, 50, 9}), with_times("warm", {1, 20})};
  ConvChoices choices(std::nullopt, clock_);
  EXPECT_EQ(fastest(choices), "disturbed");
}

TEST_F(Choices, DoNotCountRunsWhoseThreadsWaitedForAProcessor) {
  // Nine of ten runs of "late" meet another process, which doubles their time; "steady" never does.
  PlannedConv late = candidate("late", 0);
  late.run = [this, run = 0](const PackedConv&, const ConvInput&, const float*, float*, float*) mutable {
    const bool is_calm = ++run % 10 == 0;
    now_ += is_calm ? 8 : 11;
    waited_ += is_calm ? 0.1 : 3;
  };
  candidates_ = {candidate("steady", 10), late};
  {
    ConvChoices choices(file_, clock_);
    EXPECT_EQ(fastest(choices), "late");
    choices.save();
  }
  num_runs_ = 0;
  ConvChoices choices(file_, clock_);
  fastest(choices);
  EXPECT_EQ(num_runs_, 0);
}

TEST_F(Choices, OfABusyMachineAreMeasuredAgainAFewTimes) {
  const auto busy = [this](const std::string& name, double milliseconds) {
    PlannedConv one = candidate(name, milliseconds);
    one.run = [this, run = one.run](const PackedConv& weights, const ConvInput& in, const float* summand, float* out,
                                    float* scratch) {
      run(weights, in, summand, out, scratch);
      waited_ += 1;
    };
    return one;
  };
  candidates_ = {busy("slow", 11), busy("fast", 10)};
  const auto num_runs_of_next_process = [&] {
    num_runs_ = 0;
    ConvChoices choices(file_, clock_);
    EXPECT_EQ(fastest(choices), "fast");
    const int once = num_runs_;
    fastest(choices);
    EXPECT_EQ(num_runs_, once);  // Within a process an answer holds.
    choices.save();
    return num_runs_;
  };
  for (int process = 0; process < 3; ++process) EXPECT_GT(num_runs_of_next_process(), 0) << process;
  EXPECT_EQ(num_runs_of_next_process(), 0);
}

TEST_F(Choices, OfABusyMachineAreForgottenOnceItIsCalm) {
  PlannedConv busy = candidate("busy", 10);
  busy.run = [this](const PackedConv&, const ConvInput&, const float*, float*, float*) {
    ++num_runs_;
    now_ += 10;
    waited_ += 5;
  };
  candidates_ = {candidate("calm", 11), busy};
  {
    ConvChoices choices(file_, clock_);
    EXPECT_EQ(fastest(choices), "busy");
    choices.save();
  }
  candidates_[1] = candidate("busy", 12);
  for (const bool is_measured : {true, false}) {
    num_runs_ = 0;
    ConvChoices choices(file_, clock_);
    EXPECT_EQ(fastest(choices), "calm");
    EXPECT_EQ(num_runs_ > 0, is_measured);
    choices.save();
  }
}

TEST_F(Choices, AskEachQuestionOnce) {
  ConvChoices choices(std::nullopt, clock_);
  fastest(choices);
  const int once = num_runs_;
  EXPECT_GT(once, 0);
  EXPECT_EQ(fastest(choices), "fast");
  EXPECT_EQ(num_runs_, once);
  fastest(choices, 2);
  EXPECT_GT(num_runs_, once);
}

TEST_F(Choices, DoNotMeasureTheOnlyCandidate) {
  candidates_.resize(1);
  ConvChoices choices(std::nullopt, clock_);
  EXPECT_EQ(fastest(choices), "slow");
  EXPECT_EQ(num_runs_, 0);
}

TEST_F(Choices, AreKeptOnDisk) {
  {
    ConvChoices choices(file_, clock_);
    fastest(choices);
    choices.save();
    site_.shape.conv.batch = 2;
    fastest(choices);
    choices.save();
  }
  num_runs_ = 0;
  ConvChoices choices(file_, clock_);
  EXPECT_EQ(fastest(choices), "fast");
  site_.shape.conv.batch = 1;
  EXPECT_EQ(fastest(choices), "fast");
  EXPECT_EQ(num_runs_, 0);
}

TEST_F(Choices, KeepWhatAnotherProcessWrote) {
  ConvChoices ours(file_, clock_), theirs(file_, clock_);
  fastest(theirs, 2);
  fastest(ours, 1);
  theirs.save();
  ours.save();
  num_runs_ = 0;
  ConvChoices both(file_, clock_);
  fastest(both, 1);
  fastest(both, 2);
  EXPECT_EQ(num_runs_, 0);
}

TEST_F(Choices, AreMeasuredAnewWhereNoCandidateHasTheAnswer) {
  {
    ConvChoices choices(file_, clock_);
    fastest(choices);
    choices.save();
  }
  candidates_.erase(candidates_.begin() + 1);
  ConvChoices choices(file_, clock_);
  EXPECT_EQ(fastest(choices), "slow");
}

TEST_F(Choices, SurviveADamagedFile) {
  for (const char* bytes : {"", "{", "[]", "3", R"({"a machine": 3})", R"({"a machine": {"a question": 3}})",
                            R"({"a machine": {"a question": {"algorithm": "fast"}}})",
                            R"({"a machine": {"a question": {"algorithm": "fast", "disturbed": "no"}}})"}) {
    std::ofstream(file_) << bytes;
    {
      ConvChoices choices(file_, clock_);
      EXPECT_EQ(fastest(choices), "fast") << bytes;
      choices.save();
    }
    num_runs_ = 0;
    ConvChoices choices(file_, clock_);
    fastest(choices);
    EXPECT_EQ(num_runs_, 0) << bytes;
  }
}

TEST_F(Choices, SurviveAPlaceThatCannotBeWritten) {
  std::ofstream(file_) << "a file, not a folder";
  ConvChoices choices(file_ / "convolutions.json", clock_);
  EXPECT_EQ(fastest(choices), "fast");
  EXPECT_NO_THROW(choices.save());
}

TEST_F(Choices, SurviveAFolderInTheirPlace) {
  std::filesystem::create_directory(file_);
  ConvChoices choices(file_, clock_);
  EXPECT_EQ(fastest(choices), "fast");
  EXPECT_NO_THROW(choices.save());
}

/// A convolution of one tap, computed plainly but for `spoil`.
PlannedConv one_tap(const std::string& name, const std::function<void(float*)>& spoil) {
  PlannedConv conv;
  conv.algorithm = name;
  conv.input = conv.summand = conv.output = Layout::plain;
  conv.pack = [](const float* weights, const float*) { return PackedConv{{}, {}, {}, {weights[0]}}; };
  conv.blank = [] { return PackedConv{{}, {}, {}, {0}}; };
  conv.run = [spoil](const PackedConv& weights, const ConvInput& in, const float*, float* out, float*) {
    for (int i = 0; i < 64; ++i) out[i] = in.first[i] * weights.bias[0];
    spoil(out);
  };
  return conv;
}

// Weights are packed for the first batch that a network sees, and the others must find their algorithm.
TEST(Candidates, AreTheSameForEveryBatch) {
  const auto names = [](DirectConvShape shape, int64_t batch) {
    shape.conv.batch = batch;
    std::vector<std::string> found;
    for (const PlannedConv& one : conv_candidates(shape, Layout::blocked, 2, {})) found.push_back(one.algorithm);
    return found;
  };
  for (const int64_t side : {4, 7, 14, 56}) {
    for (const int64_t stride : {1, 2}) {
      const int64_t out = (side + stride - 1) / stride;
      DirectConvShape shape;
      shape.conv = {1, 512, 512, {8, side, side}, {3, 3, 3}, {1, stride, stride}, {1, 1, 1}, {8, out, out}};
      shape.pad_end = {1, 1, 1};
      for (const int64_t batch : {2, 13, 40})
        EXPECT_EQ(names(shape, batch), names(shape, 1)) << side << " by " << stride << " batch " << batch;
    }
  }
}

TEST(ConvCheck, FindsAWrongNumberAndOneThatIsMissing) {
  DirectConvShape shape;
  shape.conv.input = shape.conv.output = {1, 8, 8};
  const PlannedConv direct = one_tap("direct", [](float*) {});
  const auto is_right = [&](const std::function<void(float*)>& spoil) {
    return agrees(one_tap("bf16", spoil), direct, shape);
  };
  EXPECT_TRUE(is_right([](float*) {}));
  EXPECT_TRUE(is_right([](float* out) { out[5] *= 1 + 1.0F / 512; }));
  EXPECT_FALSE(is_right([](float* out) { out[5] += 0.1F; }));
  EXPECT_FALSE(is_right([](float* out) { out[63] = std::nanf(""); }));
}

TEST_F(Choices, LeaveOutAnAlgorithmOfBfloat16ThatIsWrong) {
  site_.shape.conv = {};
  site_.shape.conv.input = site_.shape.conv.output = {1, 8, 8};
  site_.at_hand = {Layout::plain};
  site_.wanted = Layout::plain;
  const auto taking = [this](PlannedConv conv, double milliseconds) {
    conv.run = [this, milliseconds, run = conv.run](const PackedConv& weights, const ConvInput& in,
                                                    const float* summand, float* out, float* scratch) {
      run(weights, in, summand, out, scratch);
      now_ += milliseconds;
    };
    return conv;
  };
  candidates_ = {taking(one_tap("direct", [](float*) {}), 10), taking(one_tap("bf16", [](float*) {}), 5)};
  ConvChoices right(std::nullopt, clock_);
  EXPECT_EQ(fastest(right), "bf16");
  candidates_[1] = taking(one_tap("bf16", [](float* out) { out[0] = 9; }), 5);
  ConvChoices wrong(std::nullopt, clock_);
  EXPECT_EQ(fastest(wrong), "direct");
}

}  // namespace
}  // namespace gerund::infer
