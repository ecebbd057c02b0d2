#include "base/utf8.h"

namespace gerund::base {
namespace {

/// Lives as long as the process; null on a system without it.
locale_t utf8_locale() {
  static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kLocale;
}

}  // namespace

Utf8Characters::Utf8Characters() : before_(uselocale(utf8_locale())) {}

Utf8Characters::~Utf8Characters() {
  uselocale(before_);
}

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace gerund::base
