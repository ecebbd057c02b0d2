// Downloads from a server on this machine that fails in all the ways that servers and lines do.
#include "catalogue/download.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <memory>

#include "base/files.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "catalogue/part_file.h"
#include "http_server.h"
#include "message_of.h"
#include "small_videos.h"

namespace gerund::catalogue {
namespace {

namespace fs = std::filesystem;
using testing_data::answer;
using testing_data::HttpServer;
using testing_data::message_of;
using testing_data::ranged_answer;
using testing_data::Request;

class DownloadTest : public testing::Test {
 protected:
  DownloadTest() : folder_("download") {
    for (int i = 0; i < 100000; ++i) file_ += static_cast<char>('a' + i * 7 % 26);
    options_.wait = [this](std::chrono::milliseconds time) { waits_.push_back(time.count()); };
  }

  WantedFile wanted() const { return {"net", "net.bin", static_cast<int64_t>(file_.size()), base::sha256(file_)}; }
  fs::path target() const { return folder_.path() / "net.bin"; }
  fs::path part() const { return folder_.path() / "net.bin.part"; }

  void fetch(const HttpServer& server) {
    base::Progress silent;
    download(source_from(server.url(), "V"), wanted(), target(), options_, silent);
  }
  std::string complaint(const HttpServer& server) {
    return message_of([&] { fetch(server); });
  }
  void expect_whole() const {
    ASSERT_TRUE(fs::exists(target()));
    EXPECT_EQ(base::read_file(target()), file_);
    EXPECT_FALSE(fs::exists(part()));
  }

  testing_data::TemporaryFolder folder_;
  std::string file_;
  DownloadOptions options_;
  std::vector<int64_t> waits_;
};

TEST_F(DownloadTest, BringsAFileInOneRequest) {
  const HttpServer server([&](const Request& request) { return ranged_answer(request, file_); });
  fetch(server);
  expect_whole();
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].path, "/net.bin");
  EXPECT_FALSE(server.requests()[0].range);
  EXPECT_TRUE(waits_.empty());
}

TEST_F(DownloadTest, GoesOnWithThePartThatIsThere) {
  base::write_file(part(), file_.substr(0, 60000));
  const HttpServer server([&](const Request& request) { return ranged_answer(request, file_); });
  fetch(server);
  expect_whole();
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].range, 60000);
}

TEST_F(DownloadTest, AsksForNothingWhereThePartIsWhole) {
  base::write_file(part(), file_);
  const HttpServer server([&](const Request&) { return answer("500 No", ""); });
  fetch(server);
  expect_whole();
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(DownloadTest, BeginsAnewWhereTheServerKnowsNoRanges) {
  base::write_file(part(), "x" + file_.substr(0, 60000));  // Nothing of this may be left.
  const HttpServer server([&](const Request&) { return answer("200 OK", file_); });
  fetch(server);
  expect_whole();
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(DownloadTest, BeginsAnewWhereTheServerGivesAnotherRange) {
  base::write_file(part(), file_.substr(0, 60000));
  const HttpServer server([&](const Request& request) {
    Request other = request;
    if (other.range) other.range = *other.range + 5;
    return ranged_answer(other, file_);
  });
  fetch(server);
  expect_whole();
}

TEST_F(DownloadTest, BeginsAnewWhereTheRangeIsRefused) {
  base::write_file(part(), file_.substr(0, 60000));
  const HttpServer server(
      [&](const Request& request) { return request.range ? answer("416 No", "no") : answer("200 OK", file_); });
  fetch(server);
  expect_whole();
}

TEST_F(DownloadTest, BeginsAnewOnceWhereThePartWasOfAnotherFile) {
  base::write_file(part(), std::string(60000, 'Z'));
  const HttpServer server([&](const Request& request) { return ranged_answer(request, file_); });
  fetch(server);
  expect_whole();
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[0].range, 60000);
  EXPECT_FALSE(server.requests()[1].range);
}

TEST_F(DownloadTest, GoesOnAfterEveryCutAsLongAsSomethingComes) {
  const HttpServer server([&](const Request& request) { return ranged_answer(request, file_, 9000); });
  fetch(server);
  expect_whole();
  EXPECT_EQ(server.requests().size(), 12U);
  EXPECT_EQ(waits_, std::vector<int64_t>(11, 1000));
}

TEST_F(DownloadTest, WaitsTwiceAsLongEachTimeAndGivesUp) {
  const HttpServer server([&](const Request&) { return answer("503 Busy", "busy"); });
  base::write_file(part(), file_.substr(0, 60000));
  const std::string message = complaint(server);
  EXPECT_NE(message.find("503"), std::string::npos) << message;
  EXPECT_NE(message.find("60000 of 100000 bytes are here"), std::string::npos) << message;
  EXPECT_EQ(waits_, (std::vector<int64_t>{1000, 2000, 4000}));
  EXPECT_EQ(fs::file_size(part()), 60000U);
  EXPECT_FALSE(fs::exists(target()));
}

TEST_F(DownloadTest, AsksOnceForWhatIsNotThere) {
  for (const char* status : {"404 Not Found", "403 Forbidden", "410 Gone"}) {
    const HttpServer server([&](const Request&) { return answer(status, "a page that is no model"); });
    const std::string message = complaint(server);
    EXPECT_NE(message.find(std::string(status).substr(0, 3)), std::string::npos) << message;
    EXPECT_NE(message.find(server.url() + "/net.bin"), std::string::npos) << message;
    EXPECT_EQ(server.requests().size(), 1U);
    EXPECT_FALSE(fs::exists(target()));
  }
}

TEST_F(DownloadTest, ReadsNoPageOfAnErrorToItsEnd) {
  const HttpServer server(
      [&](const Request&) { return std::string("HTTP/1.1 404 Not Found\r\nContent-Length: 9000000000\r\n\r\nno"); });
  EXPECT_NE(complaint(server).find("404"), std::string::npos);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(DownloadTest, FollowsRedirectsButNotForEver) {
  const HttpServer server([&](const Request& request) {
    return request.path == "/net.bin" ? answer("302 Found", "over there", "Location: /other\r\n")
                                      : ranged_answer(request, file_);
  });
  base::write_file(part(), file_.substr(0, 60000));
  fetch(server);
  expect_whole();
  EXPECT_EQ(server.requests().back().range, 60000);
  fs::remove(target());
  const HttpServer circle([&](const Request&) { return answer("302 Found", "", "Location: /net.bin\r\n"); });
  EXPECT_NE(complaint(circle).find("redirects"), std::string::npos);
}

TEST_F(DownloadTest, FollowsNoRedirectToAFile) {
  const HttpServer server([&](const Request&) { return answer("302 Found", "", "Location: file:///etc/passwd\r\n"); });
  EXPECT_NE(complaint(server).find("cannot be had"), std::string::npos);
  EXPECT_FALSE(fs::exists(target()));
}

TEST_F(DownloadTest, RemovesWhatHasAnotherSumOrSize) {
  std::string altered = file_;
  altered[70000] ^= 1;
  for (const std::string& wrong : {altered, file_ + "more", file_.substr(0, 50000)}) {
    const HttpServer server([&](const Request& request) { return ranged_answer(request, wrong); });
    const std::string message = complaint(server);
    EXPECT_NE(message.find("signed index"), std::string::npos) << message;
    EXPECT_FALSE(fs::exists(target()));
    EXPECT_FALSE(fs::exists(part()));
  }
}

TEST_F(DownloadTest, KeepsThePartWhereItIsInterrupted) {
  const HttpServer server([&](const Request& request) {
    base::request_interrupt();
    return ranged_answer(request, file_, 30000);
  });
  base::write_file(part(), file_.substr(0, 60000));
  EXPECT_THROW(fetch(server), base::Interrupted);
  base::request_interrupt(false);
  EXPECT_GE(fs::file_size(part()), 60000U);
  EXPECT_FALSE(fs::exists(target()));
}

TEST_F(DownloadTest, SaysThatTheDiskIsFullAndKeepsThePart) {
  const HttpServer server([&](const Request& request) { return ranged_answer(request, file_); });
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{40000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = complaint(server);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(message.find(part().string() + ": cannot be written: File too large"), std::string::npos) << message;
  EXPECT_EQ(fs::file_size(part()), 40000U);
  EXPECT_TRUE(waits_.empty());
}

TEST_F(DownloadTest, WaitsForAnotherProcessAndTakesWhatItHasFetched) {
  auto other = std::make_unique<PartFile>(part(), [] {});
  const HttpServer server([&](const Request& request) { return ranged_answer(request, file_); });
  options_.wait = [&](std::chrono::milliseconds time) {
    waits_.push_back(time.count());
    if (waits_.size() < 3) return;
    other->write(0, file_);
    other->become(target());
    other.reset();
  };
  fetch(server);
  expect_whole();
  EXPECT_EQ(waits_.size(), 3U);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(DownloadTest, GoesOnWithThePartOfAnotherProcessThatGaveUp) {
  auto other = std::make_unique<PartFile>(part(), [] {});
  other->write(0, file_.substr(0, 60000));
  const HttpServer server([&](const Request& request) { return ranged_answer(request, file_); });
  options_.wait = [&](std::chrono::milliseconds) { other.reset(); };
  fetch(server);
  expect_whole();
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].range, 60000);
}

TEST_F(DownloadTest, CopiesFromAFolderTheSameWay) {
  base::write_file(folder_.path() / "mirror" / "net.bin", file_);
  base::write_file(part(), file_.substr(0, 60000));
  base::Progress silent;
  download(source_from((folder_.path() / "mirror").string(), "V"), wanted(), target(), options_, silent);
  expect_whole();
  EXPECT_NE(message_of([&] {
              download(source_from((folder_.path() / "nowhere").string(), "V"), wanted(), folder_.path() / "x",
                       options_, silent);
            }).find("nowhere/net.bin: cannot be read"),
            std::string::npos);
}

}  // namespace
}  // namespace gerund::catalogue
