// fuzz/base_minisign_fuzz.cc - bytes as a signature and as a key: only UserError may come out, and none may be right.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/minisign.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gerund;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    base::parse_public_key(text, "fuzz");
  } catch (const base::UserError&) {
  }
  static const base::PublicKey key =
      base::parse_public_key("RWQ18j0wubNt9DS+SxOdM+F8a/xwH70r2Gee7gfja3L64YtjDbBRv3bz", "golden");
  try {
    base::verify_minisign("fuzz", text, key, "fuzz");
  } catch (const base::UserError&) {
    return 0;
  }
  std::abort();
}
