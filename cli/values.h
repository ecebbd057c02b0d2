// cli/values.h - what the values on the line are. Help and the man page show it, and the shell completes by it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace gerund::cli {

// Types of options, as help shows them. Capitals stand for something, small letters for themselves: an option of the
// type "2d|3d" takes one of these two words. A type with FILE in it, or one like OUT.mp4, is a file.
inline constexpr const char* kFile = "FILE";
inline constexpr const char* kFolder = "FOLDER";
inline constexpr const char* kKey = "KEY";

/// "2d|3d", the type of an option that takes one of `names`.
std::string one_of(const std::vector<std::string>& names);
/// The type of an option that takes the name of an engine.
std::string engine_type();

/// A seed must not be below 0, which CLI11 would take for a large number. What is wrong, or "".
std::string check_seed(const std::string& text);

/// Whose keys the key=value words of a verb have: those of a spec, or those of deploy's config.
enum class Keys { none, spec, config };

/// What the words of a line may be.
struct WordKinds {
  bool files = true;
  Keys keys = Keys::none;
};

/// Says it of the positional words of a verb; without a call they are files. Help shows nothing of it.
void set_word_kinds(CLI::Option& words, const WordKinds& kinds);
WordKinds word_kinds(CLI::Option& words);

/// What an option's value or a word is completed by.
struct Values {
  std::vector<std::string> choices;  ///< One of these, or several with commas between them; empty: not fixed.
  bool files = false;                ///< Files and folders.
  bool folders = false;              ///< Folders only.
  Keys keys = Keys::none;
};

/// Of the type of an option, e.g. "OUT.png".
Values values_of_type(const std::string& type);

}  // namespace gerund::cli
