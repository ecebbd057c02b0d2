// fuzz/tensor_fuzz.cc - bytes as a safetensors file: only UserError may come out.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "tensor/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    gerund::tensor::parse_safetensors(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const gerund::base::UserError&) {
    return 0;
  }
  return 0;
}
