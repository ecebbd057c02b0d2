// gerundpublish: JSON lines to files and sockets.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "gst/brightness_model.h"
#include "gst/chain.h"
#include "gst/line_sink.h"
#include "gst/listener.h"
#include "gst/pipeline.h"

namespace gerund::gst {
namespace {

using Json = nlohmann::json;

class Publish : public testing::Test {
 protected:
  std::string path(const char* name) const { return folder_.path() / name; }
  static std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  testing_data::TemporaryFolder folder_{"gst_publish"};
};

/// One action that began, and one window.
serve::FrameReport small_report(const std::string& stream = "yard") {
  serve::FrameReport report;
  report.stream = stream;
  report.model = std::make_shared<const serve::ModelIdentity>(serve::ModelIdentity{"m.onnx", "0", {"wave", "bow"}});
  serve::EventReport event;
  event.key = {serve::RegionKind::area, "door"};
  event.change.is_start = true;
  event.scores = {0.75, 0.25};
  report.events.push_back(event);
  serve::WindowReport window;
  window.key = event.key;
  window.scores = event.scores;
  report.windows.push_back(window);
  return report;
}

BufferHandle frame_with(const serve::FrameReport& report) {
  BufferHandle buffer = plain_frame(16, 12, gray(0), 0);
  add_report(buffer.get(), report);
  return buffer;
}

TEST_F(Publish, WritesOneLineForEachEvent) {
  Chain chain("gerundpublish location=" + path("a.jsonl"));
  chain.pass(frame_with(small_report("one")));
  chain.pass(plain_frame(16, 12, gray(0), 1));
  chain.pass(frame_with(small_report("two")));
  chain.stop();
  const auto lines = lines_of(path("a.jsonl"));
  ASSERT_EQ(lines.size(), 2U);
  const Json line = Json::parse(lines[0]);
  EXPECT_EQ(line["schema"], "gerund.event/1");
  EXPECT_EQ(line["event"], "start");
  EXPECT_EQ(line["stream"], "one");
  EXPECT_EQ(line["roi"], "door");
  EXPECT_EQ(line["label"], "wave");
  EXPECT_EQ(line["topk"].size(), 2U);
  EXPECT_EQ(Json::parse(lines[1])["stream"], "two");
}

TEST_F(Publish, WritesWhatIsAskedFor) {
  const auto events_with = [&](const std::string& emit) {
    Chain chain("gerundpublish top-k=1 emit=" + emit + " location=" + path("b.jsonl"));
    chain.pass(frame_with(small_report()));
    chain.stop();
    std::string events;
    for (const std::string& line : lines_of(path("b.jsonl"))) {
      events += Json::parse(line)["event"].get<std::string>() + " ";
      EXPECT_EQ(Json::parse(line)["topk"].size(), 1U);
    }
    return events;
  };
  EXPECT_EQ(events_with("events"), "start ");
  EXPECT_EQ(events_with("windows"), "window ");
  EXPECT_EQ(events_with("both"), "window start ");
}

TEST_F(Publish, WritesAFrameThatIsShownTwiceOnce) {
  Chain chain("gerundpublish location=" + path("a"));
  serve::FrameReport report = small_report();
  for (const int64_t number : {4, 4, 5}) {
    report.frame_number = number;
    chain.pass(frame_with(report));
  }
  report.stream = "street";  // Another's frame of the same number.
  chain.pass(frame_with(report));
  chain.stop();
  EXPECT_EQ(lines_of(path("a")).size(), 3U);
}

TEST_F(Publish, WritesWhatComesAfterTheLastFrame) {
  Chain chain("gerundpublish location=" + path("c.jsonl"));
  chain.pass(plain_frame(16, 12, gray(0), 0));
  chain.send(make_report_event(small_report()));
  EXPECT_EQ(chain.event_reports().size(), 1U) << "it goes on";
  chain.stop();
  EXPECT_EQ(lines_of(path("c.jsonl")).size(), 1U);
}

TEST_F(Publish, ReplacesAFileUnlessItAppends) {
  for (const auto& [append, expected] : {std::pair{"false", 1U}, std::pair{"false", 1U}, std::pair{"true", 2U}}) {
    Chain chain("gerundpublish location=" + path("d.jsonl") + " append=" + append);
    chain.pass(frame_with(small_report()));
    chain.stop();
    EXPECT_EQ(lines_of(path("d.jsonl")).size(), expected);
  }
}

TEST_F(Publish, WritesAWholeStoryOfAPipeline) {
  const BrightnessFile file;
  Pipeline pipeline("videotestsrc num-buffers=8 pattern=white ! " + rgb_caps(16, 12) +
                    " ! gerundinfer stride=2 model=" + file.path() +
                    " ! gerundevents smoothing=none ! gerundpublish emit=both location=" + path("e.jsonl") +
                    " ! fakesink");
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty());
    pipeline.stop();
    std::vector<std::string> events;
    for (const std::string& line : lines_of(path("e.jsonl"))) events.push_back(Json::parse(line)["event"]);
    EXPECT_EQ(events, (std::vector<std::string>{"window", "start", "window", "window", "end"}));
  }
}

TEST_F(Publish, IsAnErrorWhereItCannotWrite) {
  for (const std::string& location : {std::string("/proc/none/a.jsonl"), folder_.path().string(), std::string()}) {
    Pipeline pipeline("videotestsrc num-buffers=2 ! gerundpublish name=publish ! fakesink");
    g_object_set(pipeline.element("publish").get(), "location", location.c_str(), nullptr);
    const auto errors = texts_of(pipeline.run(), GST_MESSAGE_ERROR);
    ASSERT_EQ(errors.size(), 1U) << location;
    EXPECT_NE(errors[0].find(location), std::string::npos);
  }
}

TEST_F(Publish, WarnsOfAFullDiskOnce) {
  Chain chain("gerundpublish name=publish location=/dev/full");
  gint64 num_lost = 0;
  for (int n = 0; n < 1000000 && num_lost < 3; ++n) {
    chain.pass(frame_with(small_report()));
    g_object_get(chain.element("publish").get(), "num-lost", &num_lost, nullptr);
  }
  // The warning comes with a frame after the one whose line was lost.
  for (int n = 0; n < 3; ++n) chain.pass(frame_with(small_report()));
  const auto warnings = texts_of(chain.messages(), GST_MESSAGE_WARNING);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("/dev/full"), std::string::npos) << warnings[0];
}

TEST_F(Publish, WritesToASocket) {
  Listener listener(path("s"));
  Chain chain("gerundpublish location=unix:" + path("s"));
  chain.pass(frame_with(small_report("one")));
  ASSERT_TRUE(listener.accept_one());
  EXPECT_EQ(Json::parse(listener.read_line())["stream"], "one");
  chain.pass(frame_with(small_report("two")));
  EXPECT_EQ(Json::parse(listener.read_line())["stream"], "two");
}

TEST_F(Publish, WaitsForAListenerThatComesLater) {
  Chain chain("gerundpublish location=unix:" + path("s"));
  chain.pass(frame_with(small_report("one")));
  chain.pass(frame_with(small_report("two")));
  Listener listener(path("s"));
  ASSERT_TRUE(listener.accept_one());
  EXPECT_EQ(Json::parse(listener.read_line())["stream"], "one");
  EXPECT_EQ(Json::parse(listener.read_line())["stream"], "two");
}

TEST_F(Publish, GoesOnWhenTheListenerComesBack) {
  Chain chain("gerundpublish location=unix:" + path("s"));
  {
    Listener listener(path("s"));
    chain.pass(frame_with(small_report("one")));
    ASSERT_TRUE(listener.accept_one());
    EXPECT_EQ(Json::parse(listener.read_line())["stream"], "one");
  }
  chain.pass(frame_with(small_report("two")));
  Listener listener(path("s"));
  ASSERT_TRUE(listener.accept_one());
  EXPECT_EQ(Json::parse(listener.read_line())["stream"], "two");
}

TEST_F(Publish, LosesTheOldestLinesWhereNobodyListens) {
  Chain chain("gerundpublish name=publish queue-max=2 location=unix:" + path("s"));
  for (int n = 0; n < 10; ++n) chain.pass(frame_with(small_report(std::to_string(n))));
  gint64 num_lost = 0;
  g_object_get(chain.element("publish").get(), "num-lost", &num_lost, nullptr);
  EXPECT_GE(num_lost, 7);
  EXPECT_LE(num_lost, 8);  // One line may be in the hand of the thread that writes.
}

TEST_F(Publish, StopsWhereNobodyListens) {
  Chain chain("gerundpublish location=unix:" + path("s"));
  for (int n = 0; n < 3; ++n) chain.pass(frame_with(small_report()));
  chain.stop();
}

TEST(LineSink, StopsThoughItsListenerDoesNotRead) {
  const testing_data::TemporaryFolder folder("gst_line_sink");
  Listener listener(folder.path() / "s");
  auto sink = std::make_unique<LineSink>(LineSink::Options{"unix:" + (folder.path() / "s").string(), false, 4096});
  for (int i = 0; i < 64; ++i) sink->push(std::string(100000, 'x'));
  ASSERT_TRUE(listener.accept_one());
  auto stopped = std::async(std::launch::async, [&] { sink.reset(); });
  const bool is_stopped = stopped.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  EXPECT_TRUE(is_stopped);
  if (!is_stopped) std::abort();  // Its thread waits for ever.
}

TEST(LineSink, StopsThoughItsListenerTakesNobody) {
  const testing_data::TemporaryFolder folder("gst_line_sink");
  const std::string path = folder.path() / "s";
  Listener listener(path);
  std::vector<int> others;  // As many as the listener lets wait.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  for (bool has_room = true; has_room;) {
    others.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    has_room = connect(others.back(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  auto sink = std::make_unique<LineSink>(LineSink::Options{"unix:" + path});
  sink->push("a line");
  auto stopped = std::async(std::launch::async, [&] { sink.reset(); });
  const bool is_stopped = stopped.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  EXPECT_TRUE(is_stopped);
  if (!is_stopped) std::abort();  // Its thread waits for ever.
  for (const int other : others) close(other);
}

TEST(LineSink, KeepsTheReasonOfALoss) {
  LineSink full({"/dev/full"});
  full.push("a line");
  full.finish();
  EXPECT_EQ(full.num_lost(), 1);
  EXPECT_EQ(full.loss(), std::strerror(ENOSPC));
  LineSink fine({"/dev/null"});
  fine.push("a line");
  fine.finish();
  EXPECT_EQ(fine.loss(), "");
}

TEST(LineSink, BeginsANewLineBehindOneThatWasCutOff) {
  const testing_data::TemporaryFolder folder("gst_line_sink");
  const std::string path = folder.path() / "a";
  for (const auto& [before, after] :
       {std::pair{"{\"even", "{\"even\nline\n"}, {"old\n", "old\nline\n"}, {"", "line\n"}}) {
    base::write_file(path, before);
    LineSink sink({path, true});
    sink.push("line");
    sink.finish();
    EXPECT_EQ(base::read_file(path), after);
  }
}

TEST(LineSink, WaitsForTheReaderOfAFifo) {
  const testing_data::TemporaryFolder folder("gst_line_sink");
  const std::string path = folder.path() / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  auto sink = std::make_unique<LineSink>(LineSink::Options{path});
  sink->push("a line");
  while (sink->trouble().empty()) std::this_thread::yield();
  auto stopped = std::async(std::launch::async, [&] { sink.reset(); });
  EXPECT_EQ(base::read_file(path), "a line\n");
  stopped.get();
}

TEST(LineSink, GoesOnWhenTheReaderOfAFifoComesBack) {
  const testing_data::TemporaryFolder folder("gst_line_sink");
  const std::string path = folder.path() / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto sink = std::make_unique<LineSink>(LineSink::Options{path});
  close(reader);
  sink->push("a line");  // SIGPIPE, where it is not kept away.
  while (sink->trouble().empty()) std::this_thread::yield();
  auto stopped = std::async(std::launch::async, [&] { sink.reset(); });
  EXPECT_EQ(base::read_file(path), "a line\n");
  stopped.get();
}

TEST(LineSink, GivesUpAReaderThatStalls) {
  for (const bool is_opened : {true, false}) {
    const testing_data::TemporaryFolder folder("gst_line_sink");
    const std::string path = folder.path() / "fifo";
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    const int reader = is_opened ? open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    auto sink = std::make_unique<LineSink>(LineSink::Options{.target = path, .patience_seconds = 0});
    for (int i = 0; i < 100; ++i) sink->push(std::string(10000, 'x'));  // A pipe holds 64 KiB.
    auto stopped = std::async(std::launch::async, [&] {
      sink->finish();
      return sink->num_lost();
    });
    const bool is_stopped = stopped.wait_for(std::chrono::seconds(60)) == std::future_status::ready;
    EXPECT_TRUE(is_stopped);
    if (!is_stopped) std::abort();  // Its thread waits for ever.
    EXPECT_GT(stopped.get(), 90);
    if (is_opened) close(reader);
  }
}

TEST(LineSink, WritesAllThatWaitsBeforeItEnds) {
  const testing_data::TemporaryFolder folder("gst_line_sink");
  const std::string path = folder.path() / "a";
  {
    LineSink sink({path, false, 10000});
    for (int i = 0; i < 5000; ++i) sink.push(std::to_string(i));
    EXPECT_EQ(sink.num_lost(), 0);
  }
  std::ifstream file(path);
  std::string line;
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(std::getline(file, line));
    ASSERT_EQ(line, std::to_string(i));
  }
}

TEST(LineSink, KeepsWholeLinesForASlowReader) {
  const testing_data::TemporaryFolder folder("gst_line_sink");
  Listener listener(folder.path() / "s");
  LineSink sink({"unix:" + (folder.path() / "s").string(), false, 4096});
  for (int i = 0; i < 40; ++i) sink.push(std::string(100000, static_cast<char>('a' + i % 26)));
  ASSERT_TRUE(listener.accept_one());
  for (int i = 0; i < 40; ++i) ASSERT_EQ(listener.read_line(), std::string(100000, static_cast<char>('a' + i % 26)));
}

TEST(LineSink, LosesNothingWhereItWaits) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  LineSink sink({"/dev/fd/" + std::to_string(ends[1]), false, 10, true});
  close(ends[1]);
  constexpr int kLines = 5000;
  std::atomic<int> num_pushed = 0;
  auto pushing = std::async(std::launch::async, [&] {
    for (; num_pushed < kLines; ++num_pushed) sink.push(std::to_string(num_pushed) + std::string(100, '.'));
  });
  while (num_pushed < 500) std::this_thread::yield();  // The pipe holds 64 KiB.
  FILE* reader = fdopen(ends[0], "r");
  std::array<char, 200> line{};
  for (int i = 0; i < kLines; ++i) {
    ASSERT_NE(std::fgets(line.data(), line.size(), reader), nullptr);
    ASSERT_EQ(std::atoi(line.data()), i);
  }
  pushing.get();
  EXPECT_EQ(sink.num_lost(), 0);
  std::fclose(reader);
}

TEST(LineSink, SaysThatAPathIsTooLong) {
  LineSink sink({"unix:/" + std::string(300, 'x'), false, 10});
  sink.push("line");
  for (int i = 0; i < 1000000 && sink.trouble().empty(); ++i) std::this_thread::yield();
  EXPECT_NE(sink.trouble().find("too long"), std::string::npos) << sink.trouble();
}

}  // namespace
}  // namespace gerund::gst
