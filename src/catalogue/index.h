// catalogue/index.h - what a catalogue of trained networks says of each of them: index.json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gerund::catalogue {

/// How often a network was right, and on what.
struct Accuracy {
  double value = 0;  ///< Share of the clips, 0..1.
  int64_t num_clips = 0;
  std::string split;    ///< Which clips, and whether they chose anything.
  std::string command;  ///< That measured it.
};

/// The fields of a spec's model that weights depend on.
struct Network {
  std::string model_type;  ///< "rgb", "of" or "joint".
  std::string input_type;  ///< "2d" or "3d".
  std::string backbone;
  std::string temporal;  ///< "centered" or "causal".
  int64_t width = 0;
};

struct Entry {
  std::string name;     ///< Letters, digits, '_', '-', '.'.
  std::string summary;  ///< One sentence.
  std::string file;     ///< Below the folder of the index; never outside of it.
  int64_t num_bytes = 0;
  std::string sha256;  ///< 64 hexadecimal digits, lower case.
  std::string licence;
  Network network;
  std::vector<std::string> classes;  ///< By class index.
  std::string recipe;                ///< JSON of clip/recipe.h.
  int64_t parameters = 0;
  int64_t multiply_adds = 0;  ///< Of one clip.
  std::vector<Accuracy> accuracies;
  std::vector<std::string> made_by;  ///< The commands, in their order.
};

struct Index {
  std::vector<Entry> entries;
};

/// An index is so long at the most.
inline constexpr size_t kMostIndexBytes = size_t{1} << 20;

/// Reads JSON of the format "gerund.catalogue/1" (docs/formats.md). Throws UserError naming `name` and the entry and
/// field that are wrong: missing, of another type, out of range, a name that is there twice, a file outside of the
/// folder.
Index parse_index(std::string_view text, const std::string& name);

/// The JSON, which parse_index reads.
std::string print_index(const Index& index);
/// One entry of it, as JSON.
std::string print_entry(const Entry& entry);

/// Throws UserError with the nearest name where there is none of this name.
const Entry& entry_named(const Index& index, const std::string& name);

}  // namespace gerund::catalogue
