// Tests of measure/child_process.h with programs that every system has.
#include "measure/child_process.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/interrupt.h"

namespace gerund::measure {
namespace {

TEST(ChildProcess, AnswersLineByLine) {
  ChildProcess process({"cat"});
  process.send("one");
  process.send("");
  process.send(std::string(100000, 'x'));
  EXPECT_EQ(process.receive(), "one");
  EXPECT_EQ(process.receive(), "");
  EXPECT_EQ(process.receive(), std::string(100000, 'x'));
}

TEST(ChildProcess, SaysWhereAProgramIsMissingOrEndsEarly) {
  EXPECT_THROW(ChildProcess({"no-such-program-of-gerund"}), base::UserError);
  ChildProcess process({"true"});
  EXPECT_THROW(process.receive(), base::UserError);
  EXPECT_THROW(process.send("late"), base::UserError);
}

TEST(ChildProcess, StopsWaitingWhenInterrupted) {
  ChildProcess process({"cat"});
  base::request_interrupt();
  EXPECT_THROW(process.receive(), base::Interrupted);
  base::request_interrupt(false);
}

}  // namespace
}  // namespace gerund::measure
