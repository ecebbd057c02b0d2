// catalogue/catalogue.h - trained networks by name: a signed index, and the files that it vouches for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/minisign.h"
#include "base/progress.h"
#include "catalogue/download.h"
#include "catalogue/index.h"
#include "catalogue/source.h"

namespace gerund::catalogue {

inline constexpr const char* kIndexFile = "index.json";
inline constexpr const char* kSignatureFile = "index.json.minisig";

/// Where a catalogue is, whom it trusts, and where it keeps what it has fetched.
struct Settings {
  Source source;
  base::PublicKey key;
  /// Files lie in <cache>/<the first 16 digits of their sum>/<their name>; "": there is no place for them.
  std::filesystem::path cache;
  DownloadOptions download;
};

/// GERUND_CATALOGUE names another source than `shipped`, the folder that came with the program, GERUND_CATALOGUE_KEY
/// the public key file that its index is signed with (else the program's own: models/catalogue.pub when it was built).
/// The cache is base::cache_folder()/models. Throws UserError where there is no source.
Settings settings_of_environment(const std::optional<std::filesystem::path>& shipped);

/// The file of an entry.
WantedFile wanted_of(const Entry& entry);

/// What is here of an entry.
enum class State { absent, right, altered };

/// Nothing of it is used before it was checked: the index by its signature, a file by its sum, each time.
///
/// Threads: none.
class Catalogue {
 public:
  /// Reads the index. Throws UserError where it cannot be had, or is not signed by settings.key, or is malformed.
  explicit Catalogue(Settings settings);

  const Index& index() const { return index_; }
  const Source& source() const { return settings_.source; }
  /// Of the index's signature: when and of which file it was made.
  const std::string& signature_comment() const { return comment_; }

  /// Where an entry's file is or will be: beside the index of a shipped catalogue, else in the cache.
  std::filesystem::path path_of(const Entry& entry) const;
  State state_of(const Entry& entry) const;

  /// The file, fetched into the cache where it is not there yet. Throws as download() does; of a shipped file that was
  /// altered UserError.
  std::filesystem::path obtain(const Entry& entry, base::Progress& progress) const;
  /// The file as `target`; false where it was there already, and right.
  bool obtain_as(const Entry& entry, const std::filesystem::path& target, base::Progress& progress) const;

 private:
  Settings settings_;
  Index index_;
  std::string comment_;
};

}  // namespace gerund::catalogue
