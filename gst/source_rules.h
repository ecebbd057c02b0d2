// gst/source_rules.h - which sources are opened again after they broke off, and how long to wait before that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace gerund::gst {

enum class SourceKind {
  file,    ///< Ends; a failure is final.
  web,     ///< http, https: live unless it says how long it is; a failure is not final.
  camera,  ///< rtsp, v4l2 and the like: never ends; a failure is not final.
};

SourceKind kind_of(const std::string& uri);

/// A URI from a URI or a path, relative paths to the working folder. Throws UserError for "".
std::string to_uri(const std::string& given);

/// The file behind a path or a file:// address; nullopt for others.
std::optional<std::filesystem::path> path_of(const std::string& uri);

/// `uri` for people to read: without user name and password: those before the host, and the values of parameters
/// whose names say that they are one.
std::string public_uri(const std::string& uri);
/// A short name: of a file its own, of an address host and path.
std::string short_name(const std::string& uri);

struct SourcePolicy {
  double first_wait_seconds = 0.5;  ///< Before the first new try; doubled with each.
  double longest_wait_seconds = 5;
  int64_t attempts = -1;  ///< Tries in a row without a frame; -1: for ever.
};

/// Threads: none.
class Backoff {
 public:
  explicit Backoff(const SourcePolicy& policy) : policy_(policy) {}
  /// Seconds until the next try; nullopt: give up.
  std::optional<double> next_wait();
  /// A frame came: the next failure is the first of its row.
  void succeed() { num_failures_ = 0; }

 private:
  SourcePolicy policy_;
  int64_t num_failures_ = 0;
};

}  // namespace gerund::gst
