// gst/properties.h - the properties of an element as a table over its settings: name, help, range; the default is the
// settings' own. Setting, reading, gst-inspect and ranges follow from it.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gerund::gst {

/// One of a set of names.
struct EnumMember {
  GType type = G_TYPE_INVALID;
  std::function<int()> get;
  std::function<void(int)> set;
};

/// Where a property's value lives.
using Member = std::variant<std::string*, int*, int64_t*, size_t*, double*, bool*, EnumMember>;

/// An enum `value` of a type that g_enum_register_static made.
template <typename Enum>
Member enum_member(GType type, Enum& value) {
  return EnumMember{type, [&value] { return static_cast<int>(value); },
                    [&value](int number) { value = static_cast<Enum>(number); }};
}

/// GObject's description of a property that now has the default value.
GParamSpec* make_spec(const char* name, const char* nick, const char* help, const Member& member, double low,
                      double high, GParamFlags flags);
void assign(const Member& member, const GValue* value);
void read(const Member& member, GValue* value);

template <typename Settings>
struct Property {
  const char* name;
  const char* nick;
  const char* help;
  std::function<Member(Settings&)> member;
  double low = 0;  ///< Of numbers.
  double high = 0;
  bool at_any_time = false;  ///< May change while the element runs; else only before.
};

/// Properties get the ids 1, 2, ... in the order of the table.
template <typename Settings>
void install_properties(GObjectClass* object, const std::vector<Property<Settings>>& table) {
  Settings defaults;
  guint id = 0;
  for (const Property<Settings>& property : table) {
    const int mutability = property.at_any_time ? GST_PARAM_MUTABLE_PLAYING : GST_PARAM_MUTABLE_READY;
    const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | mutability);
    g_object_class_install_property(object, ++id,
                                    make_spec(property.name, property.nick, property.help, property.member(defaults),
                                              property.low, property.high, flags));
  }
}

/// Sets property `id` under the object's lock. False for an id that is not in the table.
template <typename Settings>
bool set_property_of(GObject* object, Settings& settings, const std::vector<Property<Settings>>& table, guint id,
                     const GValue* value) {
  if (id < 1 || id > table.size()) return false;
  GST_OBJECT_LOCK(object);
  assign(table[id - 1].member(settings), value);
  GST_OBJECT_UNLOCK(object);
  return true;
}

template <typename Settings>
bool get_property_of(GObject* object, Settings& settings, const std::vector<Property<Settings>>& table, guint id,
                     GValue* value) {
  if (id < 1 || id > table.size()) return false;
  GST_OBJECT_LOCK(object);
  read(table[id - 1].member(settings), value);
  GST_OBJECT_UNLOCK(object);
  return true;
}

/// The settings as they are now, under the object's lock.
template <typename Settings>
Settings snapshot(gpointer object, const Settings& settings) {
  GST_OBJECT_LOCK(object);
  Settings copy = settings;
  GST_OBJECT_UNLOCK(object);
  return copy;
}

}  // namespace gerund::gst
