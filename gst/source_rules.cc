#include "gst/source_rules.h"

#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <regex>

#include "base/error.h"
#include "base/lower_case.h"

namespace gerund::gst {
namespace {

/// Of an address: std::regex goes down a level for every letter.
constexpr size_t kLongestShown = 4096;

}  // namespace

SourceKind kind_of(const std::string& uri) {
  constexpr std::array kCameras{"rtsp", "rtsps", "rtspu", "rtspt", "rtsph", "rtsp-sdp",
                                "v4l2", "udp",   "rtp",   "srt",   "rtmp",  "rtmps"};
  const std::string scheme = base::lower_case(uri.substr(0, uri.find(':')));
  if (scheme == "http" || scheme == "https") return SourceKind::web;
  return std::ranges::find(kCameras, scheme) != kCameras.end() ? SourceKind::camera : SourceKind::file;
}

std::string to_uri(const std::string& given) {
  if (given.empty()) throw base::UserError("uri: none is set; set it to a file, http, rtsp or v4l2 address");
  if (gst_uri_is_valid(given.c_str()) == TRUE && given.find(":/") != std::string::npos) return given;
  gchar* uri = gst_filename_to_uri(std::filesystem::absolute(given).c_str(), nullptr);
  if (uri == nullptr) throw base::UserError("uri: '" + given + "' is neither an address nor a path");
  std::string result = uri;
  g_free(uri);
  return result;
}

std::optional<std::filesystem::path> path_of(const std::string& uri) {
  if (uri.empty()) return std::nullopt;
  gchar* name = g_filename_from_uri(to_uri(uri).c_str(), nullptr, nullptr);
  if (name == nullptr) return std::nullopt;
  const std::filesystem::path path = name;
  g_free(name);
  return path;
}

std::string public_uri(const std::string& uri) {
  const size_t scheme_end = uri.find("://");
  if (scheme_end == std::string::npos || uri.starts_with("file:")) return uri;
  const std::string scheme = uri.substr(0, scheme_end + 3);
  if (uri.size() > kLongestShown) return scheme + "***";
  std::string rest = uri.substr(scheme_end + 3);
  const std::string authority = rest.substr(0, rest.find_first_of("/?#"));
  // "user:pass/word@host": a slash that should have been written as %2F.
  static const std::regex broken_off("[^:@\\[\\]]+:(?![0-9]*$).+");
  const bool is_broken_off = authority.find('@') == std::string::npos && std::regex_match(authority, broken_off);
  const size_t secret_end = rest.rfind('@', is_broken_off ? std::string::npos : authority.size());
  if (secret_end != std::string::npos && (is_broken_off || secret_end < authority.size()))
    rest = rest.substr(secret_end + 1);
  static const std::regex secret_value(
      "([?&;/_](?:[a-z0-9_-]*(?:pass|pwd|user|usr|login|token|secret|auth|apikey)[a-z0-9_-]*|key)=)[^&#;/]*",
      std::regex::icase);
  return scheme + std::regex_replace(rest, secret_value, "$1***");
}

std::string short_name(const std::string& uri) {
  const std::string shown = public_uri(uri);
  if (kind_of(uri) == SourceKind::file) return shown.substr(shown.rfind('/') + 1);
  return shown.substr(shown.find("://") == std::string::npos ? 0 : shown.find("://") + 3);
}

std::optional<double> Backoff::next_wait() {
  if (policy_.attempts >= 0 && num_failures_ >= policy_.attempts) return std::nullopt;
  const double wait = policy_.first_wait_seconds * std::exp2(static_cast<double>(std::min<int64_t>(num_failures_, 30)));
  ++num_failures_;
  return std::min(wait, policy_.longest_wait_seconds);
}

}  // namespace gerund::gst
