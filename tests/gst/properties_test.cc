// The properties of all elements: described, within their ranges, with the defaults that their descriptions name.
#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

#include "gst/handles.h"

namespace gerund::gst {
namespace {

constexpr const char* kNames[] = {"gerundsrcbin",  "gerundroi",     "gerundinfer", "gerundevents",
                                  "gerundoverlay", "gerundpublish", "gerundbin"};

class Elements : public testing::TestWithParam<const char*> {
 protected:
  Elements() : element_(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make(GetParam(), nullptr)))) {}

  /// Those that the element has by itself.
  std::vector<GParamSpec*> own_properties() {
    guint count = 0;
    GParamSpec** all = g_object_class_list_properties(G_OBJECT_GET_CLASS(element_.get()), &count);
    std::vector<GParamSpec*> own;
    for (guint i = 0; i < count; ++i)
      if (all[i]->owner_type == G_OBJECT_TYPE(element_.get())) own.push_back(all[i]);
    g_free(all);
    return own;
  }
  ElementHandle element_;
};

TEST_P(Elements, DescribeThemselves) {
  GstElementClass* klass = GST_ELEMENT_GET_CLASS(element_.get());
  for (const char* key : {GST_ELEMENT_METADATA_LONGNAME, GST_ELEMENT_METADATA_KLASS, GST_ELEMENT_METADATA_DESCRIPTION,
                          GST_ELEMENT_METADATA_AUTHOR}) {
    const gchar* text = gst_element_class_get_metadata(klass, key);
    ASSERT_NE(text, nullptr) << key;
    EXPECT_NE(*text, '\0') << key;
  }
  EXPECT_NE(gst_element_class_get_pad_template(klass, "src"), nullptr);
}

TEST_P(Elements, DescribeTheirProperties) {
  const auto properties = own_properties();
  EXPECT_FALSE(properties.empty());
  for (GParamSpec* spec : properties) {
    const char* nick = g_param_spec_get_nick(spec);
    const char* blurb = g_param_spec_get_blurb(spec);
    ASSERT_TRUE(nick != nullptr && blurb != nullptr) << spec->name;
    EXPECT_STRNE(nick, spec->name) << "no nick";
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(*nick))) << spec->name;
    EXPECT_NE(*blurb, '\0') << spec->name;
    EXPECT_NE(spec->flags & G_PARAM_READABLE, 0) << spec->name;
  }
}

TEST_P(Elements, HaveTheDefaultsThatTheyName) {
  for (GParamSpec* spec : own_properties()) {
    GValue value = G_VALUE_INIT;
    g_value_init(&value, spec->value_type);
    g_object_get_property(G_OBJECT(element_.get()), spec->name, &value);
    EXPECT_TRUE(g_param_value_defaults(spec, &value)) << spec->name;
    EXPECT_FALSE(g_param_value_validate(spec, &value)) << spec->name << ": the default is out of range";
    g_value_unset(&value);
  }
}

/// Two numbers just outside of the range, where there is room outside.
std::vector<std::string> texts_outside(GParamSpec* spec) {
  if (G_IS_PARAM_SPEC_INT(spec)) {
    const auto* number = G_PARAM_SPEC_INT(spec);
    std::vector<std::string> texts{std::to_string(int64_t{number->minimum} - 1)};
    if (number->maximum < G_MAXINT) texts.push_back(std::to_string(number->maximum + 1));
    return texts;
  }
  if (G_IS_PARAM_SPEC_INT64(spec)) {
    const auto* number = G_PARAM_SPEC_INT64(spec);
    return {std::to_string(number->minimum - 1), std::to_string(number->maximum + 1)};
  }
  if (G_IS_PARAM_SPEC_DOUBLE(spec)) {
    const auto* number = G_PARAM_SPEC_DOUBLE(spec);
    return {std::to_string(number->minimum - 1), std::to_string(number->maximum * 2 + 1)};
  }
  return {};
}

TEST_P(Elements, RefuseNumbersOutOfRange) {
  for (GParamSpec* spec : own_properties()) {
    if ((spec->flags & G_PARAM_WRITABLE) == 0) continue;
    for (const std::string& text : texts_outside(spec)) {
      GValue value = G_VALUE_INIT;
      g_value_init(&value, spec->value_type);
      if (gst_value_deserialize(&value, text.c_str()) == TRUE) {
        EXPECT_TRUE(g_param_value_validate(spec, &value)) << spec->name << "=" << text << " is taken";
      }
      g_value_unset(&value);
    }
  }
}

TEST_P(Elements, TakeNoTextForEmptyText) {
  for (GParamSpec* spec : own_properties()) {
    if (!G_IS_PARAM_SPEC_STRING(spec)) continue;
    g_object_set(element_.get(), spec->name, nullptr, nullptr);
    gchar* text = nullptr;
    g_object_get(element_.get(), spec->name, &text, nullptr);
    EXPECT_STREQ(text, "") << spec->name;
    g_free(text);
  }
}

TEST_P(Elements, AreMadeAndUnmade) {
  for (int i = 0; i < 50; ++i) {
    const ElementHandle element(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make(GetParam(), nullptr))));
    gst_element_set_state(element.get(), GST_STATE_READY);
    gst_element_set_state(element.get(), GST_STATE_NULL);
    ASSERT_EQ(GST_OBJECT_REFCOUNT_VALUE(element.get()), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Elements, testing::ValuesIn(kNames),
                         [](const testing::TestParamInfo<const char*>& name) { return std::string(name.param); });

TEST(Properties, KeepTheirValueWhenANumberIsRefused) {
  const ElementHandle element(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("gerundinfer", nullptr))));
  // GObject warns of it.
  static int num_warnings = 0;
  num_warnings = 0;
  const GLogFunc before =
      g_log_set_default_handler([](const gchar*, GLogLevelFlags, const gchar*, gpointer) { ++num_warnings; }, nullptr);
  g_object_set(element.get(), "batch-size", 0, "stride", -1, "max-regions", guint64{70000}, "region-ttl", -1.0,
               nullptr);
  g_log_set_default_handler(before, nullptr);
  gint batch = 0, stride = -2;
  guint64 regions = 0;
  gdouble ttl = 0;
  g_object_get(element.get(), "batch-size", &batch, "stride", &stride, "max-regions", &regions, "region-ttl", &ttl,
               nullptr);
  EXPECT_EQ(batch, 1);
  EXPECT_EQ(stride, 0);
  EXPECT_EQ(regions, 256U);
  EXPECT_EQ(ttl, 2);
  EXPECT_EQ(num_warnings, 4);
}

}  // namespace
}  // namespace gerund::gst
