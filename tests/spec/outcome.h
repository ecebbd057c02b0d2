// tests/spec/outcome.h - what a spec text came to: its experiment, its warnings or its message.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "spec/load.h"

namespace gerund::spec {

/// Parses `text` as "s.yaml".
inline Loaded loaded(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse(text, "s.yaml", overrides);
}

inline Experiment experiment_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return loaded(text, overrides).experiment;
}

inline std::vector<std::string> warnings_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return loaded(text, overrides).warnings;
}

/// The message of the UserError that parsing throws.
inline std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    loaded(text, overrides);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace gerund::spec
