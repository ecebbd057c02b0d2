#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_scripts.h"

namespace gerund::cli {
namespace {

constexpr const char* kHead = R"(#compdef gerund
# zsh completion of gerund; made by `gerund completion zsh`. A file _gerund in a folder of $fpath.

# Offers the keys that fit, each as far as its next dot, or the choices of the key that stands there. Arguments: keys.
_gerund_keys() {
  local key rest
  if compset -P 1 '*='; then
    key="${IPREFIX%=}"
    if [[ -n "${choices[$key]}" ]]; then compadd -- ${=choices[$key]}; else _files; fi
    return
  fi
  local -aU found
  for key in ${(M)@:#${PREFIX}*}; do
    rest="${key#$PREFIX}"
    if [[ $rest == *.* ]]; then found+=("$PREFIX${rest%%.*}."); else found+=("$key="); fi
  done
  compadd -S '' -- $found
}
)";

constexpr const char* kTail = R"(
_gerund "$@"
)";

// Inside '...' of an _arguments line: brackets and colons part its fields.
std::string in_spec(const std::string& text) {
  std::string escaped;
  for (const char byte : text) {
    if (byte == '\'') {
      escaped += "'\\''";
      continue;
    }
    if (std::string_view("[]:\\").find(byte) != std::string_view::npos) escaped += '\\';
    escaped += byte;
  }
  return escaped;
}

const char* keys_function(const Values& values) {
  if (values.keys == Keys::spec) return values.files ? "_gerund_spec_words" : "_gerund_spec_keys";
  return "_gerund_config_words";
}

std::string action_of(const Values& values, bool repeats) {
  if (values.keys != Keys::none) return keys_function(values);
  if (!values.choices.empty())
    return fmt::format("{}{}{}", repeats ? "_sequence compadd - " : "(", fmt::join(values.choices, " "),
                       repeats ? "" : ")");
  return values.folders ? "_files -/" : values.files ? "_files" : " ";
}

// A line of _arguments for every name of the option: '(-k --key)--key=[help]:KEY: '.
std::string option_lines(const OptionEntry& option) {
  std::string lines;
  const bool takes_value = !option.type.empty();
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    const std::string others = option.repeats ? "*" : fmt::format("({})", fmt::join(option.names, " "));
    const std::string value =
        takes_value ? fmt::format(":{}:{}", in_spec(option.type), in_spec(action_of(option.values, option.repeats)))
                    : "";
    lines += fmt::format(" \\\n    '{}{}{}[{}]{}'", others, name, takes_value ? (is_long ? "=" : "+") : "",
                         in_spec(option.help), value);
  }
  return lines;
}

std::string word_line(const WordEntry& word, size_t number) {
  const std::string place = word.repeats ? "*" : std::to_string(number);
  return fmt::format(" \\\n    '{}:{}{}:{}'", place, word.required || word.repeats ? "" : ":", in_spec(word.name),
                     in_spec(action_of(word.values, false)));
}

std::string function_name(const VerbEntry& verb) {
  return verb.path.empty() ? "_gerund" : fmt::format("_gerund_{}", fmt::join(verb.path, "_"));
}

std::string verb_names(const VerbEntry& verb) {
  return fmt::format("{}{}{}", verb.path.back(), verb.aliases.empty() ? "" : "|", fmt::join(verb.aliases, "|"));
}

// A program or verb with verbs: the first word chooses, the rest is the business of another function.
std::string function_of_verbs(const VerbEntry& verb) {
  std::string text =
      fmt::format("\n{}() {{\n  local context state state_descr line\n  typeset -A opt_args\n", function_name(verb));
  text += "  local -a verbs=(\n";
  for (const VerbEntry& below : verb.verbs)
    text += fmt::format("    {}\n", in_quotes(below.path.back() + ":" + below.help));
  text += "  )\n  _arguments -C";
  for (const OptionEntry& option : verb.options) text += option_lines(option);
  text += " \\\n    '1:verb:->verb' \\\n    '*:: :->rest'\n";
  text += "  case $state in\n    verb) _describe verb verbs ;;\n    rest)\n      case $line[1] in\n";
  for (const VerbEntry& below : verb.verbs)
    text += fmt::format("        {}) {} ;;\n", verb_names(below), function_name(below));
  return text + "      esac ;;\n  esac\n}\n";
}

std::string function_of_words(const VerbEntry& verb) {
  std::string text = fmt::format("\n{}() {{\n  _arguments", function_name(verb));
  for (const OptionEntry& option : verb.options) text += option_lines(option);
  for (size_t i = 0; i < verb.words.size(); ++i) text += word_line(verb.words[i], i + 1);
  return text + "\n}\n";
}

std::string key_functions(Keys keys, const char* name) {
  std::string text = fmt::format("\n_gerund_{}_keys() {{\n  local -A choices=(\n", name);
  for (const KeyEntry& entry : keys_of(keys)) {
    if (!entry.choices.empty()) text += fmt::format("    {} '{}'\n", entry.key, fmt::join(entry.choices, " "));
  }
  text += "  )\n  _gerund_keys";
  for (const KeyEntry& entry : keys_of(keys)) text += fmt::format(" \\\n    {}", entry.key);
  text += fmt::format(
      "\n}}\n_gerund_{0}_words() {{\n  _alternative 'files:file:_files' 'keys:key:_gerund_{0}_keys'\n}}\n", name);
  return text;
}

}  // namespace

std::string zsh_completion(const VerbEntry& program) {
  std::string script = kHead;
  script += key_functions(Keys::spec, "spec");
  script += key_functions(Keys::config, "config");
  for (const VerbEntry* verb : flatten(program))
    script += verb->verbs.empty() ? function_of_words(*verb) : function_of_verbs(*verb);
  return script + kTail;
}

}  // namespace gerund::cli
