#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <regex>

#include "base/error.h"
#include "cli/completion_scripts.h"
#include "cli/verbs.h"

namespace gerund::cli {
namespace {

std::string script_for(const std::string& shell, const VerbEntry& program) {
  if (shell == "bash") return bash_completion(program);
  if (shell == "zsh") return zsh_completion(program);
  if (shell == "fish") return fish_completion(program);
  throw base::UserError(fmt::format("completion: '{}' is not known; allowed: bash, zsh, fish", shell));
}

/// The script for a program of another name: functions _gerund... become _gerund_runtime..., the command
/// gerund-runtime.
std::string renamed(const std::string& script, const std::string& name) {
  if (name == "gerund") return script;
  std::string function = name;
  std::ranges::replace(function, '-', '_');
  static const std::regex in_function("_gerund"), command("(^|[^_a-z])gerund(?![_a-z])");
  return std::regex_replace(std::regex_replace(script, in_function, "_" + function), command, "$1" + name);
}

}  // namespace

void add_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("completion", "Prints what a shell needs to complete gerund's lines");
  verb->add_option("shell", *shell, "The shell")->required()->type_name(one_of({"bash", "zsh", "fish"}));
  verb->footer("Example: source <(gerund completion bash)");
  verb->callback([&app, shell] { fmt::print("{}", renamed(script_for(*shell, read_verbs(app)), program_name())); });
}

}  // namespace gerund::cli
