#include "catalogue/source.h"

#include <gtest/gtest.h>

#include "message_of.h"

namespace gerund::catalogue {
namespace {

TEST(Source, IsAFolderOrAUrl) {
  EXPECT_EQ(source_from("/mirror/models", "V").folder, "/mirror/models");
  EXPECT_EQ(source_from("mirror", "V").folder, "mirror");
  EXPECT_EQ(source_from("file:///mirror/my%20models", "V").folder, "/mirror/my models");
  EXPECT_EQ(source_from("file://localhost/mirror", "V").folder, "/mirror");
  EXPECT_EQ(source_from("https://host/models", "V").url, "https://host/models/");
  EXPECT_EQ(source_from("https://host/models/index.json", "V").url, "https://host/models/");
  EXPECT_EQ(place_of(source_from("https://host/models/", "V"), "a.b"), "https://host/models/a.b");
}

TEST(Source, TakesNoUnsecuredServerButThisMachine) {
  for (const char* url : {"http://127.0.0.1:8000/m", "http://localhost/m", "http://[::1]:80/m"})
    EXPECT_FALSE(source_from(url, "V").url.empty()) << url;
  for (const char* url : {"http://host/m", "http://localhost.host/m", "http://127.0.0.1@host/m", "http://127.0.0.12/m",
                          "ftp://host/m", "file://host/m", "file://m", "", "http://[::1]x/m"}) {
    const std::string message = testing_data::message_of([&] { source_from(url, "GERUND_CATALOGUE"); });
    EXPECT_NE(message.find("GERUND_CATALOGUE: "), std::string::npos) << url << ": " << message;
  }
}

}  // namespace
}  // namespace gerund::catalogue
