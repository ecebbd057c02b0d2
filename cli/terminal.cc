#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gerund::cli {
namespace {

constexpr int kBarWidth = 28;
constexpr auto kRedraw = std::chrono::milliseconds(100);

std::string bar(double share) {
  const auto filled = static_cast<int>(std::lround(share * kBarWidth));
  std::string text;
  for (int i = 0; i < kBarWidth; ++i) text += i < filled ? "█" : "░";
  return text;
}

}  // namespace

TerminalProgress::TerminalProgress() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

void TerminalProgress::start(std::string_view title, int64_t total, std::string_view unit) {
  finish();
  title_ = title;
  unit_ = unit;
  note_.clear();
  total_ = total;
  done_ = 0;
  active_ = true;
  begun_ = std::chrono::steady_clock::now();
  drawn_ = begun_ - kRedraw;
}

void TerminalProgress::update(int64_t done, std::string_view note) {
  done_ = done;
  if (!note.empty()) note_ = note;
  const auto now = std::chrono::steady_clock::now();
  if (!is_terminal_ || now - drawn_ < kRedraw) return;
  drawn_ = now;
  std::fputs(fmt::format("\r\033[K{}", line(false)).c_str(), stderr);  // fmt::print would throw where nobody listens.
  std::fflush(stderr);
}

void TerminalProgress::finish() {
  if (!active_) return;
  active_ = false;
  std::fputs(fmt::format("{}{}\n", is_terminal_ ? "\r\033[K" : "", line(true)).c_str(), stderr);
}

std::string TerminalProgress::line(bool is_final) const {
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
  const double share = total_ > 0 ? std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_)) : 1;
  std::string text = fmt::format("{:<16} ", title_);
  if (is_terminal_) text += bar(share) + " ";
  const char* plural = unit_.ends_with("B") ? "" : unit_.ends_with("ch") ? "es" : "s";  // kB stays kB.
  text += fmt::format("{}/{} {}{}  ", done_, total_, unit_, plural);
  if (elapsed > 0.1) text += fmt::format("{:.1f}/s  ", rate);  // Before, it says nothing.
  text +=
      is_final || rate == 0 ? clock_time(elapsed) : clock_time(static_cast<double>(total_ - done_) / rate) + " left";
  return note_.empty() ? text : text + "  " + note_;
}

}  // namespace gerund::cli
