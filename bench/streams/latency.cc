// bench/streams/latency.cc - how long after the last frame of a window its answer is there.
#include <fmt/format.h>

#include <map>
#include <mutex>

#include "streams/clocks.h"
#include "streams/drawn_frames.h"
#include "streams/modes.h"

namespace gerund::bench {
namespace {

void sleep_until(double seconds) {
  timespec due{};
  due.tv_sec = static_cast<time_t>(seconds);
  due.tv_nsec = static_cast<long>((seconds - static_cast<double>(due.tv_sec)) * 1e9);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) != 0) {
  }
}

nlohmann::json percentiles(const std::vector<double>& values) {
  return {{"p50", percentile(values, 0.5)}, {"p95", percentile(values, 0.95)}, {"p99", percentile(values, 0.99)}};
}

/// Frames on the clock; what their windows took.
struct Log {
  std::vector<double> pushed_seconds;  // By frame.
  std::vector<double> event_ms;        // From the push of the last frame to the report behind gerundevents.
  std::vector<double> answer_ms;       // From the offer of the window to the answer.
  std::vector<double> engine_ms;
};

}  // namespace

nlohmann::json measure_latency(const Options& options) {
  const int fps = options.number("fps", 25);
  const int num_frames = fps * options.number("seconds", 10);
  const DrawnFrames frames(options.number("width", 640), options.number("height", 480), fps);
  Log log;
  const auto take = [&log](const serve::FrameReport& report) {
    const double now = wall_seconds();
    for (const serve::WindowReport& window : report.windows) {
      log.event_ms.push_back((now - log.pushed_seconds.at(static_cast<size_t>(window.last_frame))) * 1e3);
      log.answer_ms.push_back(window.age_seconds * 1e3);
      log.engine_ms.push_back(window.engine_seconds * 1e3);
    }
  };
  const std::string mode = options.text("mode");
  FedChain chain(fmt::format("gerundroi ! gerundinfer name=infer model={} engine={} threads={} stride={} subsample=0 "
                             "mode={} overload-policy=newest max-batch-wait=0 ! gerundevents",
                             options.text("model"), options.text("engine"), options.number("threads", 2),
                             options.number("stride", 2), mode),
                 frames.caps(), take);
  const double start = wall_seconds() + 0.1;
  for (int64_t i = 0; i < num_frames; ++i) {
    sleep_until(start + static_cast<double>(i) / fps);
    log.pushed_seconds.push_back(wall_seconds());
    chain.push(frames.at(i));
  }
  chain.end();
  return {{"windows", log.event_ms.size()},
          {"lost", chain.count("infer", "num-lost")},
          {"event_ms", percentiles(log.event_ms)},
          {"answer_ms", percentiles(log.answer_ms)},
          {"engine_ms_p50", percentile(log.engine_ms, 0.5)}};
}

}  // namespace gerund::bench
