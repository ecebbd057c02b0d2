#include "cli/models_verbs.h"
#include "cli/verbs.h"

namespace gerund::cli {

void add_models(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("models", "Trained networks: those of the catalogue, and those of others");
  verb->require_subcommand(1);
  add_models_list(*verb);
  add_models_show(*verb);
  add_models_pull(*verb);
  add_models_verify(*verb);
  add_models_import(*verb);
  add_models_add(*verb);
}

}  // namespace gerund::cli
