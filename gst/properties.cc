#include "gst/properties.h"

#include <limits>

namespace gerund::gst {
namespace {

/// A type for each alternative of a Member.
template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;  // clang 14 does not deduce aggregates.

template <typename Integer>
Integer bound(double value) {
  if (value >= static_cast<double>(std::numeric_limits<Integer>::max())) return std::numeric_limits<Integer>::max();
  return static_cast<Integer>(value);
}

}  // namespace

GParamSpec* make_spec(const char* name, const char* nick, const char* help, const Member& member, double low,
                      double high, GParamFlags flags) {
  return std::visit(
      Overloaded{[&](const std::string* text) { return g_param_spec_string(name, nick, help, text->c_str(), flags); },
                 [&](const int* number) {
                   return g_param_spec_int(name, nick, help, bound<int>(low), bound<int>(high), *number, flags);
                 },
                 [&](const int64_t* number) {
                   return g_param_spec_int64(name, nick, help, bound<gint64>(low), bound<gint64>(high), *number, flags);
                 },
                 [&](const size_t* number) {
                   return g_param_spec_uint64(name, nick, help, bound<guint64>(low), bound<guint64>(high), *number,
                                              flags);
                 },
                 [&](const double* number) { return g_param_spec_double(name, nick, help, low, high, *number, flags); },
                 [&](const bool* flag) { return g_param_spec_boolean(name, nick, help, *flag ? TRUE : FALSE, flags); },
                 [&](const EnumMember& choice) {
                   return g_param_spec_enum(name, nick, help, choice.type, choice.get(), flags);
                 }},
      member);
}

void assign(const Member& member, const GValue* value) {
  std::visit(Overloaded{[&](std::string* text) {
                          const gchar* given = g_value_get_string(value);
                          *text = given != nullptr ? given : "";
                        },
                        [&](int* number) { *number = g_value_get_int(value); },
                        [&](int64_t* number) { *number = g_value_get_int64(value); },
                        [&](size_t* number) { *number = g_value_get_uint64(value); },
                        [&](double* number) { *number = g_value_get_double(value); },
                        [&](bool* flag) { *flag = g_value_get_boolean(value) == TRUE; },
                        [&](const EnumMember& choice) { choice.set(g_value_get_enum(value)); }},
             member);
}

void read(const Member& member, GValue* value) {
  std::visit(Overloaded{[&](const std::string* text) { g_value_set_string(value, text->c_str()); },
                        [&](const int* number) { g_value_set_int(value, *number); },
                        [&](const int64_t* number) { g_value_set_int64(value, *number); },
                        [&](const size_t* number) { g_value_set_uint64(value, *number); },
                        [&](const double* number) { g_value_set_double(value, *number); },
                        [&](const bool* flag) { g_value_set_boolean(value, *flag ? TRUE : FALSE); },
                        [&](const EnumMember& choice) { g_value_set_enum(value, choice.get()); }},
             member);
}

}  // namespace gerund::gst
