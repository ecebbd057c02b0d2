// fuzz/tensor_torch_fuzz.cc - bytes as a file of torch.save: only UserError may come out.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "tensor/pickle.h"
#include "tensor/torch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto parse : {+[](std::string_view part) { gerund::tensor::parse_torch_file(part, "fuzz"); },
                           +[](std::string_view part) { gerund::tensor::parse_pickle(part, "fuzz"); }}) {
    try {
      parse(bytes);
    } catch (const gerund::base::UserError&) {
      continue;
    }
  }
  return 0;
}
