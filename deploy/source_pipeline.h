// deploy/source_pipeline.h - one source on its way to labels: a pipeline of its own, so that it can harm no other.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "deploy/app_config.h"
#include "deploy/event_log.h"
#include "deploy/gst_handles.h"
#include "deploy/tile_grid.h"
#include "tensor/frame.h"

namespace gerund::deploy {

/// How the sources of an app run.
struct RunMode {
  bool is_paced = false;  ///< Real time: frames follow the clock, late windows are lost; else every window is answered.
  bool has_picture = false;  ///< Frames are scaled to their tile, drawn on and given out.
  std::string context;       ///< Of the model (gst/model_context.h).
  bool is_2d = false;        ///< The model stacks its frames.
};

/// Threads: none; GStreamer's own threads call `events`.
/// Owns:    the pipeline.
class SourcePipeline {
 public:
  enum class State { starting, running, reconnecting, ended, failed };

  /// `grid` and `events` must outlive it. Throws InternalError where an element is missing.
  SourcePipeline(const AppConfig& config, size_t index, const RunMode& mode, const TileGrid& grid, EventLog& events);
  ~SourcePipeline();
  SourcePipeline(const SourcePipeline&) = delete;
  SourcePipeline& operator=(const SourcePipeline&) = delete;

  void start();
  /// Takes in what the pipeline has to tell.
  void poll();
  /// Ends it as if the source had ended here; poll() tells when it has, provided that its frames are pulled until then.
  void finish();
  /// Ends it at once; what is under way is lost.
  void give_up();

  /// The next frame, drawn on, `pts_seconds` its time in the source; waits up to `wait_seconds`. Nothing where there is
  /// no picture.
  std::optional<tensor::Frame> pull(double wait_seconds);

  State state() const { return state_; }
  bool is_over() const { return state_ == State::ended || state_ == State::failed; }
  /// It has given a frame, ever.
  bool has_worked() const { return has_worked_; }
  /// Windows that the overload rule has cost.
  int64_t num_lost();
  /// Frames per second that the source says it has; 0: it does not say; nullopt: nothing is known of its frames yet.
  std::optional<double> nominal_fps() const;
  /// True where the network or its settings failed, not the source.
  bool is_model_failure() const { return is_model_failure_; }

 private:
  void build(const AppConfig& config, const RunMode& mode);
  void handle(GstMessage* message);
  void handle_warning(GstMessage* message);
  void handle_source_state(const GstStructure* structure);
  void fail(const std::string& reason);
  void stop();
  void fit_tile(GstCaps* caps);
  static GstPadProbeReturn on_decoded(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn on_report(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  const SourceConfig source_;
  const size_t index_;
  const TileGrid& grid_;
  EventLog& events_;
  PipelineHandle pipeline_;
  ElementHandle queue_, infer_, tile_, sink_;
  std::set<std::string> warned_;
  State state_ = State::starting;
  bool has_worked_ = false;
  std::atomic<bool> is_finishing_ = false;  // Read in streaming threads.
  bool is_model_failure_ = false;
  int64_t num_lost_ = 0;  // When it was last asked: a pipeline that has stopped does not know any more.
};

}  // namespace gerund::deploy
