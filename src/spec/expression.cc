#include "spec/expression.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

#include "base/error.h"
#include "spec/value.h"

namespace gerund::spec {
namespace {

/// Recursive descent: sum = product {+- product}; product = factor {* / // factor}; factor = [+-] number | ( sum ).
class Calculator {
 public:
  explicit Calculator(std::string_view text) : text_(text) {}

  double run() {
    const double result = sum(0);
    if (peek() != '\0' || at_ < text_.size()) refuse("cannot be read");
    if (!std::isfinite(result)) refuse("is not a finite number");
    return result;
  }

 private:
  double sum(int level) {
    double result = product(level);
    while (peek() == '+' || peek() == '-') result += take() == '+' ? product(level) : -product(level);
    return result;
  }

  double product(int level) {
    double result = factor(level);
    while (peek() == '*' || peek() == '/') {
      const bool times = take() == '*';
      const bool floor = !times && at_ < text_.size() && text_[at_] == '/';
      if (floor) ++at_;
      const double right = factor(level);
      if (!times && right == 0) refuse("divides by zero");
      result = times ? result * right : result / right;
      if (floor) result = std::floor(result);
    }
    return result;
  }

  double factor(int level) {
    constexpr int kMostLevels = 50;
    if (level > kMostLevels) refuse("is nested too deep");
    if (peek() == '-' || peek() == '+') return take() == '-' ? -factor(level + 1) : factor(level + 1);
    if (peek() != '(') return number();
    take();
    const double result = sum(level + 1);
    if (peek() != ')') refuse("has a ( without its )");
    take();
    return result;
  }

  double number() {
    peek();  // skips blanks
    double result = 0;
    const char* end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(text_.data() + at_, end, result);
    if (error != std::errc()) refuse("cannot be read");
    at_ = static_cast<size_t>(stop - text_.data());
    return result;
  }

  /// The next character that is not blank, '\0' at the end.
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  char take() { return text_[at_++]; }

  [[noreturn]] void refuse(const char* message) const {
    throw base::UserError(fmt::format("the expression '{}' {}; allowed: numbers with + - * / // and parentheses",
                                      excerpt(std::string(text_)), message));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string evaluate_expression(const std::string& text) {
  std::string_view inner = text;
  const bool quoted =
      inner.size() >= 2 && (inner.front() == '\'' || inner.front() == '"') && inner.back() == inner.front();
  if (quoted) inner = inner.substr(1, inner.size() - 2);
  const double result = Calculator(inner).run();
  constexpr double kExact = 9007199254740992.0;  // 2^53: whole numbers up to here are exact
  if (result == std::floor(result) && std::abs(result) <= kExact)
    return fmt::format("{}", static_cast<int64_t>(result));
  return fmt::format("{}", result);
}

}  // namespace gerund::spec
