#include "deploy/tiled_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include "base/interrupt.h"
#include "draw/live_overlay.h"
#include "serve/batcher.h"

namespace gerund::deploy {
namespace {

using Sources = std::vector<std::unique_ptr<SourcePipeline>>;

constexpr double kMostFps = 30;
constexpr double kUnknownFps = 25;
constexpr double kPollSeconds = 0.02;
constexpr double kDrainSeconds = 3;  // The longest that the end of a source is waited for after an interruption.
constexpr double kRateLineSeconds = 1;
constexpr double kRateWaitSeconds = 2;  // The longest that outputs of a live run wait for the sources' rates.

void sleep_seconds(double seconds) {
  if (seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

/// What a source's tile shows when it shows no video.
std::string notice_of(const SourcePipeline& source) {
  switch (source.state()) {
    case SourcePipeline::State::starting:
      return "connecting";
    case SourcePipeline::State::reconnecting:
      return "reconnecting";
    case SourcePipeline::State::failed:
      return "failed";
    default:
      return "";
  }
}

class TiledRun {
 public:
  TiledRun(const AppConfig& config, const RunMode& mode, const TileGrid& grid, Sources& sources, EventLog& events)
      : config_(config),
        mode_(mode),
        grid_(grid),
        sources_(sources),
        events_(events),
        whole_(config.output.width, config.output.height),
        newest_(sources.size()),
        waiting_(sources.size()) {}

  void run() {
    for (const auto& source : sources_) source->start();
    started_seconds_ = serve::Batcher::steady_seconds();
    while (!is_done()) {
      step();
      tell_rates();
      events_.tell_trouble();
      heed_interruption();
    }
    for (const auto& source : sources_) source->give_up();
    for (const auto& output : outputs_) output->finish();
    if (config_.output.fps_line) print_rates(serve::Batcher::steady_seconds());
  }

 private:
  void poll_all() {
    for (const auto& source : sources_) source->poll();
    const bool one_failed = std::ranges::any_of(
        sources_, [](const auto& source) { return source->state() == SourcePipeline::State::failed; });
    if (config_.exact && one_failed && !is_finishing_) finish_sources();  // As the reference does.
  }

  bool all_over() const {
    return std::ranges::all_of(sources_, [](const auto& source) { return source->is_over(); });
  }

  bool is_done() {
    if (is_given_up()) return true;
    const bool is_unwanted = std::ranges::any_of(outputs_, [](const auto& output) { return !output->is_wanted(); });
    return is_unwanted || (all_over() && !has_waiting());
  }

  bool has_waiting() const {
    return !mode_.is_paced && std::ranges::any_of(waiting_, [](const auto& frame) { return frame.has_value(); });
  }

  void heed_interruption() {
    if (base::interrupted() && !is_finishing_) finish_sources();
  }

  bool is_given_up() const { return is_finishing_ && serve::Batcher::steady_seconds() > give_up_seconds_; }

  void finish_sources() {
    is_finishing_ = true;
    give_up_seconds_ = serve::Batcher::steady_seconds() + kDrainSeconds;
    for (const auto& source : sources_) source->finish();
  }

  void step() {
    poll_all();
    if (!mode_.has_picture) {
      sleep_seconds(kPollSeconds);
    } else if (mode_.is_paced) {
      step_paced();
    } else {
      step_unpaced();
    }
  }

  void open_outputs() {
    double fps = config_.output.fps;
    for (const auto& source : sources_)
      if (config_.output.fps <= 0) fps = std::max(fps, std::min(kMostFps, source->nominal_fps().value_or(0)));
    format_ = {config_.output.width, config_.output.height, fps > 0 ? fps : kUnknownFps};
    for (const std::string& target : config_.output.out) outputs_.push_back(open_output(target, format_));
    if (config_.output.out.empty()) outputs_.push_back(open_window_output(format_));
  }

  void push_whole() {
    for (const auto& output : outputs_) output->push(whole_);
    ++num_pushed_;
  }

  /// What goes out has the rate of the sources, which they know a moment after their start.
  bool knows_rates() const {
    return config_.output.fps > 0 || std::ranges::all_of(sources_, [](const auto& source) {
             return source->is_over() || source->state() == SourcePipeline::State::reconnecting ||
                    source->nominal_fps().has_value();
           });
  }

  void step_paced() {
    if (outputs_.empty()) {
      const double waited = serve::Batcher::steady_seconds() - started_seconds_;
      if (!knows_rates() && waited < kRateWaitSeconds) return sleep_seconds(kPollSeconds);
      open_outputs();
    }
    const double now = serve::Batcher::steady_seconds();
    if (num_pushed_ == 0) begun_seconds_ = now;
    sleep_seconds(begun_seconds_ + static_cast<double>(num_pushed_) / format_.fps - now);
    for (size_t i = 0; i < sources_.size(); ++i) {
      while (std::optional<tensor::Frame> frame = sources_[i]->pull(0)) newest_[i] = std::move(frame);
      show(i);
    }
    push_whole();
  }

  /// The newest frame of a source into its tile, or what is to be said in its place.
  void show(size_t i) {
    const std::string notice = notice_of(*sources_[i]);
    if (notice.empty()) {
      if (newest_[i]) grid_.place(*newest_[i], static_cast<int>(i), whole_);
      return;
    }
    const TileGrid::Cell cell = grid_.cell(static_cast<int>(i));
    tensor::Frame picture = newest_[i] ? *newest_[i] : tensor::Frame(cell.width, cell.height);
    draw::LiveOverlay overlay;
    overlay.notice = notice;
    overlay.caption = config_.sources[i].name;
    draw::draw_live_overlay(picture, overlay);
    grid_.place(picture, static_cast<int>(i), whole_);
  }

  /// The next frame of a source into waiting_, unless the source is over.
  void fetch(size_t i) {
    while (!waiting_[i] && !is_given_up()) {
      waiting_[i] = sources_[i]->pull(kPollSeconds);
      if (waiting_[i]) return;
      poll_all();
      heed_interruption();
      // Over, and nothing is left in its sink.
      if (sources_[i]->is_over() && !(waiting_[i] = sources_[i]->pull(0))) return;
    }
    if (!waiting_[i]) waiting_[i] = sources_[i]->pull(0);
  }

  void step_unpaced() {
    for (size_t i = 0; i < sources_.size(); ++i) fetch(i);
    if (outputs_.empty()) {
      if (!has_waiting()) return sleep_seconds(kPollSeconds);
      open_outputs();
    }
    const double now = static_cast<double>(num_pushed_) / format_.fps;
    for (size_t i = 0; i < sources_.size(); ++i)
      if (sources_[i]->state() == SourcePipeline::State::failed && !waiting_[i]) show(i);
    for (size_t i = 0; i < sources_.size(); ++i) {
      while (waiting_[i] && waiting_[i]->pts_seconds <= now + 1e-4) {
        newest_[i] = std::move(waiting_[i]);
        waiting_[i].reset();
        grid_.place(*newest_[i], static_cast<int>(i), whole_);
        fetch(i);
      }
    }
    push_whole();
  }

  void print_rates(double now_seconds) {
    // Beside events on stdout the line would be in the way.
    std::FILE* target = config_.output.events == "-" ? stderr : stdout;
    fmt::print(target, "{}\n", events_.rate_line(now_seconds));
    std::fflush(target);
  }

  void tell_rates() {
    const double now = serve::Batcher::steady_seconds();
    if (!config_.output.fps_line || now - told_seconds_ < kRateLineSeconds) return;
    if (told_seconds_ > 0) print_rates(now);
    told_seconds_ = now;
  }

  const AppConfig& config_;
  const RunMode& mode_;
  const TileGrid& grid_;
  Sources& sources_;
  EventLog& events_;
  tensor::Frame whole_;
  std::vector<std::optional<tensor::Frame>> newest_;   // By source.
  std::vector<std::optional<tensor::Frame>> waiting_;  // Not paced: the frame after it.
  std::vector<std::unique_ptr<FrameOutput>> outputs_;
  PictureFormat format_;
  int64_t num_pushed_ = 0;
  double started_seconds_ = 0;
  double begun_seconds_ = 0;  // Of the first picture.
  double told_seconds_ = 0;
  bool is_finishing_ = false;
  double give_up_seconds_ = 0;
};

}  // namespace

void run_tiled(const AppConfig& config, const RunMode& mode, const TileGrid& grid, Sources& sources, EventLog& events) {
  TiledRun(config, mode, grid, sources, events).run();
}

}  // namespace gerund::deploy
