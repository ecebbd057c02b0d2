// tests/data/clip_cache_test.cc - what is kept, what gives way, and that trouble with the disk harms nothing.
#include "data/clip_cache.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "base/files.h"
#include "data/drawn_clips.h"
#include "spec/experiment.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

constexpr FrameShape kShape{64, 64, 1};  // A page each.
constexpr uint64_t kFileBytes = 3 * 4096;

class Cache : public drawn::Folder {
 protected:
  fs::path path() const { return folder_ / "clips"; }
  ClipCache make(uint64_t num_files) const { return ClipCache({path(), num_files * kFileBytes}); }

  static bool keep(ClipCache& cache, const std::string& key) {
    auto writer = cache.begin(key, kShape, 2);
    if (!writer) return false;
    const std::vector<uint8_t> bytes(kShape.num_bytes(), static_cast<uint8_t>(key.back()));
    return writer->push(bytes) && writer->push(bytes) && cache.finish(std::move(*writer));
  }
  std::vector<fs::path> files(const char* extension = ".frames") const {
    std::vector<fs::path> found;
    if (!fs::exists(path())) return found;
    for (const auto& entry : fs::directory_iterator(path()))
      if (entry.path().extension() == extension) found.push_back(entry.path());
    return found;
  }
  void make_older(hours age) const {
    for (const fs::path& file : files()) fs::last_write_time(file, fs::last_write_time(file) - age);
  }
  /// The exit status of `work` in a process of its own.
  static int run_apart(const std::function<int()>& work) {
    const pid_t child = fork();
    if (child == 0) _exit(work());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(Cache, FindsWhatWasKeptAndNothingElse) {
  ClipCache cache = make(100);
  EXPECT_FALSE(cache.find("one"));
  ASSERT_TRUE(keep(cache, "one"));
  EXPECT_TRUE(cache.find("one"));
  EXPECT_TRUE(make(100).find("one")) << "the next run finds it as well";
  EXPECT_FALSE(cache.find("two"));
  cache.discard("one");
  EXPECT_FALSE(cache.find("one"));
}

TEST_F(Cache, HasOneWriterForAKeyAtATime) {
  ClipCache cache = make(100);
  auto writer = cache.begin("one", kShape, 2);
  ASSERT_TRUE(writer);
  EXPECT_FALSE(cache.begin("one", kShape, 2));
  EXPECT_FALSE(make(100).begin("one", kShape, 2)) << "nor does another process get in";
  EXPECT_TRUE(cache.begin("two", kShape, 2));
  cache.abandon(*writer, false);
  writer.reset();
  EXPECT_TRUE(cache.begin("one", kShape, 2));
}

TEST_F(Cache, RemovesWhatAKilledProcessLeft) {
  ClipCache cache = make(100);
  EXPECT_EQ(run_apart([&] { return cache.begin("one", kShape, 2) ? 0 : 1; }), 0);
  ASSERT_EQ(files(".partial").size(), 1U);
  ASSERT_TRUE(keep(cache, "two"));
  EXPECT_TRUE(files(".partial").empty());
}

TEST_F(Cache, MakesRoomWhereLongestUnusedAndKeepsWhatThisRunUses) {
  ClipCache first = make(8);
  for (const char* key : {"1", "2", "3", "4", "5", "6", "7", "8"}) {
    ASSERT_TRUE(keep(first, key));
    make_older(hours(1));  // "1" becomes the oldest.
  }
  ClipCache cache = make(8);
  EXPECT_TRUE(cache.find("1"));
  EXPECT_TRUE(keep(cache, "new1"));
  EXPECT_FALSE(cache.find("2"));
  EXPECT_TRUE(cache.find("1")) << "used by this run";
  for (const char* key : {"3", "4", "5", "6", "7", "8"}) EXPECT_TRUE(cache.find(key)) << key;
  EXPECT_FALSE(keep(cache, "new2")) << "all that is there is in use";
  EXPECT_EQ(files().size(), 8U);
}

TEST_F(Cache, TakesNoFileThatWouldPushOutAllOthers) {
  EXPECT_FALSE(keep(*std::make_unique<ClipCache>(ClipCache::Options{path(), 8 * kFileBytes - 1}), "one"));
  ClipCache cache = make(8);
  EXPECT_TRUE(keep(cache, "one"));
}

TEST_F(Cache, WarnsOnceWhereItCannotWriteAndGoesOn) {
  base::write_file(path(), "a file stands where the folder should");
  ClipCache cache = make(100);
  testing::internal::CaptureStderr();
  EXPECT_FALSE(keep(cache, "one"));
  EXPECT_FALSE(keep(cache, "two"));
  EXPECT_FALSE(cache.find("one"));
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find(path().string()), std::string::npos) << said;
  EXPECT_EQ(said.find("cannot keep"), said.rfind("cannot keep")) << said;
}

// A limit on the size of files is the full disk that a test may have.
void allow_bytes(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
}

TEST_F(Cache, GoesOnWithoutWhereTheDiskIsFullAtTheStart) {
  EXPECT_EQ(run_apart([&] {
              allow_bytes(100);
              ClipCache cache = make(100);
              return keep(cache, "one") || keep(cache, "two") ? 1 : 0;
            }),
            0);
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(files(".partial").empty());
}

TEST_F(Cache, GoesOnWithoutWhereTheDiskBecomesFull) {
  EXPECT_EQ(run_apart([&] {
              ClipCache cache = make(100);
              auto writer = cache.begin("one", kShape, 2);
              if (!writer) return 1;
              allow_bytes(100);
              const std::vector<uint8_t> bytes(kShape.num_bytes());
              if (writer->push(bytes)) return 2;
              cache.abandon(*writer, true);
              return keep(cache, "two") ? 3 : 0;
            }),
            0);
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(files(".partial").empty());
}

TEST_F(Cache, IsMadeAsTheSpecSays) {
  spec::DatasetSpec spec;
  spec.cache_dir = path().string();
  ASSERT_NE(make_clip_cache(spec), nullptr);
  EXPECT_TRUE(keep(*make_clip_cache(spec), "one"));
  EXPECT_EQ(files().size(), 1U);
  spec.cache_gb = 0;
  EXPECT_EQ(make_clip_cache(spec), nullptr);
}

}  // namespace
}  // namespace gerund::data
