#include "catalogue/index.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "catalogue/signer.h"
#include "message_of.h"

namespace gerund::catalogue {
namespace {

using nlohmann::json;
using testing_data::message_of;

Index two_entries() {
  return {{testing_data::entry_of("drawn_base", "one"), testing_data::entry_of("exercises", "two")}};
}

/// What is said of an index in which a field of the second entry was changed.
std::string complaint(const json::json_pointer& field, const json& value) {
  json root = json::parse(print_index(two_entries()));
  root["models"][1][field] = value;
  return message_of([&] { parse_index(root.dump(), "index.json"); });
}

TEST(Index, IsWrittenAndReadBack) {
  const Index read = parse_index(print_index(two_entries()), "index.json");
  ASSERT_EQ(read.entries.size(), 2U);
  EXPECT_EQ(print_index(read), print_index(two_entries()));
  const Entry& entry = read.entries[1];
  EXPECT_EQ(entry.name, "exercises");
  EXPECT_EQ(entry.num_bytes, 3);
  EXPECT_EQ(entry.network.width, 16);
  EXPECT_EQ(entry.classes, (std::vector<std::string>{"left", "right"}));
  EXPECT_EQ(entry.accuracies.at(0).value, 0.75);
  EXPECT_EQ(entry.made_by.at(0), "gerund train");
}

TEST(Index, RefusesFilesOutsideOfItsFolder) {
  for (const char* file : {"../x", "/etc/passwd", "a/../../x", "a//b", "", ".", "..", "a/", "a\\b", "http://x/y",
                           "%2e%2e/x", "a b", "~/x", ".hidden"})
    EXPECT_NE(complaint("/file"_json_pointer, file).find("'file' is wrong"), std::string::npos) << file;
  EXPECT_EQ(complaint("/file"_json_pointer, "more/of-it/x_1.safetensors"), "no UserError was thrown");
}

TEST(Index, RefusesFieldsThatAreWrongAndNamesThem) {
  const std::string sum(64, 'A');
  const std::vector<std::pair<std::string, json>> wrong{{"/name", "../x"},
                                                        {"/name", "drawn_base"},
                                                        {"/size", -1},
                                                        {"/size", 1.5},
                                                        {"/sha256", sum},
                                                        {"/sha256", "12"},
                                                        {"/summary", "\x1b[31m"},
                                                        {"/summary", 3},
                                                        {"/classes", "a"},
                                                        {"/classes", json::array({1})},
                                                        {"/network", nullptr},
                                                        {"/network/width", "16"},
                                                        {"/accuracy/0/value", 1.01},
                                                        {"/parameters", nullptr}};
  for (const auto& [field, value] : wrong) {
    const std::string message = complaint(json::json_pointer(field), value);
    EXPECT_NE(message.find("index.json"), std::string::npos) << field << ": " << message;
  }
  json root = json::parse(print_index(two_entries()));
  root["models"][0].erase("licence");
  const std::string message = message_of([&] { parse_index(root.dump(), "index.json"); });
  EXPECT_NE(message.find("model 1: 'licence' is missing"), std::string::npos) << message;
}

TEST(Index, RefusesOtherTexts) {
  const auto said = [](const std::string& text) { return message_of([&] { parse_index(text, "index.json"); }); };
  EXPECT_NE(said("").find("no JSON"), std::string::npos);
  EXPECT_NE(said("[]").find("no object"), std::string::npos);
  EXPECT_NE(said(R"({"format": "gerund.catalogue/2", "models": []})").find("gerund.catalogue/1"), std::string::npos);
  EXPECT_NE(said(std::string(100000, '[')).find("nested"), std::string::npos);
  EXPECT_NE(said(std::string(kMostIndexBytes + 1, ' ')).find("longer"), std::string::npos);
}

TEST(Index, NamesTheNearestWhereANameIsUnknown) {
  EXPECT_EQ(entry_named(two_entries(), "exercises").name, "exercises");
  const std::string message = message_of([] { entry_named(two_entries(), "exercise"); });
  EXPECT_NE(message.find("did you mean 'exercises'?"), std::string::npos) << message;
}

}  // namespace
}  // namespace gerund::catalogue
