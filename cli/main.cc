// cli/main.cc - the program: its table of verbs, and the door at which exceptions become exit codes (docs/formats.md).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "base/error.h"
#include "base/interrupt.h"
#include "cli/verbs.h"

namespace {

using namespace gerund;

constexpr int kInternal = 1;
constexpr int kUserError = 2;
constexpr int kMissingRecipe = 4;
constexpr int kInterrupted = 130;

constexpr std::array kVerbs{cli::add_train, cli::add_evaluate, cli::add_infer, cli::add_export,
                            cli::add_spec,  cli::add_describe, cli::add_synth, cli::add_demo};

int run(int argc, char** argv) {
  CLI::App app("gerund teaches a computer to name what people are doing in video.", "gerund");
  app.set_version_flag("--version", "gerund " GERUND_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  for (const auto& add : kVerbs) add(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUserError;
  }
  return 0;
}

int fail(const std::exception& error, int code) {
  fmt::print(stderr, "error: {}\n", error.what());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  base::catch_interrupts();
  try {
    return run(argc, argv);
  } catch (const base::MissingRecipe& error) {
    return fail(error, kMissingRecipe);
  } catch (const base::UserError& error) {
    return fail(error, kUserError);
  } catch (const base::Interrupted& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kInterrupted;
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "internal error: {}\nThis is a bug of gerund, not yours. Please report it with the command line.\n",
               error.what());
    return kInternal;
  }
}
