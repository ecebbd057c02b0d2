// Tests of infer/onednn/conv_choices.h on candidates that only count how often they run.
#include "infer/onednn/conv_choices.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "graph/scratch_file.h"

namespace gerund::infer {
namespace {

class Choices : public testing::Test {
 protected:
  Choices() { shape_.conv.in_channels = shape_.conv.out_channels = 8; }

  PlannedConv candidate(const std::string& name, int milliseconds) {
    PlannedConv one;
    one.algorithm = name;
    one.blank = [] { return PackedConv{}; };
    one.run = [this, milliseconds](const PackedConv&, const float*, const float*, float*, float*) {
      ++num_runs_;
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    };
    return one;
  }

  std::string fastest(ConvChoices& choices, int num_threads = 1) {
    return choices.fastest(candidates_, shape_, num_threads).algorithm;
  }

  const graph::ScratchFile scratch_{"convolutions.json"};
  const std::filesystem::path& file_ = scratch_.path();
  DirectConvShape shape_;
  int num_runs_ = 0;
  std::vector<PlannedConv> candidates_{candidate("slow", 20), candidate("fast", 0), candidate("slower", 30)};
};

TEST_F(Choices, TakeTheFastest) {
  ConvChoices choices(std::nullopt);
  EXPECT_EQ(fastest(choices), "fast");
}

TEST_F(Choices, AskEachQuestionOnce) {
  ConvChoices choices(std::nullopt);
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
  ConvChoices choices(std::nullopt);
  EXPECT_EQ(fastest(choices), "slow");
  EXPECT_EQ(num_runs_, 0);
}

TEST_F(Choices, AreKeptOnDisk) {
  {
    ConvChoices choices(file_);
    fastest(choices);
    choices.save();
    shape_.conv.batch = 2;
    fastest(choices);
    choices.save();
  }
  num_runs_ = 0;
  ConvChoices choices(file_);
  EXPECT_EQ(fastest(choices), "fast");
  shape_.conv.batch = 1;
  EXPECT_EQ(fastest(choices), "fast");
  EXPECT_EQ(num_runs_, 0);
}

TEST_F(Choices, KeepWhatAnotherProcessWrote) {
  ConvChoices ours(file_), theirs(file_);
  fastest(theirs, 2);
  fastest(ours, 1);
  theirs.save();
  ours.save();
  num_runs_ = 0;
  ConvChoices both(file_);
  fastest(both, 1);
  fastest(both, 2);
  EXPECT_EQ(num_runs_, 0);
}

TEST_F(Choices, AreMeasuredAnewWhereNoCandidateHasTheAnswer) {
  {
    ConvChoices choices(file_);
    fastest(choices);
    choices.save();
  }
  candidates_.erase(candidates_.begin() + 1);
  ConvChoices choices(file_);
  EXPECT_EQ(fastest(choices), "slow");
}

TEST_F(Choices, SurviveADamagedFile) {
  for (const char* bytes : {"", "{", "[]", "3", R"({"a machine": 3})", R"({"a machine": {"a question": 3}})"}) {
    std::ofstream(file_) << bytes;
    {
      ConvChoices choices(file_);
      EXPECT_EQ(fastest(choices), "fast") << bytes;
      choices.save();
    }
    num_runs_ = 0;
    ConvChoices choices(file_);
    fastest(choices);
    EXPECT_EQ(num_runs_, 0) << bytes;
  }
}

TEST_F(Choices, SurviveAPlaceThatCannotBeWritten) {
  std::ofstream(file_) << "a file, not a folder";
  ConvChoices choices(file_ / "convolutions.json");
  EXPECT_EQ(fastest(choices), "fast");
  EXPECT_NO_THROW(choices.save());
}

TEST_F(Choices, SurviveAFolderInTheirPlace) {
  std::filesystem::create_directory(file_);
  ConvChoices choices(file_);
  EXPECT_EQ(fastest(choices), "fast");
  EXPECT_NO_THROW(choices.save());
}

}  // namespace
}  // namespace gerund::infer
