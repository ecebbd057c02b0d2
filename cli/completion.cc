#include <fmt/format.h>

#include <memory>

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

}  // namespace

void add_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("completion", "Prints what a shell needs to complete gerund's lines");
  verb->add_option("shell", *shell, "The shell")->required()->type_name(one_of({"bash", "zsh", "fish"}));
  verb->footer("Example: source <(gerund completion bash)");
  verb->callback([&app, shell] { fmt::print("{}", script_for(*shell, read_verbs(app))); });
}

}  // namespace gerund::cli
