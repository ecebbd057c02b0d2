// spec/resolve.h - replaces ${a.b} and ${eval:...} in the values given.
#pragma once

#include <set>
#include <string>

#include "spec/collect.h"
#include "spec/value.h"

namespace gerund::spec {

/// Replaces every reference in `settings`. A key that is not given has its value in `defaults`, the block at the top of
/// the printed default spec. Names of both dialects work. A value that is one reference takes its target whole (a list,
/// null); inside longer text the target must be a single value. "\${" stands for "${". Throws UserError at the place of
/// the reference for unknown keys, blocks, cycles, unknown resolvers and bad arithmetic.
void resolve_references(Settings& settings, const Value& defaults, const std::set<std::string>& verbs);

/// `text` with each "${" escaped, so that resolving gives `text` again.
std::string escape_references(const std::string& text);

}  // namespace gerund::spec
