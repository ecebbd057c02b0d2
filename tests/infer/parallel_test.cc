#include "infer/parallel.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <vector>

namespace gerund::infer {
namespace {

using Cores = std::vector<int>;

Cores allowed_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  Cores cores;
  for (size_t core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(static_cast<int>(core));
  return cores;
}

void allow(const Cores& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(static_cast<size_t>(core), &set);
  sched_setaffinity(0, sizeof set, &set);
}

std::vector<Cores> allowed_to_each(int num_threads) {
  std::vector<Cores> all(static_cast<size_t>(num_threads));
  on_threads(num_threads, [&](int thread) { all[static_cast<size_t>(thread)] = allowed_cores(); });
  return all;
}

/// Two threads are on the first core, and may use all.
void put_on_one(const Cores& cores) {
  on_threads(2, [&](int) { allow({cores.front()}); });
  on_threads(2, [&](int) { allow(cores); });
}

/// What the threads of this process may use is of the test alone again at its end.
class Parallel : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_THREAD__) || !defined(_OPENMP)
    GTEST_SKIP() << "threads are made anew for each piece of work here";
#endif
    if (before.size() < 2) GTEST_SKIP() << "no two cores";
  }
  void TearDown() override {
    on_threads(2, [&](int) { allow(before); });
  }

  Cores before = allowed_cores();
};

/// How often of 40 times two threads that were on one core are on two afterwards.
int num_parted(const Cores& cores) {
  int count = 0;
  for (int round = 0; round < 40; ++round) {
    put_on_one(cores);
    spread_threads(2);
    Cores at(2);
    on_threads(2, [&](int thread) { at[static_cast<size_t>(thread)] = sched_getcpu(); });
    count += at[0] != at[1] ? 1 : 0;
  }
  return count;
}

/// In a process of its own: threads that sleep at once, as `make test` has them, are woken anew for each piece of work.
TEST_F(Parallel, ThreadsThatShareACoreAreParted) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  unsetenv("OMP_WAIT_POLICY");
  unsetenv("GOMP_SPINCOUNT");
  EXPECT_EXIT(std::exit(num_parted(before) > 5 ? 0 : 1), testing::ExitedWithCode(0), "");  // By chance: 0 or 1.
}

TEST_F(Parallel, ThreadsMayUseTheSameCoresAfterwards) {
  for (int round = 0; round < 40; ++round) {
    put_on_one(before);
    spread_threads(2);
    for (const Cores& cores : allowed_to_each(2)) ASSERT_EQ(cores, before);
  }
}

TEST_F(Parallel, OneCoreIsEnoughForSeveralThreads) {
  on_threads(2, [&](int) { allow({before.back()}); });
  spread_threads(2);
  for (const Cores& cores : allowed_to_each(2)) EXPECT_EQ(cores, Cores{before.back()});
}

}  // namespace
}  // namespace gerund::infer
