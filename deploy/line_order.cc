#include "deploy/line_order.h"

#include <algorithm>
#include <limits>

namespace gerund::deploy {

LineOrder::LineOrder(size_t num_sources, Give give) : sources_(num_sources), give_(std::move(give)) {}

void LineOrder::begin(size_t source, std::string line) {
  Source& begun = sources_.at(source);
  begun.state = State::running;
  begun.lines.emplace_front(0, std::move(line));
  give_all();
}

void LineOrder::advance(size_t source, double seconds) {
  Source& moved = sources_.at(source);
  moved.seconds = std::max(moved.seconds, seconds);
  give_all();
}

void LineOrder::add(size_t source, std::string line) {
  Source& speaker = sources_.at(source);
  speaker.lines.emplace_back(speaker.seconds, std::move(line));
  give_all();
}

void LineOrder::end(size_t source) {
  sources_.at(source).state = State::over;
  give_all();
}

double LineOrder::bound_of(const Source& source) {
  if (source.state == State::waiting) return 0;
  if (!source.lines.empty()) return source.lines.front().first;
  return source.state == State::over ? std::numeric_limits<double>::infinity() : source.seconds;
}

void LineOrder::give_all() {
  while (true) {
    const auto first = std::ranges::min_element(sources_, {}, bound_of);  // Of equal ones that of the lowest number.
    if (first == sources_.end() || first->state == State::waiting || first->lines.empty()) return;
    give_(std::move(first->lines.front().second));
    first->lines.pop_front();
  }
}

}  // namespace gerund::deploy
