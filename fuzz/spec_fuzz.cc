// fuzz/spec_fuzz.cc - spec text and one override: only UserError may come out, and what parses must survive printing.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "spec/load.h"

namespace {

/// The first byte says how many bytes at the end are an override; the rest is the file.
void check(const std::string& input) {
  using namespace gerund;
  if (input.empty()) return;
  const std::string text = input.substr(1);
  const size_t override_bytes = std::min<size_t>(static_cast<unsigned char>(input[0]) % 64U, text.size());
  std::vector<std::string> overrides;
  if (override_bytes > 0) overrides.push_back(text.substr(text.size() - override_bytes));
  spec::Experiment experiment;
  try {
    experiment = spec::parse(text.substr(0, text.size() - override_bytes), "f", overrides).experiment;
  } catch (const base::UserError&) {
    return;
  }
  if (!(spec::parse(spec::print(experiment), "printed", {}).experiment == experiment)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
