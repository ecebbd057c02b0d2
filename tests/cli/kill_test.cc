// tests/cli/kill_test.cc - training that is killed again and again: no file is ever torn, and the end is the same.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/random.h"
#include "cli/trained_program.h"
#include "tensor/safetensors.h"

namespace gerund {
namespace {

class Killed : public Cli {
 protected:
  static std::vector<std::string> arguments(const std::string& results) {
    return {"train",
            "-e",
            "spec.yaml",
            "-r",
            results,
            "dataset.batch_size=2",
            "train.num_epochs=12",
            "train.checkpoint_interval=1",
            "train.checkpoint_interval_unit=step",
            "train.ema_decay=0.9",
            "train.optim.optimizer=adamw"};
  }

  // Starts training and kills it (SIGKILL) after so long, or lets it end. True where it ended by itself.
  static bool train(const std::string& results, std::chrono::milliseconds limit) {
    const pid_t child = fork();
    if (child == 0) {
      const int nowhere = open("/dev/null", O_WRONLY);
      dup2(nowhere, STDOUT_FILENO);
      dup2(nowhere, STDERR_FILENO);
      std::vector<std::string> words = arguments(results);
      words.insert(words.begin(), GERUND_PROGRAM);
      std::vector<char*> pointers;
      for (std::string& word : words) pointers.push_back(word.data());
      pointers.push_back(nullptr);
      if (chdir(dir().c_str()) != 0) _exit(126);
      execv(GERUND_PROGRAM, pointers.data());
      _exit(127);
    }
    const auto end = std::chrono::steady_clock::now() + limit;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      } else {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        return false;
      }
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
    return true;
  }

  // Every file that bears its final name is whole.
  static void expect_whole_files(const fs::path& folder) {
    if (!fs::exists(folder)) return;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const bool is_hidden = entry.path().filename().string().starts_with(".");  // Being written when the kill came.
      if (entry.path().extension() == ".safetensors" && !is_hidden) {
        EXPECT_NO_THROW(tensor::read_safetensors(entry.path())) << entry.path();
      }
    }
  }

  static void expect_same_weights(const fs::path& a, const fs::path& b) {
    const tensor::TensorFile one = tensor::read_safetensors(a);
    const tensor::TensorFile two = tensor::read_safetensors(b);
    ASSERT_EQ(one.tensors.size(), two.tensors.size());
    for (const auto& [name, value] : one.tensors)
      EXPECT_TRUE(std::ranges::equal(value.raw(), two.tensors.at(name).raw())) << name;
  }
};

TEST_F(Killed, TrainingAlwaysGoesOnAndEndsWithTheSameWeights) {
  using std::chrono::milliseconds;
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(train("whole", std::chrono::minutes(5)));
  const auto whole = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
  // Most kills hit the work itself; a run that ended by itself begins anew elsewhere, until fifty were killed.
  base::Random random(7);
  int num_killed = 0;
  int num_finished = 0;
  for (int turn = 0; num_killed < 50 && turn < 200; ++turn) {
    const std::string results = "killed" + std::to_string(num_finished);
    const bool ended = train(results, milliseconds(1 + random.below(whole.count() * 2 / 3)));
    expect_whole_files(dir() / results / "train");
    num_killed += ended ? 0 : 1;
    num_finished += ended ? 1 : 0;
  }
  EXPECT_EQ(num_killed, 50);
  ASSERT_TRUE(train("killed" + std::to_string(num_finished), std::chrono::minutes(5)));
  for (int i = 0; i <= num_finished; ++i) {
    for (const auto& entry : fs::directory_iterator(dir() / ("killed" + std::to_string(i)) / "train"))
      EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path() << " was left behind";
    for (const char* name : {"last.safetensors", "best.safetensors"})
      expect_same_weights(dir() / "whole/train" / name, dir() / ("killed" + std::to_string(i)) / "train" / name);
  }
  // A kill between the last save and the names that it gets: made, since a random one rarely comes there.
  const fs::path folder = dir() / "whole/train";
  std::vector<fs::path> named;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("ar_model_epoch=11-")) named.push_back(entry.path());
  ASSERT_EQ(named.size(), 1U);
  fs::remove(named[0]);
  ASSERT_TRUE(train("whole", std::chrono::minutes(5)));
  expect_same_weights(folder / "last.safetensors", named[0]);
}

}  // namespace
}  // namespace gerund
