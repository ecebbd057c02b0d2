// fuzz/deploy_fuzz.cc - bytes as a key file, as labels and as a configuration of gerund's own: only
// UserError may come out, and a configuration that reads must survive printing.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "deploy/config_file.h"
#include "deploy/key_file.h"
#include "deploy/label_file.h"

namespace {

using namespace gerund;

template <typename Call>
void allow_user_errors(const Call& call) {
  try {
    call();
  } catch (const base::UserError&) {
    return;
  }
}

void check_key_file(const std::string& text) {
  const spec::Value file = deploy::parse_key_file(text, "f");
  for (const spec::Entry& group : file.entries) {
    for (const spec::Entry& entry : group.value.entries) {
      deploy::list_of(entry.value);
      deploy::plain_text(entry.value);
      deploy::without_remark(entry.value);
    }
  }
}

void check_config(const std::string& text) {
  if (text.find("labels") != std::string::npos) return;  // its text may name a file
  std::vector<std::string> warnings;
  deploy::AppConfig config;
  try {
    config = deploy::parse_config(text, "f", {}, warnings);
  } catch (const base::UserError&) {
    return;
  }
  if (!(deploy::parse_config(deploy::print_config(config), "printed", {}, warnings) == config)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  allow_user_errors([&] { check_key_file(text); });
  allow_user_errors([&] { deploy::parse_labels(text, "f"); });
  check_config(text);
  return 0;
}
