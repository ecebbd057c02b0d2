// train/event_file.h - figures of a run for TensorBoard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/status_log.h"

namespace gerund::train {

/// CRC-32C (Castagnoli polynomial, RFC 3720 appendix B.4) of some bytes.
uint32_t crc32c(std::string_view bytes);

struct Scalar {
  std::string_view tag;
  double value = 0;
};

/// Appends events to a file as TensorFlow's summary writers do: records of length (uint64), masked CRC-32C of the
/// length, data, masked CRC-32C of the data, all little-endian; the data are protocol buffers of message Event
/// (tensorflow/core/util/event.proto), of which wall_time, step, file_version, summary and session_log are used.
/// Each record is one write: a process that is killed leaves whole records.
///
/// Threads: none.
/// Owns:    the open file.
class EventFile {
 public:
  /// Makes a new file events.out.tfevents.<seconds>.<host>.<process> in `folder`. `first_step`: events of earlier
  /// files from this step on no longer count, because a run that was killed does those steps again; 0: a new run.
  /// Throws UserError where that fails.
  EventFile(const std::filesystem::path& folder, int64_t first_step, base::Now now = base::system_now);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  /// One event with some figures. Throws UserError where it cannot be written.
  void add(int64_t step, std::span<const Scalar> scalars);

  const std::filesystem::path& path() const { return path_; }

 private:
  void write(const std::string& data);

  std::filesystem::path path_;
  base::Now now_;
  int file_ = -1;
};

}  // namespace gerund::train
