#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "spec/load.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::string path;
  std::vector<std::string> overrides;
  bool reference = false;
  bool tao_reference = false;
};

void run_spec(const Arguments& arguments) {
  if (arguments.reference) {
    fmt::print("{}", spec::reference_markdown());
    return;
  }
  if (arguments.tao_reference) {
    fmt::print("{}", spec::moving_markdown());
    return;
  }
  if (arguments.path.empty()) throw base::UserError("spec: no file given; usage: gerund spec FILE [key=value ...]");
  const spec::Loaded loaded = spec::load(arguments.path, arguments.overrides);
  for (const std::string& warning : loaded.warnings) base::log_warning(warning);
  fmt::print("{}", spec::print(loaded.experiment));
}

}  // namespace

void add_spec(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("spec", "Prints the canonical spec that a spec file resolves to");
  verb->add_option("file", arguments->path, "YAML spec, old or new dialect")->type_name(kFile);
  CLI::Option* words =
      verb->add_option("overrides", arguments->overrides, "key=value: changes the spec")->type_name("");
  set_word_kinds(*words, {false, Keys::spec});
  verb->add_flag("--reference", arguments->reference, "Prints the table of all keys (docs/spec.md) instead");
  verb->add_flag("--tao-reference", arguments->tao_reference,
                 "Prints what becomes of all keys of TAO's specs (docs/from-tao.md) instead");
  verb->callback([arguments] { run_spec(*arguments); });
}

}  // namespace gerund::cli
