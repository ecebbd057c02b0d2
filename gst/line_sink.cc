#include "gst/line_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"

namespace gerund::gst {
namespace {

constexpr std::string_view kSocketPrefix = "unix:";
constexpr std::chrono::milliseconds kRetry{500};
constexpr mode_t kEveryoneReads = 0644;
constexpr const char* kNobodyReads = "the listener does not read";

}  // namespace

/// Owns the descriptor.
class LineSink::Target {
 public:
  Target(std::string name, bool appends) : name_(std::move(name)), is_socket_(name_.starts_with(kSocketPrefix)) {
    if (name_ == "-") {
      descriptor_ = dup(STDOUT_FILENO);
    } else if (!is_socket_) {
      std::error_code ignored;  // What is wrong with the folder, open says.
      std::filesystem::create_directories(std::filesystem::path(name_).parent_path(), ignored);
      descriptor_ =
          open(name_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (appends ? O_APPEND : O_TRUNC), kEveryoneReads);
    }
    if (descriptor_ < 0 && !is_socket_)
      throw base::UserError(fmt::format("{}: cannot be written: {}", name_, std::strerror(errno)));
  }
  ~Target() { close_now(); }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  /// "" or the reason why the text was not written as a whole. Once `is_stopping` is set, a listener that takes nothing
  /// for kRetry is given up for good.
  std::string write_all(std::string_view text, const std::atomic<bool>& is_stopping) {
    if (is_given_up_) return kNobodyReads;
    if (descriptor_ < 0 && !connect_now()) return std::strerror(errno);
    while (!text.empty()) {
      const ssize_t count = is_socket_ ? send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT)
                                       : write(descriptor_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && is_socket_ && errno == EAGAIN) {
        is_given_up_ = !takes_more() && is_stopping;
        if (is_given_up_) return kNobodyReads;
        continue;
      }
      if (count < 0) {
        std::string reason = std::strerror(errno);
        if (is_socket_) close_now();
        return reason;
      }
      text.remove_prefix(static_cast<size_t>(count));
    }
    return "";
  }

  bool is_socket() const { return is_socket_; }

 private:
  bool connect_now() {
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
  /// Waits for it no longer than kRetry.
  bool takes_more() const {
    pollfd waiting{descriptor_, POLLOUT, 0};
    return poll(&waiting, 1, static_cast<int>(kRetry.count())) == 1;
  }
  void close_now() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

  std::string name_;
  bool is_socket_;
  int descriptor_ = -1;
  bool is_given_up_ = false;
};

LineSink::LineSink(const Options& options)
    : options_(options),
      target_(std::make_unique<Target>(options.target, options.appends)),
      thread_([this] { run(); }) {}

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
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::string line = std::move(waiting_.front());
    waiting_.pop_front();
    if (options_.waits) changed_.notify_all();
    lock.unlock();
    std::string trouble = target_->write_all(line, is_stopping_);
    lock.lock();
    trouble_ = std::move(trouble);
    if (trouble_.empty()) continue;
    if (is_stopping_ || !target_->is_socket()) {
      ++num_lost_;
      if (!target_->is_socket()) loss_ = trouble_;
      continue;
    }
    waiting_.push_front(line);  // The listener may come, or come back.
    changed_.wait_for(lock, kRetry, [this] { return is_stopping_.load(); });
  }
}

}  // namespace gerund::gst
