// page_reader.h - a strict reader of the web pages that reports are: every tag closed, every attribute quoted, every
// special character escaped.
#pragma once

#include <cctype>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace gerund::score {

struct PageElement {
  std::string name;
  std::map<std::string, std::string> attributes;  ///< Unescaped.
  std::string text;                               ///< All text inside, unescaped.
};

/// Threads: none. Reads all at once; throws std::runtime_error with the place of the first fault.
class PageReader {
 public:
  explicit PageReader(std::string page) : page_(std::move(page)) {
    expect("<!DOCTYPE html>\n");
    while (at_ < page_.size()) read_piece();
    if (!open_.empty()) fail("<" + elements_[open_.back()].name + "> is not closed");
  }

  const std::vector<PageElement>& elements() const { return elements_; }

  std::vector<PageElement> all(const std::string& name, const std::string& css_class = "") const {
    std::vector<PageElement> found;
    for (const PageElement& element : elements_) {
      const auto given = element.attributes.find("class");
      const std::string classes = " " + (given == element.attributes.end() ? "" : given->second) + " ";
      if (element.name == name && (css_class.empty() || classes.find(" " + css_class + " ") != std::string::npos))
        found.push_back(element);
    }
    return found;
  }

  /// Text of the elements of a name and class, in order.
  std::vector<std::string> texts(const std::string& name, const std::string& css_class = "") const {
    std::vector<std::string> found;
    for (const PageElement& element : all(name, css_class)) found.push_back(element.text);
    return found;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " before: " + page_.substr(at_, 60));
  }
  void expect(const std::string& text) {
    if (page_.compare(at_, text.size(), text) != 0) fail("expected " + text);
    at_ += text.size();
  }
  bool accept(const std::string& text) {
    if (page_.compare(at_, text.size(), text) != 0) return false;
    at_ += text.size();
    return true;
  }

  void read_piece() {
    if (accept("</")) return close();
    if (accept("<")) return open();
    const std::string text = read_text("<");
    if (open_.empty() && text.find_first_not_of("\n") != std::string::npos) fail("text outside of everything");
    for (size_t i : open_) elements_[i].text += text;
  }

  void close() {
    const std::string name = read_name();
    expect(">");
    if (open_.empty() || elements_[open_.back()].name != name) fail("</" + name + "> closes another element");
    open_.pop_back();
  }

  void open() {
    PageElement element;
    element.name = read_name();
    while (accept(" ")) {
      const std::string name = read_name();
      expect("=\"");
      if (!element.attributes.emplace(name, read_text("\"")).second) fail("attribute " + name + " twice");
      expect("\"");
    }
    const bool is_empty = accept("/");
    expect(">");
    elements_.push_back(element);
    if (is_empty) return;
    open_.push_back(elements_.size() - 1);
    if (element.name != "style") return;
    const size_t end = page_.find("</style>", at_);
    if (end == std::string::npos) fail("<style> is not closed");
    elements_.back().text = page_.substr(at_, end - at_);
    at_ = end;
  }

  std::string read_name() {
    const size_t begin = at_;
    while (at_ < page_.size() && (std::isalnum(static_cast<unsigned char>(page_[at_])) != 0 || page_[at_] == '-'))
      ++at_;
    if (begin == at_) fail("a name is missing");
    return page_.substr(begin, at_ - begin);
  }

  std::string read_text(const std::string& stop) {
    static const std::map<std::string, char> kReferences{
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"#39", '\''}};
    std::string text;
    while (at_ < page_.size() && page_.compare(at_, 1, stop) != 0) {
      const char c = page_[at_];
      if (c == '<' || c == '>' || (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'))
        fail("raw character");
      ++at_;
      if (c != '&') {
        text += c;
        continue;
      }
      const size_t end = page_.find(';', at_);
      const auto reference = kReferences.find(page_.substr(at_, end - at_));
      if (reference == kReferences.end()) fail("& without a known reference");
      text += reference->second;
      at_ = end + 1;
    }
    return text;
  }

  std::string page_;
  size_t at_ = 0;
  std::vector<PageElement> elements_;
  std::vector<size_t> open_;
};

/// What in a page would load something from elsewhere or run; "" where nothing does.
inline std::string outside_reference(const PageReader& page) {
  for (const PageElement& element : page.elements()) {
    if (element.name == "script" || element.name == "link" || element.name == "iframe" || element.name == "object")
      return "<" + element.name + ">";
    if (element.name == "style" &&
        (element.text.find("url(") != std::string::npos || element.text.find("@import") != std::string::npos))
      return "style";
    for (const auto& [name, value] : element.attributes) {
      if (name.starts_with("on")) return name;
      const bool refers = name == "src" || name == "href" || name == "srcset" || name == "action" || name == "data";
      if (refers && !value.starts_with("data:image/jpeg;base64,")) return name + "=" + value;
      if (name == "style" && value.find("url(") != std::string::npos) return value;
      if (value.find("://") != std::string::npos) return value;
    }
  }
  return "";
}

}  // namespace gerund::score
