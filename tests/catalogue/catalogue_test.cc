#include "catalogue/catalogue.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "catalogue/signer.h"
#include "http_server.h"
#include "message_of.h"
#include "small_videos.h"

namespace gerund::catalogue {
namespace {

namespace fs = std::filesystem;
using testing_data::message_of;

class CatalogueTest : public testing::Test {
 protected:
  CatalogueTest() : folder_("catalogue") {
    index_.entries = {testing_data::entry_of("one", "bytes of one"), testing_data::entry_of("two", "bytes of two")};
    base::write_file(mirror() / "one.safetensors", "bytes of one");
    base::write_file(mirror() / "two.safetensors", "bytes of two");
    testing_data::write_index(mirror(), index_, signer_);
  }

  fs::path mirror() const { return folder_.path() / "mirror"; }
  Settings settings(Source source) const {
    Settings settings;
    settings.source = std::move(source);
    settings.key = signer_.key();
    settings.cache = folder_.path() / "cache";
    settings.download.wait = [](std::chrono::milliseconds) {};
    return settings;
  }
  Catalogue from_mirror() const { return Catalogue(settings(source_from(mirror().string(), "V"))); }
  Catalogue shipped() const { return Catalogue(settings(shipped_source(mirror()))); }
  std::string complaint() const {
    return message_of([&] { from_mirror(); });
  }

  testing_data::TemporaryFolder folder_;
  testing_data::Signer signer_;
  Index index_;
  base::Progress silent_;
};

TEST_F(CatalogueTest, FetchesIntoTheCacheOnceByContent) {
  const Catalogue catalogue = from_mirror();
  const Entry& entry = entry_named(catalogue.index(), "one");
  EXPECT_EQ(catalogue.state_of(entry), State::absent);
  const fs::path path = catalogue.obtain(entry, silent_);
  EXPECT_EQ(path, folder_.path() / "cache" / entry.sha256.substr(0, 16) / "one.safetensors");
  EXPECT_EQ(base::read_file(path), "bytes of one");
  EXPECT_EQ(catalogue.state_of(entry), State::right);
  fs::remove(mirror() / "one.safetensors");
  EXPECT_EQ(catalogue.obtain(entry, silent_), path);  // It is not asked for again.
}

TEST_F(CatalogueTest, FetchesAnewWhatWasAlteredInTheCache) {
  const Catalogue catalogue = from_mirror();
  const Entry& entry = entry_named(catalogue.index(), "one");
  base::write_file(catalogue.path_of(entry), "bytes of 0ne");
  EXPECT_EQ(catalogue.state_of(entry), State::altered);
  EXPECT_EQ(base::read_file(catalogue.obtain(entry, silent_)), "bytes of one");
}

TEST_F(CatalogueTest, UsesShippedFilesWhereTheyLieAndNeverUnchecked) {
  const Catalogue catalogue = shipped();
  const Entry& entry = entry_named(catalogue.index(), "two");
  EXPECT_EQ(catalogue.obtain(entry, silent_), mirror() / "two.safetensors");
  EXPECT_FALSE(fs::exists(folder_.path() / "cache"));
  base::write_file(mirror() / "two.safetensors", "bytes of tw0");
  EXPECT_NE(message_of([&] { catalogue.obtain(entry, silent_); }).find("two.safetensors: is not the file"),
            std::string::npos);
  fs::remove(mirror() / "two.safetensors");
  EXPECT_NE(message_of([&] { catalogue.obtain(entry, silent_); }).find("make catalogue"), std::string::npos);
}

TEST_F(CatalogueTest, RefusesAnIndexThatIsNotSignedOrWasAltered) {
  const std::string index = base::read_file(mirror() / kIndexFile);
  base::write_file(mirror() / kIndexFile, index + "\n");
  EXPECT_NE(complaint().find("index.json: was altered"), std::string::npos) << complaint();
  base::write_file(mirror() / kIndexFile, index);
  base::write_file(mirror() / kSignatureFile, "untrusted comment: nothing\n");
  EXPECT_NE(complaint().find("signature"), std::string::npos) << complaint();
  base::write_file(mirror() / kSignatureFile, std::string(5000, 'x'));
  EXPECT_NE(complaint().find("longer"), std::string::npos) << complaint();
  fs::remove(mirror() / kSignatureFile);
  EXPECT_NE(complaint().find("is not signed, so it is not used"), std::string::npos) << complaint();
}

TEST_F(CatalogueTest, RefusesAnIndexThatSomebodyElseHasSigned) {
  testing_data::Signer other;
  testing_data::write_index(mirror(), index_, other);
  EXPECT_NE(complaint().find("altered"), std::string::npos) << complaint();  // Their numbers are both 0.
}

TEST_F(CatalogueTest, RefusesAPathOutOfItsFolderEvenWhereItIsSigned) {
  index_.entries[1].file = "../secret";
  testing_data::write_index(mirror(), index_, signer_);
  EXPECT_NE(complaint().find("'../secret' is no path below the index"), std::string::npos) << complaint();
}

TEST_F(CatalogueTest, RefusesAnIndexThatIsTooLong) {
  base::write_file(mirror() / kIndexFile, std::string(kMostIndexBytes + 1, ' '));
  EXPECT_NE(complaint().find("longer"), std::string::npos) << complaint();
}

TEST_F(CatalogueTest, ComesFromAServerToo) {
  const testing_data::HttpServer server([&](const testing_data::Request& request) {
    if (!request.path.starts_with("/models/")) return testing_data::answer("404 No", "");
    return testing_data::ranged_answer(request, base::read_file(mirror() / request.path.substr(8)));
  });
  const Catalogue catalogue(settings(source_from(server.url() + "/models", "V")));
  EXPECT_EQ(base::read_file(catalogue.obtain(catalogue.index().entries[1], silent_)), "bytes of two");
  const std::string message = message_of([&] { Catalogue other(settings(source_from(server.url() + "/other", "V"))); });
  EXPECT_NE(message.find("/other/index.json: the server answers 404"), std::string::npos) << message;
}

TEST_F(CatalogueTest, SaysThatThereIsNoServer) {
  std::string url;
  {
    const testing_data::HttpServer gone([](const testing_data::Request&) { return std::string(); });
    url = gone.url();
  }
  const std::string message = message_of([&] { Catalogue catalogue(settings(source_from(url, "V"))); });
  EXPECT_NE(message.find("index.json: cannot be had"), std::string::npos) << message;
}

}  // namespace
}  // namespace gerund::catalogue
