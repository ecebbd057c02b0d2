// score/page.h - the parts of web pages that reports are made of.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gerund::score {

/// `text` for use between tags and in quoted attributes: & < > " ' become character references; bytes that are not
/// UTF-8 and characters that pages must not hold become U+FFFD.
std::string escape_html(std::string_view text);

/// A figure that the reader sees first.
struct Tile {
  std::string value;    ///< "93.8 %"
  std::string caption;  ///< "validation accuracy"
};

/// The following return markup; all text given to them is escaped by them, `html` is taken as it is.
std::string tiles_html(const std::vector<Tile>& tiles);
/// Names and values, one pair a line.
std::string facts_html(const std::vector<std::pair<std::string, std::string>>& facts);
/// Commands to copy, each with a sentence before it.
std::string commands_html(const std::vector<std::pair<std::string, std::string>>& commands);
/// A section with a heading; "" where `html` is empty.
std::string section_html(const std::string& heading, const std::string& html);

/// `word` as a shell takes it: as it is, or in single quotes.
std::string shell_word(const std::string& word);

/// A whole page: title, one sentence below it, body. Self-contained: the style is inside, nothing is loaded, there is
/// no script; dark and light as the reader's system has it; narrow screens. `mood`: "good", "busy" or "bad", the colour
/// beside the sentence. Well-formed XML but for the doctype.
std::string page_html(const std::string& title, const std::string& sentence, const std::string& mood,
                      const std::string& body);

}  // namespace gerund::score
