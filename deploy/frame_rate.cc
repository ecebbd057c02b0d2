#include "deploy/frame_rate.h"

#include <fmt/format.h>

namespace gerund::deploy {
namespace {

constexpr size_t kWindow = 50;

}  // namespace

void FrameRate::add(double now_seconds) {
  if (count_++ == 0) first_seconds_ = now_seconds;
  last_.push_back(now_seconds);
  if (last_.size() > kWindow) last_.pop_front();
}

double FrameRate::current(double now_seconds) const {
  if (count_ < 2 || now_seconds <= last_.front()) return 0;
  return static_cast<double>(last_.size()) / (now_seconds - last_.front());
}

double FrameRate::average(double now_seconds) const {
  return count_ < 2 || now_seconds <= first_seconds_ ? 0 : static_cast<double>(count_) / (now_seconds - first_seconds_);
}

std::string rate_line(const std::vector<FrameRate>& rates, double now_seconds) {
  std::string line = "FPS(cur/avg): ";
  for (const FrameRate& rate : rates)
    line += fmt::format("{:.2f} ({:.2f}) \t", rate.current(now_seconds), rate.average(now_seconds));
  return line;
}

}  // namespace gerund::deploy
