#include "serve/batcher.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "graph/expect_text.h"
#include "serve/small_clips.h"
#include "serve/small_models.h"

namespace gerund::serve {
namespace {

using Results = std::vector<WindowResult>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Planes gray(float value) {
  return pixel(value, value, value);
}

std::shared_ptr<const Classifier> weigher() {
  return std::make_shared<Classifier>(weighing_model(1), Activation::none);
}
std::shared_ptr<const Classifier> adder() {
  return std::make_shared<Classifier>(adding_model(), Activation::none);
}

/// A stream of a batcher that keeps what comes back. Read it after drain() or remove_stream().
class Listener {
 public:
  Listener(Batcher& batcher, const StreamOptions& options) : batcher_(batcher) {
    id = batcher.add_stream(
        options, [this](WindowResult result) { results.push_back(std::move(result)); },
        [this](const std::string& failure) { failures.push_back(failure); });
  }
  void offer(RegionClip region) { batcher_.offer(id, std::move(region)); }

  StreamId id = 0;
  Results results;
  std::vector<std::string> failures;

 private:
  Batcher& batcher_;
};

/// An engine whose runs wait until they are let.
class Gate : public infer::Engine {
 public:
  explicit Gate(std::unique_ptr<infer::Engine> engine) : engine_(std::move(engine)) {}
  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    {
      std::unique_lock lock(mutex_);
      ++num_entered_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return is_open_; });
    }
    return engine_->run_all(inputs);
  }
  /// Returns when `count` runs have begun since the start.
  void wait_for_runs(int count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return num_entered_ >= count; });
  }
  void open() const {
    std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::unique_ptr<infer::Engine> engine_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int num_entered_ = 0;
  mutable bool is_open_ = false;
};

struct GatedClassifier {
  GatedClassifier() {
    LoadedModel model = weighing_model(1);
    auto engine = std::make_unique<Gate>(std::move(model.engine));
    gate = engine.get();
    model.engine = std::move(engine);
    classifier = std::make_shared<Classifier>(std::move(model), Activation::none);
  }
  const Gate* gate;
  std::shared_ptr<const Classifier> classifier;
};

TEST(Batcher, AnAnswerCarriesWhatItsWindowWas) {
  Batcher batcher(weigher(), {1, 0});
  Listener listener(batcher, {});
  RegionSource source("7");
  RegionClip region = source.next(pixel(0.5F, 0.25F, 1));
  region.box = {1, 2, 3, 4};
  listener.offer(std::move(region));
  listener.offer(source.next(gray(1)));
  batcher.drain(listener.id);
  ASSERT_EQ(listener.results.size(), 2U);
  const WindowResult& first = listener.results[0];
  EXPECT_EQ(first.key, track("7"));
  EXPECT_EQ(first.box, (clip::Rectangle{1, 2, 3, 4}));
  EXPECT_TRUE(first.is_first);
  ASSERT_EQ(first.positions.size(), 1U);
  EXPECT_EQ(first.positions[0].number, 0);
  EXPECT_EQ(first.batch, 1);
  EXPECT_EQ(first.scores.logits, (std::vector<float>{5, 1}));  // 0.5 + 2 * 0.25 + 4 * 1
  EXPECT_FALSE(listener.results[1].is_first);
  EXPECT_EQ(listener.results[1].positions[0].number, 1);
  EXPECT_EQ(listener.results[1].scores.logits, (std::vector<float>{7, 1}));
  EXPECT_EQ(batcher.counts(listener.id).num_answered, 2);
  EXPECT_EQ(batcher.counts(listener.id).num_lost, 0);
}

/// Offers random windows of three regions, now and then a first one. The classifier alone says what to expect.
class RandomFeed {
 public:
  RandomFeed(Batcher& batcher, uint64_t seed)
      : batcher_(batcher), listener_(batcher, {Overload::block, static_cast<int>(1 + seed % 3)}), random_(seed) {}

  void run(int num_windows) {
    for (int i = 0; i < num_windows; ++i) {
      const auto region = static_cast<size_t>(random_.below(3));
      if (random_.chance(0.1)) sources_[region].start_anew();
      const auto value = [&] { return static_cast<float>(random_.below(256)) / 256; };
      RegionClip clip = sources_[region].next(pixel(value(), value(), value()));
      const Classifier::Job job{&clip.clip, &states_[region]};
      expected_[sources_[region].key().id].push_back(batcher_.classifier().classify({&job, 1})[0].logits);
      listener_.offer(std::move(clip));
    }
    batcher_.drain(listener_.id);
  }
  void check() {
    std::map<std::string, std::vector<std::vector<float>>> answers;
    for (const WindowResult& result : listener_.results) {
      EXPECT_EQ(result.positions[0].number, static_cast<int64_t>(answers[result.key.id].size()));
      answers[result.key.id].push_back(result.scores.logits);
    }
    EXPECT_EQ(answers, expected_);
    EXPECT_TRUE(listener_.failures.empty());
  }

 private:
  Batcher& batcher_;
  Listener listener_;
  base::Random random_;
  std::array<RegionSource, 3> sources_{RegionSource("a"), RegionSource("b"), RegionSource("c")};
  std::array<infer::StreamState, 3> states_;
  std::map<std::string, std::vector<std::vector<float>>> expected_;
};

TEST(Batcher, ManyStreamsHaveTheAnswersOfClassifyingOneByOne) {
  for (const auto& classifier : {weigher(), adder()}) {
    Batcher batcher(classifier, {5, 0.0002});
    std::vector<std::unique_ptr<RandomFeed>> feeds;
    for (uint64_t i = 0; i < 6; ++i) feeds.push_back(std::make_unique<RandomFeed>(batcher, i));
    std::vector<std::thread> threads;
    for (const auto& feed : feeds) threads.emplace_back([&] { feed->run(150); });
    for (std::thread& thread : threads) thread.join();
    for (const auto& feed : feeds) feed->check();
  }
}

TEST(Batcher, WindowsThatWaitWhileTheNetworkRunsShareTheNextRun) {
  GatedClassifier gated;
  Batcher batcher(gated.classifier, {3, 0});
  Listener listener(batcher, {Overload::block, 8});
  RegionSource source("a");
  listener.offer(source.next());
  gated.gate->wait_for_runs(1);
  for (int i = 0; i < 4; ++i) listener.offer(source.next());
  gated.gate->open();
  batcher.drain(listener.id);
  std::vector<int> batches;
  for (const WindowResult& result : listener.results) batches.push_back(result.batch);
  EXPECT_EQ(batches, (std::vector<int>{1, 3, 3, 3, 1}));
}

TEST(Batcher, AWindowWaitsForThoseOfOtherStreams) {
  Batcher batcher(weigher(), {8, 1000}, [] { return 0.0; });
  Listener one(batcher, {});
  Listener other(batcher, {});
  RegionSource a("a");
  RegionSource b("b");
  one.offer(a.next());
  other.offer(b.next());
  batcher.drain(one.id);
  batcher.drain(other.id);
  ASSERT_EQ(one.results.size(), 1U);
  EXPECT_EQ(one.results[0].batch, 2);
}

TEST(Batcher, AWindowThatWaitedLongEnoughRunsAlone) {
  std::atomic<double> now{0};
  Batcher batcher(weigher(), {8, 0.001}, [&] { return now.load(); });
  Listener busy(batcher, {});
  const Listener idle(batcher, {});
  RegionSource a("a");
  busy.offer(a.next());
  EXPECT_EQ(batcher.counts(busy.id).num_answered, 0);  // By its clock it may wait.
  now = 0.001;
  batcher.drain(busy.id);
  ASSERT_EQ(busy.results.size(), 1U);
  EXPECT_EQ(busy.results[0].batch, 1);
}

/// Lets the clock of a test go on by two seconds per run.
class SlowEngine : public infer::Engine {
 public:
  SlowEngine(std::unique_ptr<infer::Engine> engine, std::atomic<double>& now) : engine_(std::move(engine)), now_(now) {}
  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    now_ = now_ + 2;
    return engine_->run_all(inputs);
  }

 private:
  std::unique_ptr<infer::Engine> engine_;
  std::atomic<double>& now_;
};

TEST(Batcher, TimesOfAnAnswerCountFromTheOfferAndFromTheRun) {
  std::atomic<double> now{10};
  LoadedModel model = weighing_model(1);
  model.engine = std::make_unique<SlowEngine>(std::move(model.engine), now);
  Batcher batcher(std::make_shared<Classifier>(std::move(model), Activation::none), {8, 5}, [&] { return now.load(); });
  Listener one(batcher, {});
  Listener other(batcher, {});
  RegionSource a("a");
  RegionSource b("b");
  one.offer(a.next());
  now = 13;
  other.offer(b.next());
  batcher.drain(one.id);
  batcher.drain(other.id);
  EXPECT_EQ(one.results.at(0).engine_seconds, 2);
  EXPECT_EQ(one.results.at(0).age_seconds, 5);
  EXPECT_EQ(other.results.at(0).engine_seconds, 2);
  EXPECT_EQ(other.results.at(0).age_seconds, 2);
}

// Losses.

TEST(Batcher, AFailureOfTheNetworkIsToldAndLaterWindowsGoOn) {
  Batcher batcher(weigher(), {1, 0});
  Listener listener(batcher, {});
  RegionSource source("a");
  for (const float value : {1.0F, kNan, 0.5F}) {
    listener.offer(source.next(gray(value)));
    batcher.drain(listener.id);
  }
  ASSERT_EQ(listener.failures.size(), 1U);
  EXPECT_TRUE(holds(listener.failures[0], {"weighing.onnx", "not finite"}));
  ASSERT_EQ(listener.results.size(), 2U);
  EXPECT_EQ(listener.results[1].positions[0].number, 2);
  EXPECT_EQ(listener.results[1].scores.logits, (std::vector<float>{3.5F, 1}));
  EXPECT_EQ(batcher.counts(listener.id).num_answered, 2);
  EXPECT_EQ(batcher.counts(listener.id).num_lost, 1);
}

TEST(Batcher, OneStreamsBadNumbersHarmNoOtherInTheRun) {
  Batcher batcher(weigher(), {2, 5});
  Listener bad(batcher, {}), good(batcher, {});
  RegionSource a("a"), b("b");
  bad.offer(a.next(gray(kNan)));
  good.offer(b.next(gray(0.5F)));
  batcher.drain(bad.id);
  batcher.drain(good.id);
  EXPECT_EQ(bad.failures.size(), 1U);
  EXPECT_TRUE(bad.results.empty());
  EXPECT_TRUE(good.failures.empty());
  ASSERT_EQ(good.results.size(), 1U);
  EXPECT_EQ(good.results[0].batch, 2);
  EXPECT_EQ(batcher.counts(bad.id).num_lost, 1);
  EXPECT_EQ(batcher.counts(good.id).num_answered, 1);
}

TEST(Batcher, AFailureMakesTheNextWindowOfAStateAFirstOne) {
  Batcher batcher(adder(), {1, 0});
  Listener listener(batcher, {});
  RegionSource source("a");
  for (const float value : {1.0F, kNan, 0.5F, 0.25F}) {
    listener.offer(source.next(gray(value)));
    batcher.drain(listener.id);
  }
  ASSERT_EQ(listener.failures.size(), 1U);
  ASSERT_EQ(listener.results.size(), 3U);
  EXPECT_TRUE(listener.results[1].is_first);
  EXPECT_EQ(listener.results[1].scores.logits, (std::vector<float>{0.5F, 0.5F, 0.5F}));
  EXPECT_FALSE(listener.results[2].is_first);
  EXPECT_EQ(listener.results[2].scores.logits, (std::vector<float>{0.75F, 0.75F, 0.75F}));
}

TEST(Batcher, AFailedFirstWindowMakesTheNextOneAFirstOne) {
  Batcher batcher(weigher(), {1, 0});
  Listener listener(batcher, {});
  RegionSource source("a");
  for (const float value : {kNan, 1.0F, 0.5F}) {
    listener.offer(source.next(gray(value)));
    batcher.drain(listener.id);
  }
  ASSERT_EQ(listener.results.size(), 2U);
  EXPECT_TRUE(listener.results[0].is_first);
  EXPECT_FALSE(listener.results[1].is_first);
}

TEST(Batcher, TheOverloadRuleLosesAndCounts) {
  GatedClassifier gated;
  Batcher batcher(gated.classifier, {1, 0});
  Listener newest(batcher, {Overload::newest, 1});
  Listener skip(batcher, {Overload::skip, 1});
  RegionSource a("a");
  RegionSource b("b");
  newest.offer(a.next());
  gated.gate->wait_for_runs(1);
  for (int i = 0; i < 3; ++i) newest.offer(a.next());
  for (int i = 0; i < 3; ++i) skip.offer(b.next());
  EXPECT_EQ(batcher.counts(newest.id).num_lost, 2);
  EXPECT_EQ(batcher.counts(skip.id).num_lost, 2);
  gated.gate->open();
  batcher.drain(newest.id);
  batcher.drain(skip.id);
  ASSERT_EQ(newest.results.size(), 2U);
  EXPECT_EQ(newest.results[1].positions[0].number, 3);
  ASSERT_EQ(skip.results.size(), 1U);
  EXPECT_EQ(skip.results[0].positions[0].number, 0);
  EXPECT_EQ(batcher.counts(newest.id).num_answered, 2);
  EXPECT_EQ(batcher.counts(skip.id).num_answered, 1);
}

TEST(Batcher, AnOfferThatBlocksWaitsForRoom) {
  GatedClassifier gated;
  Batcher batcher(gated.classifier, {1, 0});
  Listener listener(batcher, {Overload::block, 1});
  std::thread feeder([&] {
    RegionSource source("a");
    for (int i = 0; i < 20; ++i) listener.offer(source.next());
  });
  gated.gate->wait_for_runs(1);
  gated.gate->open();
  feeder.join();
  batcher.drain(listener.id);
  EXPECT_EQ(listener.results.size(), 20U);
  EXPECT_EQ(batcher.counts(listener.id).num_lost, 0);
}

TEST(Batcher, InterruptEndsAnOfferThatBlocksAndADrain) {
  GatedClassifier gated;
  Batcher batcher(gated.classifier, {1, 0});
  Listener listener(batcher, {Overload::block, 1});
  RegionSource source("a");
  listener.offer(source.next());
  gated.gate->wait_for_runs(1);
  listener.offer(source.next());  // Waits; there is no room for one more.
  std::thread feeder([&] { listener.offer(source.next()); });
  std::thread drainer([&] { batcher.drain(listener.id); });
  batcher.interrupt(listener.id);
  feeder.join();
  drainer.join();
  EXPECT_EQ(batcher.counts(listener.id).num_lost, 1);
  batcher.interrupt(listener.id, false);
  gated.gate->open();
  listener.offer(source.next());
  batcher.drain(listener.id);
  EXPECT_EQ(batcher.counts(listener.id).num_answered, 3);
  EXPECT_EQ(batcher.counts(listener.id).num_lost, 1);
}

TEST(Batcher, AWindowLostToAnInterruptMakesTheNextOneOfAStateAFirstOne) {
  Batcher batcher(adder(), {1, 0});
  Listener listener(batcher, {});
  RegionSource source("a");
  listener.offer(source.next(gray(1)));
  batcher.drain(listener.id);
  batcher.interrupt(listener.id);
  listener.offer(source.next(gray(1)));
  batcher.interrupt(listener.id, false);
  listener.offer(source.next(gray(0.5F)));
  batcher.drain(listener.id);
  ASSERT_EQ(listener.results.size(), 2U);
  EXPECT_TRUE(listener.results[1].is_first);
  EXPECT_EQ(listener.results[1].scores.logits[0], 0.5F);
}

// Streams that come and go.

TEST(Batcher, RemovingAStreamWaitsForTheAnswerUnderWay) {
  GatedClassifier gated;
  Batcher batcher(gated.classifier, {1, 0});
  auto listener = std::make_unique<Listener>(batcher, StreamOptions{Overload::block, 8});
  RegionSource source("a");
  listener->offer(source.next());
  gated.gate->wait_for_runs(1);
  for (int i = 0; i < 3; ++i) listener->offer(source.next());
  size_t num_results = 0;
  std::thread remover([&] {
    batcher.remove_stream(listener->id);
    num_results = listener->results.size();
    listener.reset();
  });
  gated.gate->open();
  remover.join();
  EXPECT_GE(num_results, 1U);  // More where the gate was faster than the removal.
}

TEST(Batcher, StreamsComeAndGoWhileOthersRun) {
  Batcher batcher(weigher(), {4, 0.0002});
  Listener stays(batcher, {Overload::block, 2});
  std::atomic<bool> is_over{false};
  std::thread comes_and_goes([&] {
    for (int i = 0; i < 200; ++i) {
      Listener visitor(batcher, {Overload::block, 4});
      RegionSource source("v");
      for (int n = 0; n < i % 4; ++n) visitor.offer(source.next());
      if (i % 2 == 0) batcher.drain(visitor.id);
      const StreamCounts counts = batcher.counts(visitor.id);
      EXPECT_TRUE(i % 2 == 1 || counts.num_answered == i % 4);
      batcher.remove_stream(visitor.id);
    }
    is_over = true;
  });
  RegionSource source("s");
  size_t num_offered = 0;
  do {
    stays.offer(source.next());
    ++num_offered;
  } while (!is_over);
  comes_and_goes.join();
  batcher.drain(stays.id);
  EXPECT_EQ(stays.results.size(), num_offered);
}

TEST(Batcher, EndsWithWindowsStillWaiting) {
  GatedClassifier gated;
  auto batcher = std::make_unique<Batcher>(gated.classifier, BatchOptions{1, 0});
  Listener listener(*batcher, {Overload::block, 8});
  RegionSource source("a");
  for (int i = 0; i < 5; ++i) listener.offer(source.next());
  gated.gate->wait_for_runs(1);
  std::thread opener([&] { gated.gate->open(); });
  batcher.reset();
  opener.join();
  EXPECT_GE(listener.results.size(), 1U);
}

// All of it at once: 64 streams with starts, stops, gaps, resets and faults.

/// One stream of the soak: video of one colour, cut up by StreamWindows. All pixels are 1, so that a network that adds
/// up tells how many windows it has seen since the reset.
class SoakStream {
 public:
  SoakStream(Batcher& batcher, const StreamOptions& options)
      : batcher_(batcher),
        options_(options),
        windows_(pixel_recipe(1), one_frame(), {3, 1.0}),
        id_(batcher.add_stream(
            options, [this](WindowResult result) { take(result); }, [this](const std::string&) { ++num_failed_; })) {}
  ~SoakStream() { batcher_.remove_stream(id_); }
  SoakStream(const SoakStream&) = delete;
  SoakStream& operator=(const SoakStream&) = delete;

  void push(base::Random& random) {
    seconds_ += random.chance(0.02) ? 5 : 0.04;
    if (random.chance(0.01)) windows_.reset();
    const int size = random.chance(0.01) ? 6 : 8;
    std::vector<Region> regions;
    for (int i = 0; i < 4; ++i)
      if (random.chance(0.6)) regions.push_back({track(std::to_string(random.below(5))), {i, i, 4, 4}});
    const auto white = [](const clip::Rectangle& box) {
      tensor::Frame frame(box.width, box.height);
      std::ranges::fill(frame.rgb, 255);
      return frame;
    };
    for (RegionClip& clip : windows_.push({number_++, seconds_}, size, size, regions, white).clips) {
      if (random.chance(0.02)) clip.clip.frames[0] = gray(kNan);
      ++num_offered_;
      batcher_.offer(id_, std::move(clip));
    }
  }
  void check_all_are_told_of() {
    batcher_.drain(id_);
    const StreamCounts counts = batcher_.counts(id_);
    EXPECT_EQ(counts.num_answered, num_answered_);
    EXPECT_EQ(counts.num_answered + counts.num_lost, num_offered_);
    EXPECT_LE(num_failed_, counts.num_lost);
    EXPECT_TRUE(options_.overload != Overload::block || counts.num_lost == num_failed_);
  }
  /// Stops as a stream that is cut off does: only windows that wait or run may be missing.
  void check_cut_off() {
    batcher_.interrupt(id_);
    const StreamCounts counts = batcher_.counts(id_);
    const int64_t missing = num_offered_ - counts.num_answered - counts.num_lost;
    EXPECT_GE(missing, 0);
    EXPECT_LE(missing, 5 * options_.max_waiting + kMaxBatch);
  }
  int64_t num_answered() const { return num_answered_; }

  static constexpr int kMaxBatch = 8;

 private:
  static WindowOptions one_frame() {
    WindowOptions options;
    options.num_frames = 1;
    return options;
  }
  void take(const WindowResult& result) {
    ++num_answered_;
    const int64_t number = result.positions[0].number;
    auto& [last, count] = last_.try_emplace(result.key, std::pair<int64_t, float>{-1, 0}).first->second;
    EXPECT_GT(number, last);
    last = number;
    if (!batcher_.classifier().carries_state()) return;
    count = result.is_first ? 1 : count + 1;
    EXPECT_EQ(result.scores.logits[0], count) << result.key.id << " " << number;
  }

  Batcher& batcher_;
  const StreamOptions options_;
  StreamWindows windows_;
  int64_t number_ = 0;
  double seconds_ = 0;
  int64_t num_offered_ = 0;
  std::atomic<int64_t> num_answered_{0};
  std::atomic<int64_t> num_failed_{0};
  std::map<RegionKey, std::pair<int64_t, float>> last_;  // Number of the last window, windows since the reset.
  const StreamId id_;
};

/// Runs eight of the streams.
void soak(Batcher& batcher, uint64_t seed, std::atomic<int64_t>& num_answered) {
  base::Random random(seed);
  std::array<std::unique_ptr<SoakStream>, 8> streams;
  const auto stop = [&](std::unique_ptr<SoakStream>& stream, bool is_cut_off) {
    if (!stream) return;
    if (is_cut_off) {
      stream->check_cut_off();
    } else {
      stream->check_all_are_told_of();
    }
    num_answered += stream->num_answered();
    stream.reset();
  };
  for (int step = 0; step < 1200; ++step) {
    std::unique_ptr<SoakStream>& stream = streams[static_cast<size_t>(random.below(8))];
    if (!stream) {
      const std::array kinds{Overload::block, Overload::newest, Overload::skip};
      stream = std::make_unique<SoakStream>(
          batcher, StreamOptions{kinds[static_cast<size_t>(random.below(3))], static_cast<int>(1 + random.below(3))});
    } else if (random.chance(0.02)) {
      stop(stream, random.chance(0.5));
    } else {
      stream->push(random);
    }
  }
  for (std::unique_ptr<SoakStream>& stream : streams) stop(stream, false);
}

TEST(Batcher, SixtyFourStreamsComeGoJumpAndFailAndEveryWindowIsToldOf) {
  for (const auto& classifier : {weigher(), adder()}) {
    Batcher batcher(classifier, {SoakStream::kMaxBatch, 0.0005});
    std::atomic<int64_t> num_answered{0};
    std::vector<std::thread> threads;
    for (uint64_t i = 0; i < 8; ++i) threads.emplace_back([&, i] { soak(batcher, i, num_answered); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_GT(num_answered, 5000);
  }
}

}  // namespace
}  // namespace gerund::serve
