// gerundsrcbin: files, loops, cameras that cannot be reached.
#include <fcntl.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/files.h"
#include "gst/pipeline.h"
#include "gst/small_clip.h"
#include "media/frame_source.h"
#include "media/turned_copy.h"

namespace gerund::gst {
namespace {

using Texts = std::vector<std::string>;

std::string source(const std::string& uri, const std::string& more = "") {
  return "gerundsrcbin name=source uri=" + uri + " " + more + " ! fakesink name=sink ";
}

Texts states_of(const std::vector<MessageHandle>& messages) {
  Texts states;
  for (const MessageHandle& message : messages)
    if (std::string state = field_of(message.get(), "gerund-source-state", "state"); !state.empty())
      states.push_back(std::move(state));
  return states;
}

bool is_state(GstMessage* message, const std::string& state) {
  return field_of(message, "gerund-source-state", "state") == state;
}

TEST(SourceBin, PlaysAFileToItsEnd) {
  const SmallClip clip;
  Pipeline pipeline(source("file://" + clip.path()));
  const auto messages = pipeline.run();
  EXPECT_TRUE(texts_of(messages, GST_MESSAGE_ERROR).empty());
  EXPECT_EQ(states_of(messages), (Texts{"started", "ended"}));
  const auto frames = pipeline.frames();
  ASSERT_EQ(frames.size(), 12U);
  for (size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].pts, i * 40 * GST_MSECOND);
    EXPECT_EQ(frames[i].is_discontinuous, i == 0) << i;
  }
}

TEST(SourceBin, PlaysFormatsThatCannotBeTurned) {
  const testing_data::TemporaryFolder folder("gst_formats");
  for (const std::string format : {"Y42B", "Y41B", "I420"}) {
    const std::string path = folder.path() / (format + ".mkv");
    Pipeline writer("videotestsrc num-buffers=5 ! capsfilter caps=video/x-raw,width=64,height=48,format=" + format +
                    " ! avenc_ffv1 ! matroskamux ! filesink name=sink location=" + path);
    ASSERT_TRUE(texts_of(writer.run(), GST_MESSAGE_ERROR).empty()) << format;
    Pipeline pipeline(source(path));
    EXPECT_TRUE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty()) << format;
    EXPECT_EQ(pipeline.frames().size(), 5U) << format;
  }
}

TEST(SourceBin, TakesPaths) {
  const SmallClip clip("a clip.avi", 5);
  Pipeline pipeline(source("\"" + clip.path() + "\""));
  EXPECT_TRUE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty());
  EXPECT_EQ(pipeline.frames().size(), 5U);
}

TEST(SourceBin, TakesPathsFromTheWorkingFolder) {
  const SmallClip clip;
  Pipeline pipeline(source(std::filesystem::relative(clip.path())));
  EXPECT_TRUE(texts_of(pipeline.run(), GST_MESSAGE_ERROR).empty());
  EXPECT_EQ(pipeline.frames().size(), 12U);
}

TEST(SourceBin, PlaysAgainAfterItsEnd) {
  const SmallClip clip;
  Pipeline pipeline(source(clip.path()));
  for (size_t round = 1; round < 4; ++round) {
    EXPECT_EQ(states_of(pipeline.run()), (Texts{"started", "ended"}));
    pipeline.stop();
    ASSERT_EQ(pipeline.frames().size(), 12 * round);
    EXPECT_EQ(pipeline.frames()[12 * round - 12].pts, 0U);
  }
}

TEST(SourceBin, StandsStillWhilePaused) {
  const SmallClip clip;
  Pipeline pipeline(source(clip.path()));
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  EXPECT_EQ(gst_element_get_state(pipeline.get(), nullptr, nullptr, Pipeline::kLongest), GST_STATE_CHANGE_SUCCESS);
  EXPECT_EQ(pipeline.frames().size(), 1U);
  pipeline.run();
  EXPECT_EQ(pipeline.frames().size(), 12U);
}

/// Mean absolute difference of RGB values.
double difference(const uint8_t* a, const std::vector<uint8_t>& b) {
  double sum = 0;
  for (size_t i = 0; i < b.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(b.size());
}

// GStreamer reads and turns here what FFmpeg reads and src/media turns there.
TEST(SourceBin, TurnsAndMirrorsAsTheFileAsksInEveryRound) {
  constexpr int kSide = 48;
  const testing_data::TemporaryFolder folder("gst_turned");
  const auto plain = folder.path() / "plain.mp4";
  testing_data::write_moving_square(plain, 1, 7, 12, kSide);
  for (const double degrees : {0.0, 90.0, 180.0, 270.0}) {
    SCOPED_TRACE(degrees);
    const auto turned = folder.path() / "turned.mp4";
    const auto pixels = folder.path() / "pixels.rgb";
    media::copy_turned(plain, turned, {degrees, false});
    const auto shown = media::open_source(turned);
    std::vector<tensor::Frame> expected;
    while (auto frame = shown->next()) expected.push_back(std::move(*frame));
    Pipeline pipeline(
        "gerundsrcbin loop=true uri=" + turned.string() +
        " ! videoconvert ! video/x-raw,format=RGB ! filesink name=sink sync=true location=" + pixels.string());
    ASSERT_TRUE(pipeline.start());
    ASSERT_TRUE(pipeline.wait_for_frames(26));
    pipeline.stop();
    const std::string seen = base::read_file(pixels);
    const size_t size = expected[0].rgb.size();
    ASSERT_GE(seen.size(), 24 * size);
    for (size_t i = 0; i < 24; ++i)
      EXPECT_LT(difference(reinterpret_cast<const uint8_t*>(seen.data()) + i * size, expected[i % 12].rgb), 4) << i;
  }
}

TEST(SourceBin, SaysTheSizeOfTurnedPicturesAndNoLongerAsksToTurnThem) {
  const SmallClip clip;  // 64x48.
  const auto turned = clip.folder() / "turned.mp4";
  media::copy_turned(clip.path(), turned, {90, false});
  Pipeline pipeline(source(turned));
  const auto messages = pipeline.run();
  for (const MessageHandle& message : messages) {
    if (GST_MESSAGE_TYPE(message.get()) != GST_MESSAGE_TAG) continue;
    GstTagList* tags = nullptr;
    gst_message_parse_tag(message.get(), &tags);
    GstVideoOrientationMethod method = GST_VIDEO_ORIENTATION_IDENTITY;
    const bool is_of_sink = GST_OBJECT_CAST(pipeline.element("sink").get()) == GST_MESSAGE_SRC(message.get());
    EXPECT_FALSE(is_of_sink && gst_video_orientation_from_tag(tags, &method) == TRUE);
    gst_tag_list_unref(tags);
  }
  const PadHandle pad(gst_element_get_static_pad(pipeline.element("sink").get(), "sink"));
  GstCaps* caps = gst_pad_get_current_caps(pad.get());
  ASSERT_NE(caps, nullptr);
  gint width = 0;
  gint height = 0;
  gst_structure_get(gst_caps_get_structure(caps, 0), "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height,
                    nullptr);
  gst_caps_unref(caps);
  EXPECT_EQ(width, 48);
  EXPECT_EQ(height, 64);
}

TEST(SourceBin, LoopsWithTimeThatGoesOn) {
  const SmallClip clip;
  Pipeline pipeline(source(clip.path(), "loop=true"));
  pipeline.start();
  ASSERT_TRUE(pipeline.wait_for_frames(40));
  pipeline.stop();
  const auto frames = pipeline.frames();
  for (size_t i = 0; i < frames.size(); ++i) {
    ASSERT_EQ(frames[i].pts, i * 40 * GST_MSECOND);
    ASSERT_EQ(frames[i].is_discontinuous, i % 12 == 0) << i;
  }
}

TEST(SourceBin, SaysWhyAFileCannotBeASource) {
  const auto errors_of = [](const std::string& text) { return texts_of(Pipeline(text).run(), GST_MESSAGE_ERROR); };
  const SmallClip clip;
  const auto has = [](const Texts& errors, const std::string& words) {
    return errors.size() == 1 && errors[0].find(words) != std::string::npos;
  };
  EXPECT_TRUE(has(errors_of(source("/none/such.mp4")), "there is no such file"));
  EXPECT_TRUE(has(errors_of(source(std::filesystem::path(clip.path()).parent_path().string())), "is a folder"));
  EXPECT_TRUE(has(errors_of("gerundsrcbin uri=" + clip.path() +
                            " ! capsfilter caps=video/x-raw,width=7 ! "
                            "fakesink name=sink"),
                  "videoconvert"));
}

TEST(SourceBin, LoopsNoMoreWhenNobodyWantsMore) {
  const SmallClip clip;
  Pipeline pipeline("gerundsrcbin loop=true uri=" + clip.path() + " ! fakesink name=sink num-buffers=20");
  pipeline.start();
  EXPECT_EQ(states_of(pipeline.wait_for([](GstMessage* message) { return is_state(message, "ended"); })),
            (Texts{"started", "ended"}));
}

TEST(SourceBin, LosesNoFrameOfALoopToASinkThatKeepsTime) {
  // Its reports of lateness speak of the time that goes out, which the decoder of a later round does not know.
  const SmallClip clip("clip.mp4", 24, 200);
  Pipeline pipeline(source(clip.path(), "loop=true") + "sync=true qos=true");
  pipeline.start();
  ASSERT_TRUE(pipeline.wait_for_frames(24 * 5));
  pipeline.stop();
  const auto frames = pipeline.frames();
  std::vector<size_t> rounds;
  for (size_t i = 0; i < frames.size(); ++i)
    if (frames[i].is_discontinuous) rounds.push_back(i);
  ASSERT_GE(rounds.size(), 5U);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(rounds[i], 24 * i);
}

TEST(SourceBin, LeavesFramesOutAboveMaxFps) {
  const SmallClip clip("clip.mp4", 24);
  Pipeline pipeline(source(clip.path(), "max-fps=12.5"));
  pipeline.run();
  const auto frames = pipeline.frames();
  ASSERT_EQ(frames.size(), 12U);
  for (size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(frames[i].pts, i * 80 * GST_MSECOND);
}

TEST(SourceBin, LeavesNothingOutBelowMaxFps) {
  const SmallClip clip;
  Pipeline pipeline(source(clip.path(), "max-fps=26"));
  pipeline.run();
  EXPECT_EQ(pipeline.frames().size(), 12U);
}

TEST(SourceBin, MarksTheSeamThoughItsFirstFrameIsLeftOut) {
  // 11 frames: the last of a round is taken, so the first of the next is left out.
  const SmallClip clip("clip.mp4", 11);
  Pipeline pipeline(source(clip.path(), "loop=true max-fps=12.5"));
  pipeline.start();
  ASSERT_TRUE(pipeline.wait_for_frames(22));
  pipeline.stop();
  size_t num_marks = 0;
  const auto frames = pipeline.frames();
  for (size_t i = 0; i < 22; ++i) num_marks += frames[i].is_discontinuous ? 1 : 0;
  EXPECT_EQ(num_marks, 4U);  // 22 frames are 44 of the file.
}

TEST(SourceBin, GivesFramesOfTheFile) {
  const SmallClip clip;
  Pipeline pipeline("gerundsrcbin uri=" + clip.path() +
                    " ! videoconvert ! video/x-raw,format=RGB ! fakesink name=sink");
  std::vector<int> levels;
  const PadHandle pad(gst_element_get_static_pad(pipeline.element("sink").get(), "sink"));
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        guint8 level = 0;
        gst_buffer_extract(GST_PAD_PROBE_INFO_BUFFER(info), 0, &level, 1);
        static_cast<std::vector<int>*>(data)->push_back(level);
        return GST_PAD_PROBE_OK;
      },
      &levels, nullptr);
  pipeline.run();
  pipeline.stop();
  ASSERT_EQ(levels.size(), 12U);
  for (size_t i = 0; i < levels.size(); ++i) EXPECT_NEAR(levels[i], 10 * static_cast<int>(i), 4);
}

/// A source that fails with an error and the state "failed", and nothing else.
void expect_failure(const std::string& uri) {
  Pipeline pipeline(source(uri));
  const auto messages = pipeline.run();
  const Texts errors = texts_of(messages, GST_MESSAGE_ERROR);
  ASSERT_EQ(errors.size(), 1U) << uri;
  EXPECT_NE(errors[0].find(uri), std::string::npos) << errors[0];
  EXPECT_EQ(states_of(messages).back(), "failed");
  EXPECT_EQ(states_of(messages).size(), 1U);
}

TEST(SourceBin, FailsWithoutAFile) {
  expect_failure("/none/such.mp4");
}

TEST(SourceBin, FailsWithAnEmptyFile) {
  const SmallClip clip;
  std::filesystem::resize_file(clip.path(), 0);
  expect_failure(clip.path());
}

TEST(SourceBin, FailsWithAFileThatIsCutShort) {
  const SmallClip clip;
  std::filesystem::resize_file(clip.path(), std::filesystem::file_size(clip.path()) / 2);
  expect_failure(clip.path());
}

TEST(SourceBin, FailsWithAFolder) {
  expect_failure("/tmp");
}

TEST(SourceBin, FailsWithAFileThatIsNoVideo) {
  const testing_data::TemporaryFolder folder("gst_text");
  const std::string path = folder.path() / "text.mp4";
  g_file_set_contents(path.c_str(), std::string(5000, 'x').c_str(), -1, nullptr);
  expect_failure(path);
}

TEST(SourceBin, FailsWithAFileThatHasSoundAlone) {
  const testing_data::TemporaryFolder folder("gst_sound");
  const std::string path = folder.path() / "sound.wav";
  Pipeline("audiotestsrc num-buffers=20 ! wavenc ! filesink location=" + path).run();
  expect_failure(path);
}

TEST(SourceBin, FailsWithAnAddressOfUnknownKind) {
  expect_failure("gopher://127.0.0.1/a");
}

/// A file that somebody else has opened to write, and into which nothing is written.
class SilentFile {
 public:
  SilentFile() {
    mkfifo(path().c_str(), 0600);
    descriptor_ = open(path().c_str(), O_RDWR | O_CLOEXEC);
  }
  ~SilentFile() { end(); }
  SilentFile(const SilentFile&) = delete;
  SilentFile& operator=(const SilentFile&) = delete;

  std::string path() const { return folder_.path() / "silent.mp4"; }
  /// Whoever reads sees its end.
  void end() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

 private:
  testing_data::TemporaryFolder folder_{"gst_silent"};
  int descriptor_ = -1;
};

TEST(SourceBin, FailsWithAFileThatGivesNothing) {
  SilentFile file;
  Pipeline pipeline(source(file.path(), "stall-timeout=0.6"));
  const auto messages = pipeline.run();
  EXPECT_EQ(states_of(messages), (Texts{"failed"}));
  ASSERT_EQ(texts_of(messages, GST_MESSAGE_ERROR).size(), 1U);
  EXPECT_NE(texts_of(messages, GST_MESSAGE_ERROR)[0].find("no frame for"), std::string::npos);
  file.end();
}

TEST(SourceBin, TriesAWebAddressThatGivesNothingAgain) {
  // The kernel takes the connection; nobody answers.
  const int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(silent, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(silent, 8), 0);
  ASSERT_EQ(getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  {
    Pipeline pipeline(source("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/x",
                             "stall-timeout=0.6 reconnect-interval=0.01 reconnect-attempts=1"));
    EXPECT_EQ(states_of(pipeline.run()), (Texts{"reconnecting", "failed"}));
  }
  close(silent);
}

TEST(SourceBin, FailsInALoopToo) {
  Pipeline pipeline(source("/none/such.mp4", "loop=true"));
  EXPECT_EQ(states_of(pipeline.run()), (Texts{"failed"}));
}

TEST(SourceBin, IsAnErrorWithoutAddress) {
  Pipeline pipeline("gerundsrcbin ! fakesink");
  const auto errors = texts_of(pipeline.run(), GST_MESSAGE_ERROR);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NE(errors[0].find("uri: none is set"), std::string::npos) << errors[0];
}

TEST(SourceBin, PlaysAfterAFailure) {
  const SmallClip clip;
  Pipeline pipeline(source("/none/such.mp4"));
  EXPECT_EQ(states_of(pipeline.run()), (Texts{"failed"}));
  pipeline.stop();
  g_object_set(pipeline.element("source").get(), "uri", clip.path().c_str(), nullptr);
  EXPECT_EQ(states_of(pipeline.run()), (Texts{"started", "ended"}));
  EXPECT_EQ(pipeline.frames().size(), 12U);
}

// Nobody listens there.
constexpr const char* kNoCamera = "rtsp://me:secret@127.0.0.1:9/x";

TEST(SourceBin, TriesACameraAgainAndGivesUp) {
  Pipeline pipeline(source(kNoCamera, "reconnect-interval=0.01 reconnect-attempts=2"));
  const auto messages = pipeline.run();
  EXPECT_EQ(states_of(messages), (Texts{"reconnecting", "reconnecting", "failed"}));
  EXPECT_EQ(texts_of(messages, GST_MESSAGE_ERROR).size(), 1U);
}

TEST(SourceBin, KeepsSecretsOutOfMessages) {
  Pipeline pipeline(source(kNoCamera, "reconnect-interval=0.01 reconnect-attempts=1"));
  bool has_seen_address = false;
  for (const MessageHandle& message : pipeline.run()) {
    const GstStructure* structure = gst_message_get_structure(message.get());
    if (structure == nullptr) continue;
    gchar* text = gst_structure_to_string(structure);
    EXPECT_EQ(std::string(text).find("secret"), std::string::npos) << text;
    has_seen_address = has_seen_address || std::string(text).find("127.0.0.1:9/x") != std::string::npos;
    g_free(text);
    gchar* debug = nullptr;
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) gst_message_parse_error(message.get(), nullptr, &debug);
    EXPECT_EQ(std::string(debug != nullptr ? debug : "").find("secret"), std::string::npos) << debug;
    g_free(debug);
  }
  EXPECT_TRUE(has_seen_address);
}

TEST(SourceBin, TriesAWebAddressAgain) {
  Pipeline pipeline(source("http://127.0.0.1:9/x", "reconnect-interval=0.01 reconnect-attempts=1"));
  EXPECT_EQ(states_of(pipeline.run()), (Texts{"reconnecting", "failed"}));
}

TEST(SourceBin, StopsWhileItReconnects) {
  for (int round = 0; round < 20; ++round) {
    Pipeline pipeline(source(kNoCamera, "reconnect-interval=0.01 reconnect-max-interval=0.02"));
    pipeline.start();
    for (int left = round % 4; left > 0; --left)
      pipeline.wait_for([](GstMessage* message) { return is_state(message, "reconnecting"); });
    pipeline.stop();
  }
}

TEST(SourceBin, StopsAndStartsWhileItReconnects) {
  Pipeline pipeline(source(kNoCamera, "reconnect-interval=0.01 reconnect-attempts=3"));
  for (int round = 0; round < 5; ++round) {
    pipeline.start();
    pipeline.wait_for([](GstMessage* message) { return is_state(message, "reconnecting"); });
    pipeline.stop();
  }
  EXPECT_EQ(states_of(pipeline.run()), (Texts{"reconnecting", "reconnecting", "reconnecting", "failed"}));
}

TEST(SourceBin, StopsInTheMiddleOfALoop) {
  const SmallClip clip("clip.mp4", 3);
  for (size_t round = 0; round < 10; ++round) {
    Pipeline pipeline(source(clip.path(), "loop=true"));
    pipeline.start();
    EXPECT_TRUE(pipeline.wait_for_frames(1 + 2 * round));
    pipeline.stop();
  }
}

TEST(SourceBin, RefusesToSeek) {
  const SmallClip clip;
  Pipeline pipeline(source(clip.path()));
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  gst_element_get_state(pipeline.get(), nullptr, nullptr, Pipeline::kLongest);
  gst_element_seek_simple(pipeline.get(), GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 200 * GST_MSECOND);
  pipeline.run();
  const auto frames = pipeline.frames();
  ASSERT_EQ(frames.size(), 12U);
  EXPECT_EQ(frames.back().pts, 440 * GST_MSECOND);
}

}  // namespace
}  // namespace gerund::gst
