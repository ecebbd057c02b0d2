// gerundsrcbin on a web server: files, of servers that know ranges and of others, refusals, broken connections, cameras
// that send pictures.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "base/files.h"
#include "base/random.h"
#include "gst/pipeline.h"
#include "http_server.h"
#include "media/video_writer.h"
#include "small_videos.h"

namespace gerund::gst {
namespace {

using testing_data::answer;
using testing_data::HttpServer;
using testing_data::ranged_answer;
using testing_data::Request;
using Texts = std::vector<std::string>;

constexpr const char* kSoon = "reconnect-interval=0.05";

std::string source(const std::string& uri, const std::string& more = "") {
  return "gerundsrcbin name=source uri=" + uri + " " + more + " ! fakesink name=sink ";
}

std::string state_of(GstMessage* message) {
  return field_of(message, "gerund-source-state", "state");
}

Texts states_of(const std::vector<MessageHandle>& messages) {
  Texts states;
  for (const MessageHandle& message : messages)
    if (std::string state = state_of(message.get()); !state.empty()) states.push_back(std::move(state));
  return states;
}

/// A file of some hundred kilobytes; of .avi the index is at its end.
std::string large_file(const char* name = "clip.mp4") {
  const testing_data::TemporaryFolder folder("gst_http");
  media::WriterOptions options;
  options.width = 320;
  options.height = 240;
  options.fps = 25;
  options.codec = std::filesystem::path(name).extension() == ".avi" ? media::Codec::mpeg4 : media::Codec::h264;
  media::VideoWriter writer(folder.path() / name, options);
  base::Random random(1);
  for (int i = 0; i < 12; ++i) {
    tensor::Frame frame(320, 240);
    for (uint8_t& value : frame.rgb) value = static_cast<uint8_t>(random.below(256));
    writer.push(frame);
  }
  writer.finish();
  return base::read_file(folder.path() / name);
}

TEST(HttpSource, PlaysAFileToItsEnd) {
  const std::string file = large_file("clip.avi");
  const HttpServer server([&](const Request& request) { return ranged_answer(request, file); });
  Pipeline pipeline(source(server.url() + "/clip.avi"));
  const auto messages = pipeline.run();
  EXPECT_EQ(texts_of(messages, GST_MESSAGE_ERROR), Texts{});
  EXPECT_EQ(states_of(messages), (Texts{"started", "ended"}));
  ASSERT_EQ(pipeline.frames().size(), 12U);
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(pipeline.frames()[i].pts, i * 40 * GST_MSECOND);
}

TEST(HttpSource, PlaysFromAServerWithoutRanges) {
  for (const char* name : {"clip.mp4", "clip.mkv"}) {
    SCOPED_TRACE(name);
    const std::string file = large_file(name);
    const HttpServer server([&](const Request&) { return answer("200 OK", file, "Accept-Ranges: none\r\n"); });
    Pipeline pipeline(source(server.url() + "/" + name));
    EXPECT_EQ(states_of(pipeline.run()), (Texts{"started", "ended"}));
    EXPECT_EQ(pipeline.frames().size(), 12U);
  }
}

TEST(HttpSource, OpensAFileAgainWhoseConnectionBroke) {
  const std::string file = large_file("clip.mkv");
  std::atomic<int> num_answers = 0;
  const HttpServer server([&](const Request& request) {
    return ranged_answer(request, file, ++num_answers == 1 ? file.size() / 2 : std::string::npos);
  });
  Pipeline pipeline(source(server.url() + "/clip.mkv", kSoon));
  const auto messages = pipeline.run();
  EXPECT_EQ(texts_of(messages, GST_MESSAGE_ERROR), Texts{});
  EXPECT_EQ(states_of(messages).back(), "ended");
  EXPECT_GE(server.requests().size(), 2U);
  EXPECT_GE(pipeline.frames().size(), 12U);
}

TEST(HttpSource, TriesAgainUntilTheServerHasTheFile) {
  const std::string file = large_file();
  std::atomic<int> num_refused = 0;
  const HttpServer server([&](const Request& request) {
    if (num_refused < 2) return ++num_refused, answer("503 Service Unavailable", "soon");
    return ranged_answer(request, file);
  });
  Pipeline pipeline(source(server.url() + "/clip.mp4", kSoon));
  const auto messages = pipeline.run();
  EXPECT_EQ(texts_of(messages, GST_MESSAGE_ERROR), Texts{});
  EXPECT_EQ(states_of(messages).back(), "ended");
  EXPECT_EQ(pipeline.frames().size(), 12U);
}

TEST(HttpSource, GivesUpAfterTheAttemptsAskedForAndSaysWhatTheServerSaid) {
  const HttpServer server([](const Request&) { return answer("404 Not Found", "none"); });
  Pipeline pipeline(source(server.url() + "/none.mp4", "reconnect-attempts=1 reconnect-interval=0.05"));
  const auto messages = pipeline.run();
  const Texts errors = texts_of(messages, GST_MESSAGE_ERROR);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NE(errors[0].find(server.url() + "/none.mp4"), std::string::npos) << errors[0];
  EXPECT_NE(errors[0].find("Not Found"), std::string::npos) << errors[0];
  EXPECT_EQ(states_of(messages).back(), "failed");
  EXPECT_EQ(server.requests().size(), 2U);
}

/// What a camera of the web sends: JPEG pictures, one part of one message each, for ever.
std::string pictures(int num_frames) {
  const testing_data::TemporaryFolder folder("gst_pictures");
  const std::string path = folder.path() / "pictures";
  Pipeline("videotestsrc num-buffers=" + std::to_string(num_frames) +
           " ! video/x-raw,width=64,height=48,framerate=25/1 ! jpegenc ! multipartmux boundary=frame ! filesink "
           "location=" +
           path)
      .run();
  return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n" +
         base::read_file(path);
}

TEST(HttpSource, PlaysACameraThatSendsPicturesAndOpensItAgain) {
  const std::string message = pictures(10);
  const HttpServer server([&](const Request&) { return message; });
  Pipeline pipeline(source(server.url() + "/video.mjpg", kSoon));
  pipeline.start();
  ASSERT_TRUE(pipeline.wait_for_frames(30));
  pipeline.stop();
  EXPECT_GE(server.requests().size(), 3U);
  const auto frames = pipeline.frames();
  EXPECT_TRUE(std::ranges::is_sorted(frames, {}, &SeenFrame::pts));
}

}  // namespace
}  // namespace gerund::gst
