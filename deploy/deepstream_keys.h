// deploy/deepstream_keys.h - reads the groups of one DeepStream file key by key: what counts here, what has no meaning
// here, what is unknown.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "spec/field.h"
#include "spec/value.h"

namespace gerund::deploy {

/// Keys of DeepStream that have no meaning here, and why.
struct IdleKeys {
  std::string reason;
  std::vector<std::string> keys;
};

/// A table of Markdown: each key, what it takes, and what it does here, which is the help of its field; below them the
/// keys without meaning, those of one reason in one row.
std::string key_table(const std::vector<spec::Field>& fields, const std::vector<IdleKeys>& idle);

/// The groups of a file of key=value lines, or, by the extension .yml or .yaml, of its YAML form. Throws UserError.
spec::Value read_groups(const std::filesystem::path& path);

/// Threads: none. One reader per file.
class KeyReader {
 public:
  /// `warnings` must outlive the reader.
  KeyReader(std::filesystem::path file, std::vector<std::string>& warnings)
      : file_(std::move(file)), warnings_(warnings) {}

  /// Reads the keys of `group` into `fields`, with ${VAR}, lists and remarks as key files have them; warns of unknown
  /// keys. Throws UserError where type or range are wrong.
  void read(const spec::Value& group, const std::vector<spec::Field>& fields, const std::vector<IdleKeys>& idle);
  /// Says of a key, once per file, that it has no meaning here.
  void note_idle(const std::string& key, const std::string& reason);
  /// A warning at the place of a value: "FILE:LINE: KEY: message".
  void warn(const spec::Value& value, const std::string& message);
  /// A warning about the file.
  void warn(const std::string& message);
  /// The file that the value names (deploy/config_text.h); says so when it is in the working folder. The path that is
  /// returned may not exist.
  std::filesystem::path file_at(const spec::Value& value, const std::string& named);
  /// Says which keys had no meaning, in one warning. Call it once, at the end.
  void finish();

 private:
  std::filesystem::path file_;
  std::vector<std::string>& warnings_;
  std::vector<IdleKeys> idle_;
};

}  // namespace gerund::deploy
