// gst/line_sink.h - lines of text to a file, to stdout or to a socket, written by a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace gerund::gst {

/// Threads: any.
/// Owns:    a thread that writes, the open file, at most max_waiting lines.
class LineSink {
 public:
  struct Options {
    /// "-": stdout; "unix:PATH": a stream socket that someone listens on; else a file or FIFO; a file's folder is made
    /// where it is missing.
    std::string target = "-";
    bool appends = false;       ///< To a file that exists already.
    size_t max_waiting = 4096;  ///< Lines; one more and the oldest is lost.
    bool waits = false;         ///< One more waits for room instead, but for a socket and after an interruption.
    /// How long the end waits for a reader of stdout or a FIFO that takes nothing; after an interruption: not at all.
    double patience_seconds = std::numeric_limits<double>::infinity();
  };

  /// Throws UserError naming the target where it cannot be opened. A socket need not be there yet, nor a reader of a
  /// FIFO: they are tried again while lines wait.
  explicit LineSink(const Options& options);
  /// Writes what waits; lines for a socket that nobody listens on or reads from are lost.
  ~LineSink();
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  /// `line` without its end.
  void push(std::string line);
  /// Lines that were lost so far.
  int64_t num_lost() const;
  /// Writes what waits, as the end of its life does; nothing is taken from then on.
  void finish();
  /// Why lines for a file or stdout were lost, the last time; "" where none was.
  std::string loss() const;
  /// What went wrong the last time; "" where all is well. A full disk, a reader that went away.
  std::string trouble() const;

 private:
  class Target;
  void run();

  const Options options_;
  std::unique_ptr<Target> target_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  int64_t num_lost_ = 0;
  std::string trouble_;
  std::string loss_;
  std::atomic<bool> is_stopping_ = false;  // Read without the lock, too.
  std::thread thread_;
};

}  // namespace gerund::gst
