// The program gerund-runtime, for machines that run networks and train none.
#include <array>

#include "cli/verbs.h"

namespace gerund::cli {

std::string program_name() {
  return "gerund-runtime";
}

std::span<const AddVerb> verbs() {
  static constexpr std::array kVerbs{add_bench, add_deploy, add_completion, add_man};
  return kVerbs;
}

PrintTable table_printer() {
  return nullptr;
}

}  // namespace gerund::cli
