// fuzz/catalogue_fuzz.cc - bytes as an index: only UserError may come out, and what parses must survive printing.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "catalogue/index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gerund;
  catalogue::Index index;
  try {
    index = catalogue::parse_index(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const base::UserError&) {
    return 0;
  }
  const std::string printed = catalogue::print_index(index);
  if (catalogue::print_index(catalogue::parse_index(printed, "printed")) != printed) std::abort();
  return 0;
}
