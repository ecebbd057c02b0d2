#include "score/page.h"

#include <fmt/format.h>

#include <cstdint>

namespace gerund::score {
namespace {

// Colours and sizes of every report. Narrow screens come first; the wide ones get columns.
constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #1b2430; --faint: #5d6875; --rule: #dde2e8;
  --accent: #1f5fa0; --accent-rgb: 31 95 160; --wrong: #b3542a; --wrong-rgb: 196 84 40; --train: #8a94a3; --good: #2f855a;
  --busy: #b7791f; --bad: #b83232; --code: #eef1f5; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --card: #1a2029; --ink: #e4e9f0; --faint: #98a4b3;
  --rule: #2d3642; --accent: #6db3f2; --accent-rgb: 74 144 217; --wrong: #f0a070; --wrong-rgb: 214 110 62; --train: #7d899a;
  --good: #5fc58f; --busy: #e0b054; --bad: #f08080; --code: #10141a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 40px; }
header { margin: 4px 0 18px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 8px; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 12px; font-weight: 650; }
.sentence { margin: 0; padding-left: 12px; border-left: 4px solid var(--good); overflow-wrap: anywhere; }
.busy { border-color: var(--busy); } .bad { border-color: var(--bad); }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px; margin: 0 0 16px; }
.warnings { margin: 0 0 14px; padding: 8px 12px 8px 28px; border-left: 4px solid var(--busy); font-size: .9rem; overflow-wrap: anywhere; }
.note { color: var(--faint); margin: 0 0 12px; font-size: .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin: 0 0 16px; }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 12px 14px; }
.tile b { display: block; font-size: 1.45rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile span { color: var(--faint); font-size: .85rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 18px 24px; }
figure { margin: 0; } figcaption { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: .9rem; }
svg { display: block; width: 100%; height: auto; }
.key { color: var(--faint); } .key::before { content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px;
  margin-right: 6px; vertical-align: middle; background: var(--accent); } .key.train::before { background: var(--train); }
.grid { stroke: var(--rule); } .axis { stroke: var(--faint); } .mark { stroke: var(--faint); stroke-dasharray: 3 3; }
.tick { fill: var(--faint); font-size: 11.5px; } .halo { stroke: var(--card); stroke-width: 4px; paint-order: stroke; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; stroke: var(--accent); } polyline.train { stroke: var(--train); }
circle { fill: var(--accent); } circle.train { fill: var(--train); }
.hit { fill: transparent; } .hit:hover { fill: rgb(var(--accent-rgb) / .1); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th { font-weight: 600; text-align: left; } thead th { color: var(--faint); font-weight: 500; vertical-align: bottom; }
.classes { width: 100%; } .classes th, .classes td { padding: 6px 10px; border-bottom: 1px solid var(--rule); }
.classes td { text-align: right; white-space: nowrap; } .classes thead th:not(:first-child) { text-align: right; }
.classes tbody th { overflow-wrap: anywhere; min-width: 6em; }
.classes tfoot th, .classes tfoot td { border-bottom: 0; font-weight: 600; }
.share { display: inline-block; width: 64px; height: 6px; border-radius: 3px; background: var(--rule); margin-left: 8px; vertical-align: middle; overflow: hidden; }
.share i { display: block; height: 100%; border-radius: 3px; background: var(--accent); }
.confusion { border-collapse: separate; border-spacing: 2px; }
.confusion td { min-width: 44px; height: 36px; text-align: center; border-radius: 4px; padding: 0 6px; }
.confusion th { padding: 2px 8px; max-width: 12em; overflow-wrap: break-word; } .confusion tbody th { text-align: right; min-width: 5em; }
.confusion thead th { text-align: center; } .confusion.many thead tr:last-child th:not(:first-child) { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; max-height: 11em; }
.hitcell { background: rgb(var(--accent-rgb) / var(--s)); } .misscell { background: rgb(var(--wrong-rgb) / var(--s)); }
.zero { color: var(--faint); opacity: .55; } .deep { color: #fff; }
.clips { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 14px; }
.clip { border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; display: flex; flex-direction: column; }
.clip img, .nopicture { width: 100%; height: auto; display: block; background: #181c22; } .nopicture { color: #aab; padding: 18px; text-align: center; }
.clip div { padding: 8px 10px; font-size: .88rem; overflow-wrap: anywhere; }
.clip small { color: var(--faint); display: block; } .wrong { color: var(--wrong); font-weight: 600; } .right { color: var(--good); font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(7.5em, max-content) 1fr; gap: 5px 16px; margin: 0; }
.scroll + dl { margin-top: 12px; } .scroll { margin: 0 -2px; } details { margin-top: 10px; } summary { cursor: pointer; color: var(--accent); }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 0 16px; align-items: start; } .pair > * { min-width: 0; } .pair .share { width: 34px; margin-left: 6px; }
pre { background: var(--code); border: 1px solid var(--rule); border-radius: 6px; padding: 9px 12px; margin: 4px 0 14px;
  font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.commands p { margin: 0; font-size: .92rem; } .commands pre:last-child { margin-bottom: 0; }
footer { color: var(--faint); font-size: .82rem; }
@media (max-width: 560px) { main { padding: 14px 10px 30px; } section { padding: 13px 12px; } .share { display: none; } .tiles { grid-template-columns: 1fr 1fr; }
  .classes th, .classes td { padding: 6px 6px; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } .tick { font-size: 14px; } }
@media print { body { background: #fff; } section, .tile { break-inside: avoid; } }
)css";

// Length of the UTF-8 character at the start of `text` that may stand in a page; 0 where there is none.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : first == '\n' || first == '\t' ? 1 : 0;
  const size_t length = first >= 0xF0 && first < 0xF5   ? 4
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xC2 && first < 0xE0 ? 2
                                                        : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool is_overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool is_none = (first == 0xED && byte(1) >= 0xA0) || (first == 0xF4 && byte(1) >= 0x90) ||
                       (first == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE) || (first == 0xC2 && byte(1) < 0xA0);
  return is_overlong || is_none ? 0 : length;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const size_t length = character_length(text);
    switch (length == 1 ? text[0] : 'x') {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return escaped;
}

std::string tiles_html(const std::vector<Tile>& tiles) {
  std::string html = "<div class=\"tiles\">\n";
  for (const Tile& tile : tiles)
    html += fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", escape_html(tile.value),
                        escape_html(tile.caption));
  return html + "</div>\n";
}

std::string facts_html(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string html = "<dl>\n";
  for (const auto& [name, value] : facts)
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(name), escape_html(value));
  return html + "</dl>\n";
}

std::string commands_html(const std::vector<std::pair<std::string, std::string>>& commands) {
  std::string html = "<div class=\"commands\">\n";
  for (const auto& [what, command] : commands)
    html += fmt::format("<p>{}</p><pre>{}</pre>\n", escape_html(what), escape_html(command));
  return html + "</div>\n";
}

std::string section_html(const std::string& heading, const std::string& html) {
  return html.empty() ? "" : fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", escape_html(heading), html);
}

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string page_html(const std::string& title, const std::string& sentence, const std::string& mood,
                      const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{}</title>\n"
      "<style>{}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{}</h1>\n<p class=\"sentence {}\">{}</p>\n"
      "</header>\n{}<footer>gerund {}</footer>\n</main>\n</body>\n</html>\n",
      escape_html(title), kStyle, escape_html(title), mood, escape_html(sentence), body, GERUND_VERSION);
}

}  // namespace gerund::score
