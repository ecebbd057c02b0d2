#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_scripts.h"

namespace gerund::cli {
namespace {

constexpr const char* kHead = R"(# fish completion of gerund; made by `gerund completion fish`.

# True where the verb on the line is $argv[1]; '' before there is one.
function __gerund_at
    set -l verb ''
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        set -l longer (string trim -- "$verb $word")
        contains -- $longer $__gerund_verbs; or break
        set verb $longer
    end
    contains -- $verb $argv
end

complete -c gerund -f
)";

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char byte : text) {
    if (byte == '\'' || byte == '\\') result += '\\';
    result += byte;
  }
  return result + "'";
}

// "'infer' 'inference'"
std::string names_of(const VerbEntry& verb) {
  std::string names = quoted(fmt::format("{}", fmt::join(verb.path, " ")));
  for (const std::string& alias : verb.aliases) {
    std::vector<std::string> path = verb.path;
    path.back() = alias;
    names += " " + quoted(fmt::format("{}", fmt::join(path, " ")));
  }
  return names;
}

std::string line_at(const VerbEntry& verb, const std::string& rest) {
  return fmt::format("complete -c gerund -n {} {}\n", quoted("__gerund_at " + names_of(verb)), rest);
}

std::string action_of(const Values& values) {
  if (!values.choices.empty())
    return fmt::format(" -x -a {}", quoted(fmt::format("(__fish_complete_list , 'string split \" \" \"{}\"')",
                                                       fmt::join(values.choices, " "))));
  if (values.folders) return " -x -a '(__fish_complete_directories)'";
  return values.files ? " -r -F" : " -x";
}

std::string option_line(const VerbEntry& verb, const OptionEntry& option) {
  std::string rest;
  for (const std::string& name : option.names)
    rest += name.starts_with("--") ? fmt::format("-l {} ", name.substr(2)) : fmt::format("-s {} ", name.substr(1));
  rest += "-d " + quoted(option.help);
  if (!option.type.empty()) rest += action_of(option.values);
  return line_at(verb, rest);
}

// What all words of a verb may be: the script does not count them.
std::string word_lines(const VerbEntry& verb) {
  std::string lines;
  for (const WordEntry& word : verb.words) {
    if (word.values.keys == Keys::spec) lines += line_at(verb, "-a '$__gerund_spec_keys'");
    if (word.values.keys == Keys::config) lines += line_at(verb, "-a '$__gerund_config_keys'");
    if (!word.values.choices.empty())
      lines += line_at(verb, fmt::format("-a '{}'", fmt::join(word.values.choices, " ")));
    if (word.values.files || word.values.folders) lines += line_at(verb, "-F");
  }
  return lines;
}

// "train.num_epochs=", and "model.input_type=2d" where the values are known.
std::string key_list(Keys keys, const char* name) {
  std::string text = fmt::format("set -g {}", name);
  for (const KeyEntry& entry : keys_of(keys)) {
    if (entry.choices.empty()) text += fmt::format(" \\\n    {}=", entry.key);
    for (const std::string& choice : entry.choices) text += fmt::format(" \\\n    {}={}", entry.key, choice);
  }
  return text + "\n";
}

}  // namespace

std::string fish_completion(const VerbEntry& program) {
  std::string script = kHead;
  script += "set -g __gerund_verbs";
  for (const VerbEntry* verb : flatten(program)) {
    if (!verb->path.empty()) script += " " + names_of(*verb);
  }
  script += "\n" + key_list(Keys::spec, "__gerund_spec_keys") + key_list(Keys::config, "__gerund_config_keys");
  for (const VerbEntry* verb : flatten(program)) {
    for (const VerbEntry& below : verb->verbs)
      script += line_at(*verb, fmt::format("-a {} -d {}", below.path.back(), quoted(below.help)));
    for (const OptionEntry& option : verb->options) script += option_line(*verb, option);
    script += word_lines(*verb);
  }
  return script;
}

}  // namespace gerund::cli
