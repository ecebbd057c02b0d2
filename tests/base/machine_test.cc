// Tests of base/machine.h.
#include "base/machine.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace gerund::base {
namespace {

TEST(Machine, HasAProcessor) {
  EXPECT_FALSE(processor_name().empty());
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
