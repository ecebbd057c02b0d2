#include "gst/line_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"

namespace gerund::gst {
namespace {

constexpr std::string_view kSocketPrefix = "unix:";
constexpr std::chrono::milliseconds kRetry{500};
constexpr mode_t kEveryoneReads = 0644;
constexpr const char* kNobodyReads = "nobody reads it";

enum class Kind {
  file,    // Or stdout.
  fifo,    // Nobody need read it yet.
  socket,  // Nobody need listen yet.
};

Kind kind_of(const std::string& target) {
  if (target.starts_with(kSocketPrefix)) return Kind::socket;
  std::error_code ignored;
  return target != "-" && std::filesystem::is_fifo(target, ignored) ? Kind::fifo : Kind::file;
}

/// Whether the last line of a file has no end: who wrote it was cut off.
bool is_torn(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || file.tellg() <= 0) return false;
  file.seekg(-1, std::ios::end);
  return file.get() != '\n';
}

}  // namespace

/// Owns the descriptor.
class LineSink::Target {
 public:
  explicit Target(const Options& options)
      : name_(options.target), kind_(kind_of(name_)), patience_(options.patience_seconds) {
    if (kind_ == Kind::socket) return;
    if (kind_ == Kind::fifo) {
      if (connect_now() || errno == ENXIO) return;
    } else if (name_ == "-") {
      descriptor_ = dup(STDOUT_FILENO);
    } else {
      std::error_code ignored;  // What is wrong with the folder, open says.
      std::filesystem::create_directories(std::filesystem::path(name_).parent_path(), ignored);
      is_torn_ = options.appends && std::filesystem::is_regular_file(name_, ignored) && is_torn(name_);
      descriptor_ =
          open(name_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (options.appends ? O_APPEND : O_TRUNC), kEveryoneReads);
    }
    if (descriptor_ < 0) throw base::UserError(fmt::format("{}: cannot be written: {}", name_, std::strerror(errno)));
  }
  ~Target() { close_now(); }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  /// "" or the reason why the line, with its end, was not written as a whole.
  std::string write_line(std::string_view line, const std::atomic<bool>& is_stopping) {
    if (is_given_up_) return kNobodyReads;
    if (descriptor_ < 0 && !connect_now()) {
      std::string reason = errno == ENXIO ? kNobodyReads : std::strerror(errno);
      note_stall(is_stopping);
      return reason;
    }
    const std::string after_torn = is_torn_ ? "\n" + std::string(line) : "";
    if (is_torn_) line = after_torn;
    const size_t size = line.size();
    while (!line.empty()) {
      if (!takes_more()) {
        if (note_stall(is_stopping)) return kNobodyReads;
        continue;
      }
      const ssize_t count = write_some(line);
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) {
        std::string reason = std::strerror(errno);
        is_torn_ = kind_ == Kind::file && (is_torn_ || line.size() < size);
        if (kind_ != Kind::file) close_now();
        return reason;
      }
      stalled_seconds_ = 0;
      line.remove_prefix(static_cast<size_t>(count));
    }
    is_torn_ = false;
    return "";
  }

  bool is_socket() const { return kind_ == Kind::socket; }
  bool outlives_its_reader() const { return kind_ != Kind::file; }
  /// Whether a line that was not written is to be tried again: who reads may come, or come back.
  bool may_come(bool is_stopping) const {
    return kind_ == Kind::socket ? !is_stopping : kind_ == Kind::fifo && !is_given_up_;
  }

 private:
  bool connect_now() {
    if (kind_ == Kind::fifo) {
      descriptor_ = open(name_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);  // ENXIO while nobody reads.
      return descriptor_ >= 0;
    }
    const std::string path = name_.substr(kSocketPrefix.size());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
      errno = ENAMETOOLONG;
      return false;
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    // Where the listener has no room for one more, connecting would wait for it.
    descriptor_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return true;
    const int reason = errno;
    close_now();
    errno = reason;
    return false;
  }
  /// A pipe with room takes so much without waiting.
  ssize_t write_some(std::string_view text) const {
    if (kind_ == Kind::socket) return send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return write(descriptor_, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
  }
  /// Waits for it no longer than kRetry.
  bool takes_more() const {
    pollfd waiting{descriptor_, POLLOUT, 0};
    return poll(&waiting, 1, static_cast<int>(kRetry.count())) == 1;
  }
  /// Nothing was taken for kRetry. True where the reader is given up for good.
  bool note_stall(bool is_stopping) {
    if (!is_stopping) return false;
    stalled_seconds_ += std::chrono::duration<double>(kRetry).count();
    const double patience = kind_ == Kind::socket ? 0 : patience_;
    is_given_up_ = base::interrupted() || stalled_seconds_ > patience;
    return is_given_up_;
  }
  void close_now() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

  const std::string name_;
  const Kind kind_;
  const double patience_;
  int descriptor_ = -1;
  bool is_torn_ = false;        // What stands last in the file is no whole line.
  double stalled_seconds_ = 0;  // At the end, since something was taken.
  bool is_given_up_ = false;
};

LineSink::LineSink(const Options& options)
    : options_(options), target_(std::make_unique<Target>(options)), thread_([this] { run(); }) {}

LineSink::~LineSink() {
  finish();
}

void LineSink::finish() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LineSink::push(std::string line) {
  line += '\n';
  {
    std::unique_lock lock(mutex_);
    if (options_.waits && !target_->is_socket())
      while (waiting_.size() >= options_.max_waiting && !base::interrupted()) changed_.wait_for(lock, kRetry);
    waiting_.push_back(std::move(line));
    if (waiting_.size() > options_.max_waiting) {
      waiting_.pop_front();
      ++num_lost_;
    }
  }
  changed_.notify_all();
}

int64_t LineSink::num_lost() const {
  std::lock_guard lock(mutex_);
  return num_lost_;
}

std::string LineSink::loss() const {
  std::lock_guard lock(mutex_);
  return loss_;
}

std::string LineSink::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

void LineSink::run() {
  if (target_->outlives_its_reader()) {
    sigset_t gone;  // Writing to a FIFO whose reader went away would end the process.
    sigemptyset(&gone);
    sigaddset(&gone, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &gone, nullptr);
  }
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::string line = std::move(waiting_.front());
    waiting_.pop_front();
    if (options_.waits) changed_.notify_all();
    lock.unlock();
    std::string trouble = target_->write_line(line, is_stopping_);
    lock.lock();
    trouble_ = std::move(trouble);
    if (trouble_.empty()) continue;
    if (!target_->may_come(is_stopping_)) {
      ++num_lost_;
      if (!target_->is_socket()) loss_ = trouble_;
      continue;
    }
    waiting_.push_front(line);
    const bool was_stopping = is_stopping_;
    changed_.wait_for(lock, kRetry, [&] { return is_stopping_ != was_stopping; });
  }
}

}  // namespace gerund::gst
