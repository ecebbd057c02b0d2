// Tests of base/machine.h.
#include "base/machine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace gerund::base {
namespace {

TEST(Machine, TellsHowLongThreadsHaveWaitedForProcessors) {
  if (!std::filesystem::exists("/proc/self/task") || !std::filesystem::exists("/proc/self/schedstat"))
    GTEST_SKIP() << "the system does not say";
  // More threads than processors, until they had to wait for each other.
  const double before = waited_for_processors();
  std::atomic<bool> is_over{false};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency() + 2; ++i)
    threads.emplace_back([&] {
      while (!is_over) {
      }
    });
  while (waited_for_processors() - before < 20) {
  }
  is_over = true;
}

/// Whether the system has been told to take large pages for this address: the flag "hg" of its range in
/// /proc/self/smaps (proc(5)).
bool wants_large_pages(const void* place) {
  const auto address = reinterpret_cast<uintptr_t>(place);
  std::ifstream maps("/proc/self/smaps");
  bool is_here = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t first = 0, stop = 0;
    char dash = 0;
    std::istringstream range(line);
    if (range >> std::hex >> first >> dash >> stop && dash == '-') is_here = first <= address && address < stop;
    if (is_here && line.starts_with("VmFlags:")) return (line + " ").find(" hg ") != std::string::npos;
  }
  return false;
}

/// What does not hold of keep_freed_memory, in a process that has called it; "" where all does.
std::string check_kept_memory() {
  constexpr size_t kSize = size_t{64} << 20;
  keep_freed_memory();
  const void* first = nullptr;
  for (int round = 0; round < 2; ++round) {
    const std::vector<char> tensor(kSize, 1);
    if (!wants_large_pages(tensor.data() + kSize / 2)) return "small pages";
    if (round == 1 && tensor.data() != first) return "other memory";
    first = tensor.data();
  }
  return "";
}

TEST(Machine, HasAProcessor) {
  EXPECT_FALSE(processor_name().empty());
}

TEST(Machine, KeepsFreedMemoryAndWishesForLargePages) {
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "another allocator than glibc's";
#endif
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage")) GTEST_SKIP() << "the system has no large pages";
  int overcommit = 0;
  std::ifstream("/proc/sys/vm/overcommit_memory") >> overcommit;
  if (overcommit == 2 || std::getenv("MALLOC_PERTURB_") != nullptr) GTEST_SKIP() << "addresses cost memory here";
  const auto say_and_end = [] {
    const std::string problem = check_kept_memory();
    std::fprintf(stderr, "%s", problem.c_str());
    std::exit(problem.empty() ? 0 : 1);
  };
  EXPECT_EXIT(say_and_end(), testing::ExitedWithCode(0), "");
}

TEST(CacheFolder, FollowsTheVariables) {
  setenv("XDG_CACHE_HOME", "/one", 1);
  setenv("HOME", "/two", 1);
  EXPECT_EQ(cache_folder(), "/one/gerund");
  setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_EQ(cache_folder(), "/two/.cache/gerund");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(cache_folder(), "/two/.cache/gerund");
  unsetenv("HOME");
  EXPECT_EQ(cache_folder(), std::nullopt);
}

}  // namespace
}  // namespace gerund::base
