// serve/report_json.h - events as JSON lines, schema "gerund.event/1" (docs/formats.md).
#pragma once

#include <string>
#include <vector>

#include "serve/report.h"

namespace gerund::serve {

enum class SourceState {
  started,       ///< Its first frame came.
  ended,         ///< All of it has been seen.
  failed,        ///< It cannot be opened or read; no more is tried.
  reconnecting,  ///< It broke off or cannot be reached; it is tried again.
};
/// "started", "ended", "failed", "reconnecting".
const char* name_of(SourceState state);

struct JsonOptions {
  bool with_events = true;    ///< Lines "start" and "end".
  bool with_windows = false;  ///< A line "window" for each answer.
  int top_k = 3;              ///< Labels listed in "topk", >= 1.
};

/// One line, without its end, per event and window of the report, windows first.
std::vector<std::string> event_lines(const FrameReport& report, const JsonOptions& options);

/// A line about a source itself. `reason`: of failed and reconnecting.
std::string source_line(const std::string& stream, int64_t source_id, const std::string& uri, SourceState state,
                        const std::string& reason);

}  // namespace gerund::serve
