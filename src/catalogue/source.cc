#include "catalogue/source.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "catalogue/http.h"

namespace gerund::catalogue {
namespace {

namespace fs = std::filesystem;
using base::UserError;

constexpr size_t kPieceBytes = size_t{1} << 18;

/// "http://127.0.0.1:8080/x": nobody between the two can change anything.
bool is_of_this_machine(std::string_view url) {
  std::string_view host = url.substr(url.find("://") + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos) return false;
  if (host.starts_with("[::1]")) return host.size() == 5 || host[5] == ':';
  host = host.substr(0, host.find(':'));
  return host == "127.0.0.1" || host == "localhost";
}

std::string without_index(std::string text) {
  constexpr std::string_view kIndex = "/index.json";
  if (text.ends_with(kIndex)) text.resize(text.size() - kIndex.size() + 1);
  return text;
}

Outcome read_local(const fs::path& path, int64_t offset, const TakeBytes& take) {
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path))
    throw UserError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  in.seekg(offset);
  std::vector<char> piece(kPieceBytes);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
    if (base::interrupted()) throw base::Interrupted("reading the catalogue was interrupted");
    take(offset, {piece.data(), static_cast<size_t>(in.gcount())});
    offset += in.gcount();
  }
  if (in.bad()) throw UserError(fmt::format("{}: cannot be read to its end", path.string()));
  return {};
}

}  // namespace

Source shipped_source(const fs::path& folder) {
  return {folder, "", true};
}

Source source_from(const std::string& text, const std::string& origin) {
  const size_t scheme_end = text.find("://");
  if (text.empty()) throw UserError(origin + ": is empty; give a folder or https://host/folder");
  if (scheme_end == std::string::npos) return {without_index(text), "", false};
  const std::string scheme = text.substr(0, scheme_end);
  if (scheme == "file") {
    std::string path = text.substr(scheme_end + 3);
    if (path.starts_with("localhost/")) path = path.substr(std::strlen("localhost"));
    if (!path.starts_with("/"))
      throw UserError(fmt::format("{}: '{}' names no file of this machine; write file:///folder", origin, text));
    return {without_index(unescaped(path)), "", false};
  }
  if (scheme == "http" && !is_of_this_machine(text))
    throw UserError(
        fmt::format("{}: '{}' is not secured; use https:// (http:// goes with localhost only)", origin, text));
  if (scheme != "https" && scheme != "http")
    throw UserError(fmt::format("{}: '{}' is none of a folder, file:// and https://", origin, text));
  std::string url = without_index(text);
  if (!url.ends_with("/")) url += '/';
  return {{}, url, false};
}

std::string place_of(const Source& source, const std::string& file) {
  return source.url.empty() ? (source.folder / file).string() : source.url + file;
}

Outcome transfer(const Source& source, const std::string& file, int64_t offset, const TakeBytes& take) {
  return source.url.empty() ? read_local(source.folder / file, offset, take)
                            : get_http(source.url + file, offset, take);
}

std::string read_small(const Source& source, const std::string& file, size_t most_bytes) {
  std::string bytes;
  const Outcome outcome = transfer(source, file, 0, [&](int64_t, std::string_view piece) {
    if (bytes.size() + piece.size() > most_bytes)
      throw UserError(
          fmt::format("{}: is longer than such a file may be ({} bytes)", place_of(source, file), most_bytes));
    bytes += piece;
  });
  if (outcome.transfer == Transfer::cut)
    throw UserError(fmt::format("{}: cannot be had: {}", place_of(source, file), outcome.trouble));
  return bytes;
}

}  // namespace gerund::catalogue
