// tests/graph/expect_text.h - what a message or a list must hold.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gerund {

/// True where `text` holds every one of `parts`; else says which is missing.
inline testing::AssertionResult holds(const std::string& text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (text.find(part) == std::string::npos) {
      return testing::AssertionFailure() << "'" << part << "' is missing in: " << text;
    }
  }
  return testing::AssertionSuccess();
}

inline std::vector<float> list_of(std::span<const float> values) {
  return {values.begin(), values.end()};
}

}  // namespace gerund
