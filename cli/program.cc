#include "cli/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/verbs.h"

namespace gerund::cli {
namespace {

constexpr int kWrongLine = 2;

/// CLI11 would only say that a verb is missing.
void check_verb(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words[0].starts_with("-")) return;
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) {
    if (verb->check_name(words[0])) return;  // Its name or an alias.
    names.push_back(verb->get_name());
  }
  throw base::UserError(fmt::format("'{}' is no verb of {}; did you mean '{}'? {} --help lists them", words[0],
                                    app.get_name(), base::nearest_name(words[0], names), app.get_name()));
}

/// CLI11 would take "-k" in "-r -k" for the folder's name.
void check_values(const CLI::App& program, const std::vector<std::string>& words) {
  const CLI::App* verb = &program;
  for (size_t i = 0; i + 1 < words.size() && words[i] != "--"; ++i) {
    const auto verbs = verb->get_subcommands([&](const CLI::App* one) { return one->check_name(words[i]); });
    if (!verbs.empty()) {
      verb = verbs.front();
      continue;
    }
    const CLI::Option* option = words[i].starts_with('-') ? verb->get_option_no_throw(words[i]) : nullptr;
    if (option == nullptr || option->get_items_expected_min() == 0) continue;
    const std::string& value = words[++i];
    if (value.size() > 1 && value.starts_with('-') && verb->get_option_no_throw(value) != nullptr)
      throw base::UserError(fmt::format("{}: lacks its value: {} is an option", words[i - 1], value));
  }
}

/// What stands behind the first `mark`; all of it where there is none.
std::string behind(const std::string& text, const std::string& mark) {
  const size_t at = text.find(mark);
  return at == std::string::npos ? text : text.substr(at + mark.size());
}

/// CLI11's errors in the words of all others: option, value, what to do.
std::string what_is_wrong(const CLI::App& verb, const CLI::Error& error) {
  std::string text = error.what();
  const std::string option = text.substr(0, text.find(':'));
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    const std::string words = behind(text, ": "), word = words.substr(0, words.find(' '));
    if (!word.starts_with('-')) return fmt::format("'{}': one word too many", word);
    std::vector<std::string> names;
    for (const CLI::Option* one : verb.get_options())
      for (const std::string& name : one->get_lnames()) names.push_back("--" + name);
    const std::string as_file = word.starts_with("--") ? "" : fmt::format(" A file of that name is ./{}", word);
    return fmt::format("'{}' is no option; did you mean '{}'?{}", word, base::nearest_name(word, names), as_file);
  }
  if (error.get_name() == "ConversionError") {
    const std::string setting = behind(text, ": ");
    return fmt::format("{}: '{}' is not what it takes", setting.substr(0, setting.find(" = ")), behind(setting, " = "));
  }
  if (error.get_name() == "ArgumentMismatch" && text.find("At Most 1") != std::string::npos)
    return option + ": is given more than once; keep one";
  if (error.get_name() == "ArgumentMismatch") return option + ": lacks its value";
  return text;
}

std::string describe(const CLI::App& program, const CLI::Error& error) {
  const CLI::App* verb = &program;
  std::string line = program.get_name();
  while (!verb->get_subcommands().empty()) {
    verb = verb->get_subcommands().front();
    line += " " + verb->get_name();
  }
  return fmt::format("error: {}; see {} --help\n", what_is_wrong(*verb, error), line);
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
  CLI::App app("gerund teaches a computer to name what people are doing in video.", program_name());
  app.set_version_flag("--version", "gerund " GERUND_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  for (const auto& add : verbs()) add(app);
  app.failure_message([](const CLI::App* program, const CLI::Error& error) { return describe(*program, error); });
  check_verb(app, words);
  check_values(app, words);
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // As CLI11 wants them.
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongLine;
  } catch (const ExitCode& code) {
    return code.value;
  }
  return 0;
}

}  // namespace gerund::cli
