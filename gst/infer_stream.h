// gst/infer_stream.h - one stream on its way through gerundinfer: buffers in, reports out. The element only translates.
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gst/model_context.h"
#include "serve/report.h"
#include "serve/stream_windows.h"
#include "serve/window_plan.h"

namespace gerund::gst {

/// Where the regions of a stream come from.
enum class RegionSource {
  automatic,  ///< The whole picture, until a buffer bears a region.
  frame,      ///< The whole picture, always.
  metas,      ///< The regions on the buffers alone.
};

struct InferOptions {
  std::string stream = "0";
  int64_t source_id = 0;
  serve::WindowRequest window;
  serve::KeyLimits limits;
  serve::StreamOptions overload;
  RegionSource regions = RegionSource::automatic;
  int interval = 0;   ///< Frames passed over between two that are looked at, >= 0.
  bool waits = true;  ///< A frame goes on with the answers of the windows that it completes; else with those that
                      ///< have come meanwhile.
};

/// From frame to frame, as the stream states it; 0 where it does not.
double nominal_seconds(const GstVideoInfo& info);

/// Threads: all calls from the streaming thread, but interrupt().
/// Owns:    its windows; the model is shared.
class InferStream {
 public:
  /// Throws UserError for an option out of range.
  InferStream(std::shared_ptr<ModelContext> context, const InferOptions& options);
  ~InferStream();
  InferStream(const InferStream&) = delete;
  InferStream& operator=(const InferStream&) = delete;

  /// Looks at a frame, whose media time is `pts_seconds`. The report holds all answers that came since the last one.
  /// Throws UserError where the network failed.
  serve::FrameReport push(GstBuffer* buffer, const GstVideoInfo& info, double pts_seconds, bool is_live);
  /// The stream is over: the answers of all that is left.
  serve::FrameReport finish();
  /// What comes next does not follow what was. The next report says which regions are gone.
  void reset();
  /// The same after a jump in the stream: answers about frames of before are not told any more.
  void forget();
  /// As reset(), and nothing may come for a while: the report of all answers that are under way; where the stream has
  /// come to an end and `loops`, of all that is left, as finish().
  serve::FrameReport cut(bool loops);
  /// Ends all waiting, from any thread; `false` takes that back.
  void interrupt(bool value);

  const serve::WindowOptions& window() const { return window_; }
  serve::StreamCounts counts() const { return context_->batcher->counts(id_); }

 private:
  std::vector<serve::Region> regions_of(GstBuffer* buffer, const GstVideoInfo& info);
  void offer(std::vector<serve::RegionClip> clips);
  serve::FrameReport take_report();

  std::shared_ptr<ModelContext> context_;
  InferOptions options_;
  serve::WindowOptions window_;
  serve::StreamWindows windows_;
  serve::StreamId id_ = 0;
  int64_t next_number_ = 0;
  int64_t resized_number_ = 0;  // Frames before it had another size: old_width_ x old_height_.
  int old_width_ = 0;
  int old_height_ = 0;
  double passed_seconds_ = 0;  // Of frames passed over since the last one that was looked at, gaps aside.
  bool has_seen_regions_ = false;
  std::vector<serve::DroppedRegion> gone_;  // Since the last report.
  serve::FrameReport last_;                 // Size and time of the last frame; nothing else.
  std::mutex mutex_;                        // Guards what the batcher's thread writes.
  std::vector<serve::WindowReport> answers_;
  int64_t first_number_ = 0;  // Of the frames whose answers are told.
  std::string failure_;
};

}  // namespace gerund::gst
