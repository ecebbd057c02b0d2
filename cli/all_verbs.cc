// The program gerund.
#include <array>

#include "cli/bench_table.h"
#include "cli/verbs.h"

namespace gerund::cli {

std::string program_name() {
  return "gerund";
}

std::span<const AddVerb> verbs() {
  static constexpr std::array<AddVerb, 17> kVerbs{add_train,      add_sweep, add_find_lr,  add_evaluate, add_infer,
                                                  add_export,     add_spec,  add_describe, add_bench,    add_deploy,
                                                  add_parity,     add_synth, add_demo,     add_models,   add_dataset,
                                                  add_completion, add_man};
  return kVerbs;
}

PrintTable table_printer() {
  return print_speed_table;
}

}  // namespace gerund::cli
