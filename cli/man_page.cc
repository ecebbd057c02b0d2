#include "cli/man_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gerund::cli {
namespace {

// What no verb says by itself. The codes are those of docs/formats.md.
constexpr const char* kTail = R"(.SH EXIT STATUS
.TP
0
Done; also a training run that was finished already.
.TP
1
A bug of gerund. Of some verbs an answer: clips that could not be read, findings, a difference that is too large.
.TP
2
Something to mend: a spec, a file, an argument. One message says what and how.
.TP
3
Of
.BR "gerund deploy" :
no source ever worked.
.TP
4
A model that does not say how its input is made, or cannot be opened.
.TP
5
Of
.BR "gerund deploy" :
an output that cannot be opened or written.
.TP
130
Interrupted.
.SH ENVIRONMENT
.TP
.B XDG_CACHE_HOME
Where decoded clips and measurements are kept, in a folder
.IR gerund ;
.I ~/.cache
by default.
)";

// Of a program that trains.
constexpr const char* kTrainingTail = R"(.TP
.BR RANK ", " WORLD_SIZE ", " MASTER_ADDR ", " MASTER_PORT
Of a training of several processes.
)";

// Text as roff takes it for text.
std::string in_roff(const std::string& text) {
  std::string escaped;
  for (const char byte : text) {
    if (byte == '\\') {
      escaped += "\\e";
    } else if (byte == '-') {
      escaped += "\\-";
    } else if (byte == '\'') {
      escaped += "\\(aq";
    } else if ((byte == '.') && (escaped.empty() || escaped.back() == '\n')) {
      escaped += "\\&.";
    } else {
      escaped += byte;
    }
  }
  return escaped;
}

// Examples and the like, each line a line.
std::string lines_of(const std::string& text) {
  if (text.empty()) return "";
  std::string lines = ".PP\n";
  for (const std::string& line : CLI::detail::split(text, '\n'))
    lines += (lines == ".PP\n" ? "" : ".br\n") + in_roff(CLI::detail::trim_copy(line)) + "\n";
  return lines;
}

// ".TP", the tag in font changes, the text.
std::string item(const std::string& tag, const std::string& text) {
  return fmt::format(".TP\n{}\n{}\n", tag, in_roff(text));
}

std::string option_item(const OptionEntry& option) {
  std::string tag;
  for (const std::string& name : option.names)
    tag += fmt::format("{}\\fB{}\\fR", tag.empty() ? "" : ", ", in_roff(name));
  if (!option.type.empty()) tag += fmt::format(" \\fI{}\\fR", in_roff(option.type));
  if (option.repeats) tag += " ...";
  std::string text = option.help;
  if (!option.default_text.empty()) text += fmt::format(" (default: {})", option.default_text);
  return item(tag, text);
}

// "dataset out", "[words ...]"
std::string word_text(const WordEntry& word) {
  const std::string text = word.name + (word.repeats ? " ..." : "");
  return word.required ? text : "[" + text + "]";
}

/// "gerund dataset split"
std::string line_of(const VerbEntry& verb, const std::string& name) {
  return in_roff(fmt::format("{} {}", name, fmt::join(verb.path, " ")));
}

std::string usage_of(const VerbEntry& verb, const std::string& name) {
  std::string usage = fmt::format("\\fB{}\\fR [options]", line_of(verb, name));
  for (const WordEntry& word : verb.words) usage += fmt::format(" \\fI{}\\fR", in_roff(word_text(word)));
  if (!verb.verbs.empty()) usage += " \\fIverb\\fR";
  return usage;
}

std::string section_of(const VerbEntry& verb, const std::string& name) {
  std::string text =
      fmt::format(".SS {}\n{}.\n.PP\n{}\n", line_of(verb, name), in_roff(verb.help), usage_of(verb, name));
  if (!verb.aliases.empty())
    text += fmt::format(".PP\nAlso: {}.\n", in_roff(fmt::format("{}", fmt::join(verb.aliases, ", "))));
  for (const WordEntry& word : verb.words) text += item(fmt::format("\\fI{}\\fR", in_roff(word.name)), word.help);
  for (const OptionEntry& option : verb.options) text += option_item(option);
  return text + lines_of(verb.footer);
}

bool has_verb(const VerbEntry& program, const std::string& name) {
  return std::ranges::any_of(program.verbs, [&](const VerbEntry& verb) { return verb.path.back() == name; });
}

}  // namespace

std::string man_page(const VerbEntry& program, const std::string& name) {
  std::string title = name;
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string text = fmt::format(".TH {} 1 \"\" \"gerund " GERUND_VERSION "\" \"User Commands\"\n", in_roff(title));
  text += fmt::format(".SH NAME\n{} \\- names what people are doing in video\n.SH SYNOPSIS\n", in_roff(name));
  text += fmt::format("\\fB{}\\fR \\fIverb\\fR [options] [words ...]\n.SH DESCRIPTION\n{}\n", in_roff(name),
                      in_roff(program.help));
  for (const VerbEntry& verb : program.verbs)
    text += item("\\fB" + in_roff(verb.path.back()) + "\\fR", verb.help + ".");
  text += ".SH OPTIONS\n";
  for (const OptionEntry& option : program.options) text += option_item(option);
  text += ".SH VERBS\n";
  for (const VerbEntry* verb : flatten(program)) {
    if (!verb->path.empty()) text += section_of(*verb, name);
  }
  text += kTail;
  if (has_verb(program, "train")) text += kTrainingTail;
  text += ".SH SEE ALSO\n";
  if (has_verb(program, "spec"))
    text += fmt::format(".B {} spec \\-\\-reference\nprints all keys of a spec,\n", in_roff(name));
  return text + fmt::format(".B {} deploy \\-\\-reference\n{} of a config.\n", in_roff(name),
                            has_verb(program, "spec") ? "those" : "prints all keys");
}

}  // namespace gerund::cli
