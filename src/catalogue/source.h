// catalogue/source.h - the folder that a catalogue lies in: here, or behind a URL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace gerund::catalogue {

/// Where index.json and the files that it names are. One of the two is set.
struct Source {
  std::filesystem::path folder;  ///< On this machine.
  std::string url;               ///< "https://host/models/", with the slash.
  bool is_shipped = false;       ///< The folder came with the program: its files are used where they lie.
};

/// Of the folder that came with the program.
Source shipped_source(const std::filesystem::path& folder);

/// Of a folder's path, file:///folder, or https://host/folder; http:// of this machine only. An "index.json" at the end
/// is left out. Throws UserError naming `origin` (the variable) for anything else.
Source source_from(const std::string& text, const std::string& origin);

/// Of a file below a source, for people.
std::string place_of(const Source& source, const std::string& file);

/// How a transfer ended that did not fail for good.
enum class Transfer {
  complete,  ///< The source says that this was all.
  cut,       ///< It broke off, or the source is busy: it can be tried again.
};

/// Takes what comes. `offset` is the byte of the file at which `bytes` lie: it is 0 again where the source does not go
/// on where it was asked to.
using TakeBytes = std::function<void(int64_t offset, std::string_view bytes)>;

struct Outcome {
  Transfer transfer = Transfer::complete;
  std::string trouble;  ///< Of `cut`: why.
};

/// Hands the bytes of a file from `offset` on to `take`. HTTP: redirects are followed, certificates checked. Throws
/// UserError where it makes no sense to try again (not there, no leave, a wrong certificate),
/// base::Interrupted, and what `take` throws. Threads: any.
Outcome transfer(const Source& source, const std::string& file, int64_t offset, const TakeBytes& take);

/// All of a small file. Throws UserError where it is longer than `most_bytes` or cannot be had.
std::string read_small(const Source& source, const std::string& file, size_t most_bytes);

}  // namespace gerund::catalogue
