// spec/expression.h - arithmetic of ${eval:...}.
#pragma once

#include <string>

namespace gerund::spec {

/// The value of numbers joined by + - * / // (rounds down) and parentheses, as text: "8" for a whole number, else with
/// a point. Quotes around the whole are dropped. Throws UserError (without a place) for anything else, a division by
/// zero or a result that is not finite.
std::string evaluate_expression(const std::string& text);

}  // namespace gerund::spec
