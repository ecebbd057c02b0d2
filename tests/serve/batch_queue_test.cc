#include "serve/batch_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "graph/expect_text.h"
#include "serve/small_clips.h"

namespace gerund::serve {
namespace {

BatchOptions batches(int max_batch, double max_wait_seconds) {
  return {max_batch, max_wait_seconds};
}

int64_t number_of(const WaitingClip& waiting) {
  return waiting.region.clip.positions[0].number;
}

/// "stream/region/number" of each.
std::vector<std::string> names_of(const std::vector<WaitingClip>& batch) {
  std::vector<std::string> names;
  for (const WaitingClip& waiting : batch)
    names.push_back(std::to_string(waiting.stream) + "/" + waiting.region.key.id + "/" +
                    std::to_string(number_of(waiting)));
  return names;
}

using Names = std::vector<std::string>;

TEST(BatchQueue, AnEmptyQueueIsNeverDue) {
  BatchQueue queue(batches(4, 0), false);
  queue.add_stream({});
  EXPECT_TRUE(queue.take(100).empty());
  EXPECT_EQ(queue.due_seconds(), std::nullopt);
}

TEST(BatchQueue, ARunIsDueWhenItIsFull) {
  BatchQueue queue(batches(2, 10), false);
  const StreamId stream = queue.add_stream({});
  queue.add_stream({});  // Has nothing to give.
  RegionSource a("a");
  RegionSource b("b");
  queue.offer(stream, a.next(), 0);
  EXPECT_TRUE(queue.take(0).empty());
  queue.offer(stream, b.next(), 0);
  EXPECT_EQ(names_of(queue.take(0)), (Names{"0/a/0", "0/b/0"}));
  EXPECT_EQ(queue.num_waiting(stream), 0U);
}

TEST(BatchQueue, ARunIsDueWhenEveryStreamHasAWindow) {
  BatchQueue queue(batches(8, 10), false);
  const StreamId first = queue.add_stream({});
  const StreamId second = queue.add_stream({});
  RegionSource a("a");
  queue.offer(first, a.next(), 0);
  EXPECT_TRUE(queue.take(0).empty());
  queue.offer(second, a.next(), 0);
  EXPECT_EQ(names_of(queue.take(0)), (Names{"0/a/0", "1/a/1"}));
}

TEST(BatchQueue, ARunIsDueWhenAWindowHasWaitedLongEnough) {
  BatchQueue queue(batches(8, 10), false);
  const StreamId early = queue.add_stream({});
  const StreamId late = queue.add_stream({});
  queue.add_stream({});
  RegionSource a("a");
  RegionSource b("b");
  queue.offer(late, b.next(), 3);
  queue.offer(early, a.next(), 5);
  EXPECT_EQ(queue.due_seconds(), 13);
  EXPECT_TRUE(queue.take(12.9).empty());
  EXPECT_EQ(names_of(queue.take(13)), (Names{"0/a/0", "1/b/0"}));
  EXPECT_EQ(queue.due_seconds(), std::nullopt);
}

TEST(BatchQueue, TheWindowThatHasWaitedLongestDecides) {
  for (const auto& [since_first, since_second] : {std::pair{3, 5}, std::pair{5, 3}}) {
    BatchQueue queue(batches(8, 10), false);
    RegionSource a("a");
    RegionSource b("b");
    queue.offer(queue.add_stream({}), a.next(), since_first);
    queue.offer(queue.add_stream({}), b.next(), since_second);
    EXPECT_EQ(queue.due_seconds(), 13);
  }
}

TEST(BatchQueue, AnIdleStreamThatIsRemovedIsNotWaitedFor) {
  BatchQueue queue(batches(8, 10), false);
  const StreamId busy = queue.add_stream({});
  const StreamId idle = queue.add_stream({});
  RegionSource a("a");
  queue.offer(busy, a.next(), 0);
  EXPECT_TRUE(queue.take(0).empty());
  queue.remove_stream(idle);
  EXPECT_EQ(queue.take(0).size(), 1U);
}

TEST(BatchQueue, TheWindowsOfARemovedStreamAreForgotten) {
  BatchQueue queue(batches(2, 10), false);
  const StreamId gone = queue.add_stream({});
  const StreamId stays = queue.add_stream({});
  queue.add_stream({});
  RegionSource a("a");
  RegionSource b("b");
  queue.offer(gone, a.next(), 0);
  queue.remove_stream(gone);
  queue.remove_stream(gone);  // No matter.
  EXPECT_EQ(queue.due_seconds(), std::nullopt);
  queue.offer(stays, b.next(), 5);
  EXPECT_TRUE(queue.take(5).empty());
  EXPECT_EQ(names_of(queue.take(15)), (Names{"1/b/0"}));
}

TEST(BatchQueue, StreamsTakeTurns) {
  BatchQueue queue(batches(4, 0), false);
  const StreamId loud = queue.add_stream({Overload::block, 10});
  const StreamId quiet = queue.add_stream({});
  RegionSource a("a");
  RegionSource b("b");
  for (int i = 0; i < 6; ++i) queue.offer(loud, a.next(), 0);
  queue.offer(quiet, b.next(), 0);
  EXPECT_EQ(names_of(queue.take(0)), (Names{"0/a/0", "1/b/0", "0/a/1", "0/a/2"}));
}

TEST(BatchQueue, AStreamThatOffersTenTimesAsMuchStarvesNoOther) {
  for (const int max_batch : {1, 3, 4}) {
    BatchQueue queue(batches(max_batch, 0), false);
    const StreamId loud = queue.add_stream({Overload::newest, 2});
    const StreamId quiet = queue.add_stream({Overload::newest, 1});
    const StreamId calm = queue.add_stream({Overload::newest, 1});
    std::vector<RegionSource> crowd;
    for (int i = 0; i < 10; ++i) crowd.emplace_back(std::to_string(i));
    RegionSource one("one");
    RegionSource other("other");
    std::vector<int> taken(3);
    int num_lost = 0;
    for (int tick = 0; tick < 100; ++tick) {
      for (RegionSource& source : crowd) queue.offer(loud, source.next(), tick);
      num_lost += queue.offer(quiet, one.next(), tick) + queue.offer(calm, other.next(), tick);
      // Room for three or four windows in the time of twelve.
      for (int runs = 0; runs < (max_batch == 1 ? 3 : 1); ++runs)
        for (const WaitingClip& waiting : queue.take(tick)) ++taken[static_cast<size_t>(waiting.stream)];
    }
    EXPECT_EQ(num_lost, 0) << max_batch;
    EXPECT_EQ(taken[static_cast<size_t>(quiet)], 100) << max_batch;
    EXPECT_EQ(taken[static_cast<size_t>(calm)], 100) << max_batch;
    EXPECT_EQ(taken[static_cast<size_t>(loud)], max_batch == 4 ? 200 : 100) << max_batch;
  }
}

TEST(BatchQueue, TurnsGoOnFromRunToRun) {
  BatchQueue queue(batches(1, 0), false);
  std::vector<RegionSource> sources;
  for (int i = 0; i < 3; ++i) {
    const StreamId stream = queue.add_stream({Overload::block, 4});
    sources.emplace_back("r");
    for (int n = 0; n < 4; ++n) queue.offer(stream, sources.back().next(), 0);
  }
  Names order;
  for (int i = 0; i < 6; ++i) order.push_back(names_of(queue.take(0)).at(0));
  EXPECT_EQ(order, (Names{"0/r/0", "1/r/0", "2/r/0", "0/r/1", "1/r/1", "2/r/1"}));
}

// Overload.

/// Offers five windows of one region and one of another to a stream where two may wait.
struct Flood {
  explicit Flood(Overload overload, bool carries_state = false) : queue(batches(8, 0), carries_state) {
    const StreamId stream = queue.add_stream({overload, 2});
    for (int i = 0; i < 5; ++i) num_lost += queue.offer(stream, flooded.next(), 0);
    num_lost += queue.offer(stream, other.next(), 0);
  }
  BatchQueue queue;
  RegionSource flooded{"flooded"};
  RegionSource other{"other"};
  int num_lost = 0;
};

TEST(BatchQueue, NewestLosesTheOldestOfTheRegion) {
  Flood flood(Overload::newest);
  EXPECT_EQ(flood.num_lost, 3);
  EXPECT_EQ(names_of(flood.queue.take(0)), (Names{"0/flooded/3", "0/flooded/4", "0/other/0"}));
}

TEST(BatchQueue, SkipLosesTheOneThatComes) {
  Flood flood(Overload::skip);
  EXPECT_EQ(flood.num_lost, 3);
  EXPECT_EQ(names_of(flood.queue.take(0)), (Names{"0/flooded/0", "0/flooded/1", "0/other/0"}));
}

TEST(BatchQueue, BlockHasRoomAsLongAsNoneIsLost) {
  BatchQueue queue(batches(1, 0), false);
  const StreamId stream = queue.add_stream({Overload::block, 2});
  RegionSource a("a");
  RegionSource b("b");
  EXPECT_TRUE(queue.has_room(stream, a.key()));
  EXPECT_EQ(queue.offer(stream, a.next(), 0), 0);
  EXPECT_TRUE(queue.has_room(stream, a.key()));
  EXPECT_EQ(queue.offer(stream, a.next(), 0), 0);
  EXPECT_FALSE(queue.has_room(stream, a.key()));
  EXPECT_TRUE(queue.has_room(stream, b.key()));
  queue.take(0);
  EXPECT_TRUE(queue.has_room(stream, a.key()));
}

std::vector<bool> first_flags(const std::vector<WaitingClip>& batch) {
  std::vector<bool> flags;
  for (const WaitingClip& waiting : batch) flags.push_back(waiting.region.clip.is_first);
  return flags;
}

TEST(BatchQueue, ALossMakesTheNextWindowOfAStateAFirstOne) {
  BatchQueue queue(batches(8, 0), true);
  const StreamId stream = queue.add_stream({Overload::newest, 2});
  RegionSource a("a");
  for (int i = 0; i < 2; ++i) queue.offer(stream, a.next(), 0);
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{true});
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{false});
  for (int i = 0; i < 3; ++i) queue.offer(stream, a.next(), 0);  // 2 is lost.
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{true});
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{false});
}

TEST(BatchQueue, ALossOfTheOnlyWaitingWindowMakesTheNewOneAFirstOne) {
  BatchQueue queue(batches(8, 0), true);
  const StreamId stream = queue.add_stream({Overload::newest, 1});
  RegionSource a("a");
  queue.offer(stream, a.next(), 0);
  queue.take(0);
  EXPECT_EQ(queue.offer(stream, a.next(), 0), 0);
  EXPECT_EQ(queue.offer(stream, a.next(), 0), 1);
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{true});
  queue.offer(stream, a.next(), 0);
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{false});
}

TEST(BatchQueue, ASkippedWindowMakesTheOneAfterItAFirstOne) {
  BatchQueue queue(batches(8, 0), true);
  const StreamId stream = queue.add_stream({Overload::skip, 1});
  RegionSource a("a");
  queue.offer(stream, a.next(), 0);
  queue.take(0);
  queue.offer(stream, a.next(), 0);
  EXPECT_EQ(queue.offer(stream, a.next(), 0), 1);
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{false});  // It came before the loss.
  queue.offer(stream, a.next(), 0);
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{true});
}

TEST(BatchQueue, ALossElsewhereMakesTheOldestWaitingWindowAFirstOne) {
  BatchQueue queue(batches(1, 0), true);
  const StreamId stream = queue.add_stream({Overload::block, 3});
  RegionSource a("a");
  for (int i = 0; i < 3; ++i) queue.offer(stream, a.next(), 0);
  const auto running = queue.take(0);
  queue.lose(running.at(0));
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{true});
  const auto last = queue.take(0);
  EXPECT_EQ(first_flags(last), std::vector<bool>{false});
  queue.lose(last.at(0));  // Nothing waits: the next one that comes.
  queue.offer(stream, a.next(), 0);
  EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{true});
}

TEST(BatchQueue, WithoutAStateALossIsNoNewStart) {
  for (const Overload overload : {Overload::newest, Overload::skip}) {
    BatchQueue queue(batches(8, 0), false);
    const StreamId stream = queue.add_stream({overload, 1});
    RegionSource a("a");
    queue.offer(stream, a.next(), 0);
    queue.take(0);
    for (int i = 0; i < 3; ++i) queue.offer(stream, a.next(), 0);
    EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{false});
    queue.offer(stream, a.next(), 0);
    EXPECT_EQ(first_flags(queue.take(0)), std::vector<bool>{false});
  }
}

// Else whoever reads the answers would go on from what was before the gap.
TEST(BatchQueue, ALostFirstWindowMakesTheNextOneAFirstOne) {
  BatchQueue newest(batches(8, 0), false);
  const StreamId stream = newest.add_stream({Overload::newest, 1});
  RegionSource a("a");
  for (int i = 0; i < 2; ++i) newest.offer(stream, a.next(), 0);
  EXPECT_EQ(first_flags(newest.take(0)), std::vector<bool>{true});

  BatchQueue skip(batches(8, 0), false);
  skip.add_stream({Overload::skip, 1});
  skip.offer(stream, a.next(), 0);
  a.start_anew();
  skip.offer(stream, a.next(), 0);  // Lost.
  EXPECT_EQ(first_flags(skip.take(0)), std::vector<bool>{false});
  skip.offer(stream, a.next(), 0);
  EXPECT_EQ(first_flags(skip.take(0)), std::vector<bool>{true});
}

TEST(BatchQueue, NoTwoWindowsOfOneRegionShareARunOfAState) {
  Flood flood(Overload::newest, true);
  EXPECT_EQ(names_of(flood.queue.take(0)), (Names{"0/flooded/3", "0/other/0"}));
  EXPECT_EQ(names_of(flood.queue.take(0)), (Names{"0/flooded/4"}));
}

TEST(BatchQueue, RegionsOfOneNameInTwoStreamsMayShareARunOfAState) {
  BatchQueue queue(batches(8, 0), true);
  RegionSource a("a");
  RegionSource b("a");
  queue.offer(queue.add_stream({}), a.next(), 0);
  queue.offer(queue.add_stream({}), b.next(), 0);
  EXPECT_EQ(queue.take(0).size(), 2U);
}

TEST(BatchQueue, OptionsOutOfRangeAreRefusedByName) {
  const auto refusal = [](const auto& make) -> std::string {
    try {
      make();
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_TRUE(holds(refusal([] { BatchQueue(batches(0, 1), false); }), {"max_batch", "0", "1 or more"}));
  for (const double wait : {-1.0, std::nan("")})
    EXPECT_TRUE(holds(refusal([&] { BatchQueue(batches(1, wait), false); }), {"max_wait_seconds", "0 or more"}));
  EXPECT_TRUE(holds(refusal([] {
                      BatchQueue(batches(1, 1), false).add_stream({Overload::skip, 0});
                    }),
                    {"max_waiting", "0", "1 or more"}));
}

// Random operations against what must always hold.

/// What is known of the windows of one region from outside.
struct Ledger {
  RegionSource source{""};
  std::vector<bool> was_first;  // Of each window offered, by number.
  std::set<int64_t> waiting;    // Numbers offered, neither taken nor lost.
  int64_t last_taken = -1;
};

class RandomQueue {
 public:
  RandomQueue(uint64_t seed, bool carries_state)
      : random_(seed),
        carries_state_(carries_state),
        max_batch_(static_cast<int>(1 + random_.below(5))),
        queue_(batches(max_batch_, 3), carries_state) {}

  void step() {
    now_ += random_.uniform();
    const double choice = random_.uniform();
    if (ledgers_.empty() || choice < 0.03) {
      add();
    } else if (choice < 0.05) {
      remove();
    } else if (choice < 0.7) {
      offer();
    } else {
      take();
    }
    size_t waiting = 0;
    for (auto& [stream, regions] : ledgers_) {
      size_t of_stream = 0;
      for (const Ledger& ledger : regions) of_stream += ledger.waiting.size();
      EXPECT_EQ(queue_.num_waiting(stream), of_stream);
      waiting += of_stream;
    }
    EXPECT_EQ(queue_.due_seconds().has_value(), waiting > 0);
  }

  int64_t num_taken = 0;
  int64_t num_lost = 0;

 private:
  void add() {
    const std::array kinds{Overload::block, Overload::newest, Overload::skip};
    const StreamId stream =
        queue_.add_stream({kinds[static_cast<size_t>(random_.below(3))], static_cast<int>(1 + random_.below(3))});
    for (int i = 0; i < 3; ++i) ledgers_[stream].push_back({RegionSource(std::to_string(i)), {}, {}, -1});
  }
  std::pair<const StreamId, std::vector<Ledger>>& any() {
    return *std::next(ledgers_.begin(), random_.below(static_cast<int64_t>(ledgers_.size())));
  }
  void remove() {
    const StreamId stream = any().first;
    queue_.remove_stream(stream);
    ledgers_.erase(stream);
  }
  void offer() {
    auto& [stream, regions] = any();
    Ledger& ledger = regions[static_cast<size_t>(random_.below(3))];
    const StreamOptions& options = queue_.options_of(stream);
    const bool has_room = ledger.waiting.size() < static_cast<size_t>(options.max_waiting);
    EXPECT_EQ(queue_.has_room(stream, ledger.source.key()), has_room);
    if (!has_room && options.overload == Overload::block) return;
    if (random_.chance(0.1)) ledger.source.start_anew();
    RegionClip clip = ledger.source.next();
    const int64_t number = clip.clip.positions[0].number;
    ledger.was_first.push_back(clip.clip.is_first);
    EXPECT_EQ(queue_.offer(stream, std::move(clip), now_), has_room ? 0 : 1);
    ledger.waiting.insert(number);
    if (has_room) return;
    ++num_lost;
    ledger.waiting.erase(options.overload == Overload::newest ? *ledger.waiting.begin() : number);
  }
  void take() {
    const auto batch = queue_.take(now_);
    EXPECT_LE(batch.size(), static_cast<size_t>(max_batch_));
    std::set<const RegionMemory*> regions;
    for (const WaitingClip& waiting : batch) {
      EXPECT_TRUE(regions.insert(waiting.region.memory.get()).second || !carries_state_);
      check(waiting, ledgers_.at(waiting.stream)[static_cast<size_t>(std::stoi(waiting.region.key.id))]);
    }
    num_taken += static_cast<int64_t>(batch.size());
    const bool is_over = !queue_.due_seconds() || batch.empty() || batch.size() == static_cast<size_t>(max_batch_);
    EXPECT_TRUE(is_over || carries_state_) << "a run leaves windows behind though it is not full";
  }
  // It is the oldest that waits, and it is a first one where it was offered as one, or where one between it and the one
  // before was, or where any is missing between them and the network carries a state.
  void check(const WaitingClip& waiting, Ledger& ledger) {
    const int64_t number = number_of(waiting);
    ASSERT_FALSE(ledger.waiting.empty());
    EXPECT_EQ(number, *ledger.waiting.begin());
    EXPECT_LE(waiting.since_seconds, now_);
    bool is_first = carries_state_ && number != ledger.last_taken + 1;
    for (int64_t n = ledger.last_taken + 1; n <= number; ++n)
      is_first = is_first || ledger.was_first[static_cast<size_t>(n)];
    EXPECT_EQ(waiting.region.clip.is_first, is_first) << number;
    ledger.last_taken = number;
    ledger.waiting.erase(number);
  }

  base::Random random_;
  bool carries_state_;
  int max_batch_;
  BatchQueue queue_;
  double now_ = 0;
  std::map<StreamId, std::vector<Ledger>> ledgers_;
};

TEST(BatchQueue, RandomOperationsKeepOrderAndCountEveryLoss) {
  for (const bool carries_state : {false, true}) {
    int64_t num_taken = 0;
    int64_t num_lost = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
      RandomQueue queue(seed, carries_state);
      for (int i = 0; i < 400; ++i) queue.step();
      num_taken += queue.num_taken;
      num_lost += queue.num_lost;
      ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
    EXPECT_GT(num_taken, 1000);
    EXPECT_GT(num_lost, 500);
  }
}

}  // namespace
}  // namespace gerund::serve
