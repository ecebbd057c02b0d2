#include "catalogue/download.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/sha256.h"
#include "catalogue/part_file.h"

namespace gerund::catalogue {
namespace {

namespace fs = std::filesystem;
using base::UserError;
using std::chrono::milliseconds;

constexpr int64_t kShownBytes = 1000;  // Progress counts kB.
constexpr milliseconds kLockWait{200};

void wait_or_interrupt(milliseconds time) {
  constexpr milliseconds kStep{50};
  for (milliseconds waited{0}; waited < time && !base::interrupted(); waited += kStep)
    std::this_thread::sleep_for(kStep);
}

void wait_for(milliseconds time, const DownloadOptions& options) {
  (options.wait ? options.wait : wait_or_interrupt)(time);
  if (base::interrupted()) throw base::Interrupted("fetching a model was interrupted");
}

/// The part, once no other process has it.
PartFile open_part(const fs::path& path, const WantedFile& wanted, const DownloadOptions& options) {
  return PartFile(path, [&, is_told = false]() mutable {
    if (!is_told) base::log_info(fmt::format("{}: another process is fetching it; waiting", wanted.name));
    is_told = true;
    wait_for(kLockWait, options);
  });
}

/// One file on its way.
class Download {
 public:
  Download(const Source& source, const WantedFile& wanted, const fs::path& target, const DownloadOptions& options,
           base::Progress& progress)
      : source_(source),
        wanted_(wanted),
        options_(options),
        progress_(progress),
        part_(open_part(target.string() + ".part", wanted, options)) {}

  ~Download() { progress_.finish(); }
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  bool is_resumed() const { return is_resumed_; }

  /// Until all bytes are here.
  void fetch() {
    if (part_.num_bytes() > wanted_.num_bytes) part_.write(0, "");
    begun_at_ = part_.num_bytes();
    is_resumed_ = begun_at_ > 0;
    const std::string note =
        is_resumed_ ? fmt::format("after {} kB that were here", begun_at_ / kShownBytes) : std::string();
    progress_.start("Fetching", (wanted_.num_bytes - begun_at_) / kShownBytes, "kB");
    progress_.update(0, note);
    milliseconds pause = options_.first_wait;
    for (int fruitless = 0; part_.num_bytes() < wanted_.num_bytes; pause *= 2) {
      const int64_t before = part_.num_bytes();
      const std::string trouble = attempt();
      if (trouble.empty()) continue;
      if (part_.num_bytes() > before) {
        fruitless = 0;
        pause = options_.first_wait;
      }
      if (++fruitless >= options_.num_attempts) give_up(trouble);
      base::log_warning(fmt::format("{}: {}; again in {} s", wanted_.name, trouble, pause.count() / 1000));
      wait_for(pause, options_);
    }
    progress_.finish();  // Before anything is said of the sum.
  }

  /// Whether the sum is right; the part is the target then, and gone otherwise.
  bool settle(const fs::path& target, const fs::path& part) {
    if (base::sha256_of_file(part) == wanted_.sha256) {
      part_.become(target);
      return true;
    }
    part_.remove();
    return false;
  }

  void drop_part() { part_.remove(); }
  int64_t num_bytes() const { return part_.num_bytes(); }

 private:
  /// What ended it early; "" where nothing did.
  std::string attempt() {
    const int64_t before = part_.num_bytes();
    const Outcome outcome =
        transfer(source_, wanted_.file, part_.num_bytes(), [this](int64_t offset, std::string_view bytes) {
          if (offset + static_cast<int64_t>(bytes.size()) > wanted_.num_bytes) fail_size("more");
          part_.write(offset, bytes);
          progress_.update(std::max<int64_t>(0, part_.num_bytes() - begun_at_) / kShownBytes);
        });
    if (outcome.transfer == Transfer::cut) return outcome.trouble;
    if (part_.num_bytes() == wanted_.num_bytes) return "";
    if (part_.num_bytes() > before) return "the answer ended early";  // One without a length may be cut unseen.
    fail_size("fewer");
  }

  [[noreturn]] void fail_size(const char* than) {
    part_.remove();
    throw UserError(
        fmt::format("{}: has {} bytes than the {} that the signed index tells; the copy was removed, as it is not "
                    "what was signed. Ask whoever keeps the catalogue",
                    place_of(source_, wanted_.file), than, wanted_.num_bytes));
  }

  [[noreturn]] void give_up(const std::string& trouble) const {
    throw UserError(
        fmt::format("{}: cannot be had: {}. {} of {} bytes are here, and the same command goes on from there",
                    place_of(source_, wanted_.file), trouble, part_.num_bytes(), wanted_.num_bytes));
  }

  const Source& source_;
  const WantedFile& wanted_;
  const DownloadOptions& options_;
  base::Progress& progress_;
  PartFile part_;
  int64_t begun_at_ = 0;
  bool is_resumed_ = false;
};

/// False where what had been resumed turned out to be wrong.
bool fetch_once(const Source& source, const WantedFile& wanted, const fs::path& target, const DownloadOptions& options,
                base::Progress& progress) {
  Download attempt(source, wanted, target, options, progress);
  if (is_right(target, wanted)) {  // Another process has fetched it meanwhile.
    attempt.drop_part();
    return true;
  }
  try {
    attempt.fetch();
  } catch (const base::Interrupted&) {
    throw base::Interrupted(fmt::format("{}: {} of {} bytes are here; the same command goes on from there", wanted.name,
                                        attempt.num_bytes(), wanted.num_bytes));
  }
  if (attempt.settle(target, target.string() + ".part")) return true;
  if (attempt.is_resumed()) return false;
  throw UserError(fmt::format(
      "{}: is not the file that the signed index tells of (another SHA-256); the copy was removed. Ask whoever "
      "keeps the catalogue",
      place_of(source, wanted.file)));
}

}  // namespace

bool is_right(const fs::path& path, const WantedFile& wanted) {
  std::error_code error;
  return fs::is_regular_file(path, error) && static_cast<int64_t>(fs::file_size(path, error)) == wanted.num_bytes &&
         base::sha256_of_file(path) == wanted.sha256;
}

void download(const Source& source, const WantedFile& wanted, const fs::path& target, const DownloadOptions& options,
              base::Progress& progress) {
  if (fetch_once(source, wanted, target, options, progress)) return;
  base::log_warning(fmt::format("{}: the part that was here did not belong to it; it is fetched anew", wanted.name));
  fetch_once(source, wanted, target, options, progress);
}

}  // namespace gerund::catalogue
