#include "catalogue/catalogue.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/machine.h"

namespace gerund::catalogue {
namespace {

namespace fs = std::filesystem;
using base::UserError;

constexpr size_t kMostSignatureBytes = 4096;
constexpr const char* kSourceVariable = "GERUND_CATALOGUE";
constexpr const char* kKeyVariable = "GERUND_CATALOGUE_KEY";

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

base::PublicKey key_of_environment() {
  const std::optional<std::string> path = variable(kKeyVariable);
  if (!path) return base::parse_public_key(GERUND_CATALOGUE_PUBLIC_KEY, "the key built into the program");
  try {
    return base::parse_public_key(base::read_file(*path), *path);
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", kKeyVariable, error.what()));
  }
}

}  // namespace

WantedFile wanted_of(const Entry& entry) {
  return {entry.name, entry.file, entry.num_bytes, entry.sha256};
}

Settings settings_of_environment(const std::optional<fs::path>& shipped) {
  Settings settings;
  const std::optional<std::string> source = variable(kSourceVariable);
  if (source) {
    settings.source = source_from(*source, kSourceVariable);
  } else if (shipped) {
    settings.source = shipped_source(*shipped);
  } else {
    throw UserError(fmt::format("no catalogue came with this program; {} may name a folder or https://host/folder",
                                kSourceVariable));
  }
  settings.key = key_of_environment();
  if (const std::optional<fs::path> cache = base::cache_folder()) settings.cache = *cache / "models";
  return settings;
}

Catalogue::Catalogue(Settings settings) : settings_(std::move(settings)) {
  const std::string name = place_of(settings_.source, kIndexFile);
  const std::string text = read_small(settings_.source, kIndexFile, kMostIndexBytes);
  std::string signature;
  try {
    signature = read_small(settings_.source, kSignatureFile, kMostSignatureBytes);
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: is not signed, so it is not used: {}", name, error.what()));
  }
  comment_ = base::verify_minisign(text, signature, settings_.key, name);
  index_ = parse_index(text, name);
}

fs::path Catalogue::path_of(const Entry& entry) const {
  if (settings_.source.is_shipped) return settings_.source.folder / entry.file;
  if (settings_.cache.empty())
    throw UserError("neither XDG_CACHE_HOME nor HOME is set, and fetched models have no place to go to; set one");
  return settings_.cache / entry.sha256.substr(0, 16) / fs::path(entry.file).filename();
}

State Catalogue::state_of(const Entry& entry) const {
  if (settings_.cache.empty() && !settings_.source.is_shipped) return State::absent;
  const fs::path path = path_of(entry);
  if (!fs::exists(path)) return State::absent;
  return is_right(path, wanted_of(entry)) ? State::right : State::altered;
}

fs::path Catalogue::obtain(const Entry& entry, base::Progress& progress) const {
  fs::path path = path_of(entry);
  if (!settings_.source.is_shipped) {
    obtain_as(entry, path, progress);
  } else if (!fs::exists(path)) {
    throw UserError(
        fmt::format("{}: is not there; `make catalogue` makes it, and other sources may have it (GERUND_CATALOGUE)",
                    path.string()));
  } else if (!is_right(path, wanted_of(entry))) {
    throw UserError(
        fmt::format("{}: is not the file that the signed index tells of (another SHA-256), so it is not "
                    "used; install it anew",
                    path.string()));
  }
  return path;
}

bool Catalogue::obtain_as(const Entry& entry, const fs::path& target, base::Progress& progress) const {
  const WantedFile wanted = wanted_of(entry);
  if (is_right(target, wanted)) return false;
  download(settings_.source, wanted, target, settings_.download, progress);
  return true;
}

}  // namespace gerund::catalogue
