#include "gst/source_rules.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"

namespace gerund::gst {
namespace {

TEST(Backoff, DoublesUpToTheLongest) {
  Backoff backoff({0.5, 3, -1});
  for (const double wait : {0.5, 1.0, 2.0, 3.0, 3.0}) EXPECT_EQ(backoff.next_wait(), wait);
}

TEST(Backoff, StaysAtTheLongestForEver) {
  Backoff backoff({0.01, 5, -1});
  for (int i = 0; i < 10000; ++i) ASSERT_LE(backoff.next_wait().value(), 5);
  EXPECT_EQ(backoff.next_wait(), 5);
}

TEST(Backoff, BeginsAnewAfterAFrame) {
  Backoff backoff({0.5, 8, 2});
  EXPECT_EQ(backoff.next_wait(), 0.5);
  EXPECT_EQ(backoff.next_wait(), 1);
  backoff.succeed();
  EXPECT_EQ(backoff.next_wait(), 0.5);
}

TEST(Backoff, GivesUpAfterItsAttempts) {
  Backoff backoff({0.5, 8, 2});
  backoff.next_wait();
  backoff.next_wait();
  EXPECT_EQ(backoff.next_wait(), std::nullopt);
  EXPECT_EQ(Backoff({0.5, 8, 0}).next_wait(), std::nullopt);
}

TEST(Backoff, NeverWaitsLongerThanTheLongest) {
  EXPECT_EQ(Backoff({9, 4, -1}).next_wait(), 4);
}

TEST(SourceRules, KnowsFilesWebAddressesAndCameras) {
  for (const char* uri : {"file:///a.mp4", "/a.mp4", "clip.mp4", "", "videos/rtsp/a.mp4"})
    EXPECT_EQ(kind_of(uri), SourceKind::file) << uri;
  for (const char* uri : {"http://h/a.mp4", "https://h/live.m3u8"}) EXPECT_EQ(kind_of(uri), SourceKind::web) << uri;
  for (const char* uri : {"rtsp://h/1", "rtspt://h/1", "rtsps://h/1", "v4l2:///dev/video0", "udp://0.0.0.0:5000"})
    EXPECT_EQ(kind_of(uri), SourceKind::camera) << uri;
}

TEST(SourceRules, MakesAddressesOfPaths) {
  EXPECT_EQ(to_uri("/a b/c.mp4"), "file:///a%20b/c.mp4");
  EXPECT_EQ(to_uri("c.mp4"), "file://" + (std::filesystem::current_path() / "c.mp4").string());
  for (const char* uri : {"file:///a.mp4", "rtsp://u:p@h/1", "v4l2:///dev/video0", "http://h/a?b=c"})
    EXPECT_EQ(to_uri(uri), uri);
  EXPECT_THROW(to_uri(""), base::UserError);
}

TEST(SourceRules, TakesANameWithAColonForAPath) {
  EXPECT_TRUE(to_uri("12:30.mp4").starts_with("file:///"));
}

TEST(SourceRules, HidesUserNamesAndPasswords) {
  EXPECT_EQ(public_uri("rtsp://me:secret@camera:554/1?a=b"), "rtsp://camera:554/1?a=b");
  EXPECT_EQ(public_uri("rtsp://me@camera/1"), "rtsp://camera/1");
  EXPECT_EQ(public_uri("rtsp://me:se@cret@camera/1"), "rtsp://camera/1");
  EXPECT_EQ(public_uri("rtsp://me:secret@camera"), "rtsp://camera");
  EXPECT_EQ(public_uri("rtsp://me:se/cret@camera:554/1"), "rtsp://camera:554/1");
  EXPECT_EQ(public_uri("rtsp://camera:554/1?user=me&password=secret&channel=2"),
            "rtsp://camera:554/1?user=***&password=***&channel=2");
  EXPECT_EQ(public_uri("http://camera/video?loginuse=me&loginPas=x&authToken=y"),
            "http://camera/video?loginuse=***&loginPas=***&authToken=***");
  EXPECT_EQ(public_uri("rtsp://camera/user=me_password=secret_channel=1.sdp"), "rtsp://camera/user=***");
  EXPECT_EQ(public_uri("http://camera/v?usr=me&apikey=1&access-token=2&monkey=3"),
            "http://camera/v?usr=***&apikey=***&access-token=***&monkey=3");
  EXPECT_EQ(public_uri("rtsp://camera:/user@home"), "rtsp://camera:/user@home");
  for (const char* uri : {"rtsp://camera:554/user@home", "rtsp://[::1]:554/a@b", "rtsp://camera/user@home",
                          "file:///a@b.mp4", "a@b.mp4", "http://h/?mail=a@b", ""})
    EXPECT_EQ(public_uri(uri), uri);
  EXPECT_EQ(public_uri("rtsp://camera/" + std::string(400000, 'a')), "rtsp://***");
}

TEST(SourceRules, NamesSourcesShortly) {
  EXPECT_EQ(short_name("file:///videos/a.mp4"), "a.mp4");
  EXPECT_EQ(short_name("videos/a.mp4"), "a.mp4");
  EXPECT_EQ(short_name("a.mp4"), "a.mp4");
  EXPECT_EQ(short_name("rtsp://me:secret@camera/yard"), "camera/yard");
}

}  // namespace
}  // namespace gerund::gst
