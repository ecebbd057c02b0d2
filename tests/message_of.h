// tests/message_of.h - the words of the UserError that a call throws.
#pragma once

#include <string>

#include "base/error.h"

namespace gerund::testing_data {

template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "no UserError was thrown";
}

}  // namespace gerund::testing_data
