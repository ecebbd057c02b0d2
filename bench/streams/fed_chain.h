// bench/streams/fed_chain.h - elements that the caller's thread pushes frames into.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "deploy/gst_handles.h"
#include "serve/report.h"

namespace gerund::bench {

struct UnrefBuffer {
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
};
using BufferHandle = std::unique_ptr<GstBuffer, UnrefBuffer>;
using TakeReport = std::function<void(const serve::FrameReport&)>;

/// Calls `take` with every report, on a frame or by itself, that passes `pad`; from the thread that pushes it.
void watch_reports(GstPad* pad, TakeReport take);

/// Throws UserError with the words of an error that waits on the pipeline's bus.
void throw_errors(GstElement* pipeline);

/// Waits for the end of a pipeline; throws UserError where it fails before.
void wait_for_end(GstElement* pipeline);

/// Threads: push() and end() from one thread.
/// Owns:    the elements, in PLAYING, with a fakesink behind them.
class FedChain {
 public:
  /// `elements` as gst-launch-1.0 writes them; `take` may be empty. Throws UserError where they cannot start.
  FedChain(const std::string& elements, const std::string& caps, const TakeReport& take);
  ~FedChain();
  FedChain(const FedChain&) = delete;
  FedChain& operator=(const FedChain&) = delete;

  /// Returns when the frame is through. Throws UserError where an element fails.
  void push(BufferHandle buffer);
  void end();
  /// An int64 property of the element of that name.
  int64_t count(const char* element, const char* property) const;

 private:
  void check() const;

  deploy::PipelineHandle pipeline_;
  deploy::PadHandle feed_;
};

}  // namespace gerund::bench
