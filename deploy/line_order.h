// deploy/line_order.h - lines of several sources in an order that does not depend on which of them is faster.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gerund::deploy {

/// Puts lines in the order of media time, at equal times in that of the sources. A line goes on as soon as no earlier
/// one can come: when every other source is beyond it, or over. Whatever a source says waits for its begin().
///
/// Threads: none; EventLog guards it.
class LineOrder {
 public:
  using Give = std::function<void(std::string)>;

  /// Sources have the numbers 0 to num_sources - 1.
  LineOrder(size_t num_sources, Give give);

  /// The source has begun; `line` is its first.
  void begin(size_t source, std::string line);
  /// The source is at `seconds` of its media, or further where it was.
  void advance(size_t source, double seconds);
  /// A line about where the source is.
  void add(size_t source, std::string line);
  /// No line of the source will come, nor begin(); those that did go on.
  void end(size_t source);

 private:
  enum class State { waiting, running, over };
  struct Source {
    State state = State::waiting;
    double seconds = 0;                                // Of its media.
    std::deque<std::pair<double, std::string>> lines;  // With `seconds` at the time.
  };
  /// Before which none of its lines will come.
  static double bound_of(const Source& source);
  void give_all();

  std::vector<Source> sources_;
  Give give_;
};

}  // namespace gerund::deploy
