#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_scripts.h"

namespace gerund::cli {
namespace {

// Between the tables, in this order: verbs, options, keys.
constexpr const char* kHead = R"(# bash completion of gerund; made by `gerund completion bash`.

# What stands behind the verb $1: verbs, options, and what its words are. Sets path to its full name.
_gerund_verb() {
  case "$1" in
)";

constexpr const char* kOptions = R"(    *) return 1 ;;
  esac
}

# What the value of option $2 of verb $1 is: files, folders, choices in a row, or nothing of these (any). Fails for an
# option without a value.
_gerund_value() {
  case "$1 $2" in
)";

constexpr const char* kKeys = R"(    *) return 1 ;;
  esac
}

# The keys of a spec or of a config ($1), and the choices of key $2.
_gerund_keys() {
  case "$1" in
)";

constexpr const char* kChoices = R"(  esac
}
_gerund_key_choices() {
  case "$1 $2" in
)";

constexpr const char* kTail = R"sh(  esac
}

# Offers what fits $1, of the kind $2 or the choices in it.
_gerund_offer() {
  local first="" last="$1"
  case "$2" in
    any) return ;;
    files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$1") ;;
    folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$1") ;;
    *)
      [[ $1 != *,* ]] || { first="${1%,*},"; last="${1##*,}"; }  # Of a list, the last one.
      mapfile -t COMPREPLY < <(compgen -P "$first" -W "$2" -- "$last") ;;
  esac
}

# Offers the keys of $2 that begin with $1, each as far as its next dot.
_gerund_offer_keys() {
  local key rest found
  declare -A seen=()
  for key in $(compgen -W "$(_gerund_keys "$2")" -- "$1"); do
    rest="${key#"$1"}"
    if [[ $rest == *.* ]]; then found="$1${rest%%.*}."; else found="$key="; fi
    [[ ${seen[$found]:-} ]] || COMPREPLY+=("$found")
    seen[$found]=1
  done
  [ ${#COMPREPLY[@]} -eq 0 ] || compopt -o nospace 2>/dev/null
}

# A word: a file, or a key, or the value of a key.
_gerund_offer_word() {
  local current="$1" names=() name
  if [[ $keys && $current == *=* ]]; then
    local choices
    choices="$(_gerund_key_choices "$keys" "${current%%=*}")"
    _gerund_offer "${current#*=}" "${choices:-files}"
    return
  fi
  [[ ! $keys || $current == */* ]] || _gerund_offer_keys "$current" "$keys"
  [[ $words ]] || return
  if [ ${#COMPREPLY[@]} -eq 0 ]; then
    _gerund_offer "$current" "$words"
  else
    mapfile -t names < <(compgen -f -- "$current")
    for name in "${names[@]}"; do
      [ ! -d "$name" ] || name+=/
      printf -v name '%q' "$name"
      COMPREPLY+=("$name")
    done
  fi
}

_gerund() {
  COMPREPLY=()
  # bash parts a=b into three words: they are put together again.
  local line=() word joins="" i
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    word="${COMP_WORDS[i]}"
    if [ ${#line[@]} -gt 0 ] && [[ $joins || $word == = ]]; then line[-1]+="$word"; else line+=("$word"); fi
    if [[ $word == = ]]; then joins=1; else joins=""; fi
  done
  local current="${line[-1]}" path="" verbs options words keys value waits=""
  _gerund_verb ""
  for word in "${line[@]:0:${#line[@]}-1}"; do
    if [[ $waits ]]; then
      waits=""
    elif [[ $word == -* ]]; then
      if [[ $word != *=* ]] && value="$(_gerund_value "$path" "$word")"; then waits="$value"; fi
    elif [[ $verbs ]]; then
      _gerund_verb "${path:+$path }$word" || return 0
    fi
  done
  if [[ $waits ]]; then
    _gerund_offer "$current" "$waits"
  elif [[ $current == -*=* ]]; then
    value="$(_gerund_value "$path" "${current%%=*}")" && _gerund_offer "${current#*=}" "$value"
  elif [[ $current == -* ]]; then
    _gerund_offer "$current" "$options"
  elif [[ $verbs ]]; then
    _gerund_offer "$current" "$verbs"
  else
    _gerund_offer_word "$current"
  fi
  # Where '=' does not part words, what stands before it is part of what is replaced.
  if [[ $current == *=* && $COMP_WORDBREAKS != *=* ]]; then COMPREPLY=("${COMPREPLY[@]/#/${current%%=*}=}"); fi
  return 0
}
complete -F _gerund gerund
)sh";

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, " "));
}

const char* name_of(Keys keys) {
  return keys == Keys::spec ? "spec" : keys == Keys::config ? "config" : "";
}

std::string kind_of(const Values& values) {
  if (!values.choices.empty()) return joined(values.choices);
  return values.folders ? "folders" : values.files ? "files" : "any";
}

// What all words of a verb may be: the script does not count them.
struct Words {
  std::string kind;
  Keys keys = Keys::none;
};
Words words_of(const VerbEntry& verb) {
  Words words;
  for (const WordEntry& word : verb.words) {
    if (word.values.keys != Keys::none) words.keys = word.values.keys;
    const std::string kind = kind_of(word.values);
    if (kind != "any" && words.kind != "files") words.kind = kind;
  }
  return words;
}

// "'infer'|'inference'"
std::string pattern_of(const VerbEntry& verb) {
  std::string pattern = in_quotes(joined(verb.path));
  for (const std::string& alias : verb.aliases) {
    std::vector<std::string> path = verb.path;
    path.back() = alias;
    pattern += "|" + in_quotes(joined(path));
  }
  return pattern;
}

std::string verb_line(const VerbEntry& verb) {
  std::vector<std::string> verbs;
  std::vector<std::string> options;
  for (const VerbEntry& below : verb.verbs) verbs.push_back(below.path.back());
  for (const OptionEntry& option : verb.options)
    options.insert(options.end(), option.names.begin(), option.names.end());
  const Words words = words_of(verb);
  return fmt::format("    {}) path={} verbs={} options={} words={} keys={} ;;\n", pattern_of(verb),
                     in_quotes(joined(verb.path)), in_quotes(joined(verbs)), in_quotes(joined(options)),
                     in_quotes(words.kind), in_quotes(name_of(words.keys)));
}

std::string value_lines(const VerbEntry& verb) {
  std::string lines;
  for (const OptionEntry& option : verb.options) {
    if (option.type.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) patterns.push_back(in_quotes(joined(verb.path) + " " + name));
    lines += fmt::format("    {}) echo {} ;;\n", fmt::join(patterns, "|"), in_quotes(kind_of(option.values)));
  }
  return lines;
}

std::string key_line(Keys keys) {
  std::vector<std::string> names;
  for (const KeyEntry& entry : keys_of(keys)) names.push_back(entry.key);
  return fmt::format("    {}) echo {} ;;\n", name_of(keys), in_quotes(joined(names)));
}

std::string choice_lines(Keys keys) {
  std::string lines;
  for (const KeyEntry& entry : keys_of(keys)) {
    if (!entry.choices.empty())
      lines += fmt::format("    '{} {}') echo {} ;;\n", name_of(keys), entry.key, in_quotes(joined(entry.choices)));
  }
  return lines;
}

}  // namespace

std::string bash_completion(const VerbEntry& program) {
  std::string script = kHead;
  for (const VerbEntry* verb : flatten(program)) script += verb_line(*verb);
  script += kOptions;
  for (const VerbEntry* verb : flatten(program)) script += value_lines(*verb);
  script += kKeys + key_line(Keys::spec) + key_line(Keys::config);
  script += kChoices + choice_lines(Keys::spec) + choice_lines(Keys::config);
  return script + kTail;
}

}  // namespace gerund::cli
