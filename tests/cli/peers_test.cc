// tests/cli/peers_test.cc - several processes on loopback that train one network.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "cli/trained_program.h"
#include "draw/png.h"
#include "tensor/safetensors.h"

namespace gerund {
namespace {

class Together : public Cli {
 protected:
  // A port that is free now.
  static int free_port() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t size = sizeof address;
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    close(listener);
    return ntohs(address.sin_port);
  }

  // Starts `gerund train` as one of `count` processes; what it says goes to NAME.txt.
  static pid_t start(int rank, int count, int port, const std::string& arguments, const std::string& name) {
    const std::string command =
        "cd '" + dir().string() + "' && RANK=" + std::to_string(rank) + " WORLD_SIZE=" + std::to_string(count) +
        " MASTER_ADDR=127.0.0.1 MASTER_PORT=" + std::to_string(port) +
        " exec '" GERUND_PROGRAM "' train -e spec.yaml " + arguments + " > " + name + ".txt 2>&1";
    const pid_t child = fork();
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    return child;
  }

  static int exit_code(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  static std::string said(const std::string& name) {
    const fs::path file = dir() / (name + ".txt");  // Made by the process, a little after it was started.
    return fs::exists(file) ? base::read_file(file) : "";
  }

  // Noise as the optical flow of a clip; of one that turns out to be broken when it is decoded, u and v differ in size.
  static void write_flow(const fs::path& clip, uint64_t seed, bool breaks) {
    base::Random random(seed);
    for (const char* part : {"u", "v"}) {
      const int side = breaks && *part == 'v' ? 40 : 48;
      for (int i = 1; i <= 8; ++i) {
        tensor::Frame picture(side, side);
        for (size_t at = 0; at < picture.rgb.size(); at += 3)
          std::fill_n(picture.rgb.data() + at, 3, static_cast<uint8_t>(random.below(256)));
        base::write_file(clip / part / fmt::format("{:06}.png", i), draw::encode_png(picture));
      }
    }
  }

  static void expect_near(const fs::path& a, const fs::path& b, float tolerance) {
    const tensor::TensorFile one = tensor::read_safetensors(dir() / a);
    const tensor::TensorFile two = tensor::read_safetensors(dir() / b);
    ASSERT_EQ(one.tensors.size(), two.tensors.size());
    for (const auto& [name, value] : one.tensors) {
      if (value.dtype() != tensor::DType::f32) continue;
      const auto other = two.tensors.at(name).floats();
      // A weight moves by a hundredth of its momentum (the rate), which may differ by that much more.
      const float allowed = name.starts_with("optimizer.") ? 10 * tolerance : tolerance;
      for (size_t i = 0; i < other.size(); ++i) ASSERT_NEAR(value.floats()[i], other[i], allowed) << name;
    }
  }
};

// 12 training clips: of the second batch, only the first process has clips. Frames large enough for batch norm to have
// more than a clip's few numbers, which would make the last digits matter.
constexpr const char* kLoop =
    " dataset.train_dataset_dir=clips/more model.input_width=64 model.input_height=64 model.dropout_ratio=0.3 "
    "train.optim.lr=0.003 train.mixup_alpha=0.4 'train.class_weights={left: 2}' ";

TEST_F(Together, ProcessesGiveTheWeightsOfOneWithTheWholeBatch) {
  testing_data::write_two_classes(dir() / "clips/more", 6, 70);
  struct Case {
    int count, batch_size, epochs;
    std::string name, more;
  };
  // Gradients of wide networks fill several buckets. Their last digits soon matter, as those of another number of
  // threads do: one epoch.
  for (const auto& [count, batch_size, epochs, name, more] :
       {Case{2, 4, 3, "two", ""}, Case{3, 3, 3, "three", ""}, Case{2, 4, 1, "wide", "model.width=24"},
        Case{2, 2, 1, "accumulated", "train.accumulate_batches=2 model.width=24"},
        Case{2, 4, 3, "causal", "model.temporal=causal model.history_frames=8"}}) {
    const std::string loop = kLoop + ("train.num_epochs=" + std::to_string(epochs)) + " " + more;
    ASSERT_EQ(
        run("train -e spec.yaml -r one" + name + " dataset.batch_size=" + std::to_string(count * batch_size) + loop)
            .code,
        0);
    const int port = free_port();
    const std::string arguments = "-r together" + name + " dataset.batch_size=" + std::to_string(batch_size) + loop;
    std::vector<pid_t> processes;
    for (int rank = 0; rank < count; ++rank)
      processes.push_back(start(rank, count, port, arguments, "log" + name + std::to_string(rank)));
    for (const pid_t process : processes) EXPECT_EQ(exit_code(process), 0);
    const std::string end = fmt::format("epoch   {0}/{0}", epochs);
    EXPECT_NE(said("log" + name + "0").find(end), std::string::npos) << said("log" + name + "0");
    EXPECT_EQ(said("log" + name + "1").find(end), std::string::npos) << "one process speaks for all";
    expect_near("one" + name + "/train/last.safetensors", "together" + name + "/train/last.safetensors", 1e-5F);
  }
}

TEST_F(Together, ClipsThatBreakInAllProcessesArePassedOverAsOneProcessDoes) {
  // Half of the clips break, so that some batches of two are without any; and of the two to validate with, all that the
  // second process has.
  for (uint64_t i = 0; i < 4; ++i) {
    write_flow(dir() / "flow/train/left" / std::to_string(i), i, false);
    write_flow(dir() / "flow/train/right" / std::to_string(i), 10 + i, true);
  }
  write_flow(dir() / "flow/val/left/0", 20, false);
  write_flow(dir() / "flow/val/right/0", 21, true);
  const std::string loop =
      " model.model_type=of model.of_seq_length=4 model.input_width=64 model.input_height=64 model.dropout_ratio=0 "
      "dataset.train_dataset_dir=flow/train dataset.val_dataset_dir=flow/val train.num_epochs=2 train.optim.lr=0.0001 ";
  const Outcome one = run("train -e spec.yaml -r one_breaks dataset.batch_size=2" + loop);
  ASSERT_EQ(one.code, 0) << one.err;
  const int port = free_port();
  const pid_t first = start(0, 2, port, "-r breaks dataset.batch_size=1" + loop, "breaks_0");
  const pid_t second = start(1, 2, port, "-r breaks dataset.batch_size=1" + loop, "breaks_1");
  EXPECT_EQ(exit_code(first), 0) << said("breaks_0");
  EXPECT_EQ(exit_code(second), 0) << said("breaks_1");
  // Batch norm over a clip's four numbers in the last stage makes rounding larger than elsewhere.
  expect_near("one_breaks/train/last.safetensors", "breaks/train/last.safetensors", 1e-4F);
}

TEST_F(Together, SweepIsRefused) {
  setenv("WORLD_SIZE", "2", 1);
  setenv("RANK", "0", 1);
  setenv("MASTER_ADDR", "127.0.0.1", 1);
  const Outcome outcome = run("sweep -e spec.yaml -r s --grid train.seed=1,2");
  for (const char* name : {"WORLD_SIZE", "RANK", "MASTER_ADDR"}) unsetenv(name);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("sweep trains in one process"), std::string::npos) << outcome.err;
}

TEST_F(Together, APeerThatDiesEndsTheOthersAndTrainingGoesOn) {
  const std::string arguments =
      "-r dies dataset.batch_size=1 train.num_epochs=400 train.checkpoint_interval_unit=step "
      "train.checkpoint_interval=1";
  int port = free_port();
  const pid_t first = start(0, 2, port, arguments, "dies_0");
  const pid_t second = start(1, 2, port, arguments, "dies_1");
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(3);
  while (!fs::exists(dir() / "dies/train/last.safetensors") && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  kill(second, SIGKILL);
  exit_code(second);
  EXPECT_EQ(exit_code(first), 2);
  EXPECT_NE(said("dies_0").find("another process of this training is gone"), std::string::npos) << said("dies_0");
  // The same command goes on; Ctrl-C in one ends both, with everything saved.
  port = free_port();
  const pid_t again = start(0, 2, port, arguments, "again_0");
  const pid_t other = start(1, 2, port, arguments, "again_1");
  while (said("again_0").find("Going on in") == std::string::npos && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(other, SIGINT);
  EXPECT_EQ(exit_code(again), 130) << said("again_0");
  EXPECT_EQ(exit_code(other), 130) << said("again_1");
}

/// Whether the process has a handler for the signal: SigCgt of proc(5).
bool catches(pid_t process, int signal) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigCgt:")) return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1) != 0;
  return false;
}

TEST_F(Together, AProcessThatWaitsForOthersEndsAtTheFirstSignal) {
  const int port = free_port();
  for (const int rank : {0, 1}) {
    const std::string name = "waits" + std::to_string(rank);
    const pid_t process = start(rank, 2, port, "-r waits", name);
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!catches(process, SIGINT) && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::this_thread::sleep_for(std::chrono::seconds(1));
    kill(process, SIGINT);
    EXPECT_EQ(exit_code(process), 130) << said(name);
  }
}

TEST_F(Together, ProcessesWithOtherSettingsAreRefused) {
  const int port = free_port();
  const pid_t first = start(0, 2, port, "-r other train.num_threads=1", "other_0");
  const pid_t second = start(1, 2, port, "-r other train.num_threads=2 train.optim.lr=0.5", "other_1");
  EXPECT_EQ(exit_code(first), 2);
  EXPECT_EQ(exit_code(second), 2);
  EXPECT_NE(
      said("other_0").find("process 1: its settings are not those of process 0; these keys differ: train.optim.lr;"),
      std::string::npos)
      << said("other_0");
}

TEST_F(Together, AProcessWithoutItsPlaceIsAUserError) {
  const pid_t child = start(2, 2, 29500, "-r nowhere2", "nowhere");
  EXPECT_EQ(exit_code(child), 2);
  EXPECT_NE(said("nowhere").find("RANK: '2' is out of range; allowed: 0..1"), std::string::npos) << said("nowhere");
}

}  // namespace
}  // namespace gerund
