#include "gst/source_rules.h"

#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "base/error.h"

namespace gerund::gst {

SourceKind kind_of(const std::string& uri) {
  constexpr std::array kCameras{"rtsp", "rtsps", "rtspu", "rtspt", "rtsph", "rtsp-sdp",
                                "v4l2", "udp",   "rtp",   "srt",   "rtmp",  "rtmps"};
  const std::string scheme = uri.substr(0, uri.find(':'));
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
  const size_t host = uri.find("://");
  if (host == std::string::npos) return uri;
  const size_t path = std::min(uri.find('/', host + 3), uri.size());
  const size_t secret = uri.rfind('@', path);
  if (secret == std::string::npos || secret < host) return uri;
  return uri.substr(0, host + 3) + uri.substr(secret + 1);
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
