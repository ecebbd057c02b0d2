// gerund models list, show, pull, verify and add, and catalogue:NAME, on catalogues that the tests sign.
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "catalogue/signer.h"
#include "http_server.h"
#include "trained_program.h"

namespace gerund {
namespace {

class CatalogueVerbs : public Cli {
 protected:
  void SetUp() override {
    fs::remove_all(mirror());
    fs::remove_all(cache());
    base::write_file(mirror() / "sides.safetensors", base::read_file(dir() / "results/train/best.safetensors"));
    base::write_file(dir() / "mirror.pub", signer_.public_key_text());
    setenv("XDG_CACHE_HOME", cache().c_str(), 1);
    setenv("GERUND_CATALOGUE", "mirror", 1);
    setenv("GERUND_CATALOGUE_KEY", "mirror.pub", 1);
    const Outcome added = run(
        "models add mirror/sides.safetensors --index mirror/index.json --licence Apache-2.0 --summary 'Tells sides.' "
        "--made-by 'gerund train'");
    ASSERT_EQ(added.code, 0) << added.err;
    sign();
  }
  void TearDown() override {
    for (const char* name : {"GERUND_CATALOGUE", "GERUND_CATALOGUE_KEY", "XDG_CACHE_HOME"}) unsetenv(name);
  }

  static fs::path mirror() { return dir() / "mirror"; }
  static fs::path cache() { return dir() / "cache"; }
  void sign() const {
    base::write_file(mirror() / "index.json.minisig", signer_.signature_of(base::read_file(mirror() / "index.json")));
  }
  static std::string pulled() { return run("models pull sides").out; }
  static bool holds(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }
  /// Serves the mirror.
  static std::string serve(const testing_data::Request& request) {
    const fs::path path = mirror() / request.path.substr(1);
    return fs::exists(path) ? testing_data::ranged_answer(request, base::read_file(path))
                            : testing_data::answer("404 Not Found", "");
  }

  testing_data::Signer signer_;
};

TEST_F(CatalogueVerbs, ListShowsWhatThereIsWithinAHundredColumns) {
  const Outcome listed = run("models list");
  ASSERT_EQ(listed.code, 0) << listed.err;
  EXPECT_TRUE(holds(listed.out, "sides  resnet_18 3d, width 4")) << listed.out;
  std::istringstream lines(listed.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  EXPECT_EQ(nlohmann::json::parse(run("models list --json").out).at("models").size(), 1U);
  EXPECT_FALSE(holds(listed.out, "fetched"));
  pulled();
  EXPECT_TRUE(holds(run("models list").out, "fetched"));
}

TEST_F(CatalogueVerbs, ShowSaysWhatAddHasFoundInTheCheckpoint) {
  const Outcome shown = run("models show sides");
  for (const char* words : {"Tells sides.", "left, right (2)", "num_frames: 4", "gerund train", "not here yet"})
    EXPECT_TRUE(holds(shown.out, words)) << words << " is not in: " << shown.out;
  const auto entry = nlohmann::json::parse(run("models show sides --json").out);
  const auto described = nlohmann::json::parse(run("describe results/train/best.safetensors --json").out);
  EXPECT_EQ(entry.at("parameters"), described.at("parameters"));
  EXPECT_EQ(entry.at("multiply_adds"), described.at("macs"));
  EXPECT_EQ(entry.at("recipe"), described.at("recipe"));
  expect_user_error(run("models show side"), {"'side' is not in the catalogue", "did you mean 'sides'"});
}

TEST_F(CatalogueVerbs, AddTakesTheAccuracyThatWasMeasured) {
  ASSERT_EQ(run("evaluate mirror/sides.safetensors clips/test -r measured").code, 0);
  const Outcome added =
      run("models add mirror/sides.safetensors --index mirror/index.json --licence MIT --summary Again "
          "--results measured/evaluate/results.json --split 'six clips' --command 'gerund evaluate'");
  ASSERT_EQ(added.code, 0) << added.err;
  const auto index = nlohmann::json::parse(base::read_file(mirror() / "index.json"));
  ASSERT_EQ(index.at("models").size(), 1U);  // Replaced.
  EXPECT_EQ(index.at("models")[0].at("accuracy")[0].at("clips"), 6);
  expect_user_error(run("models list"), {"index.json: was altered since it was signed"});
  sign();
  EXPECT_EQ(run("models list").code, 0);
}

TEST_F(CatalogueVerbs, PullFetchesOnceAndPrintsWhere) {
  const Outcome first = run("models pull sides");
  ASSERT_EQ(first.code, 0) << first.err;
  const std::string path = first.out.substr(0, first.out.size() - 1);
  EXPECT_TRUE(path.starts_with((cache() / "gerund" / "models").string())) << path;
  EXPECT_EQ(base::read_file(path), base::read_file(mirror() / "sides.safetensors"));
  const Outcome second = run("models pull sides");
  EXPECT_EQ(second.out, first.out);
  EXPECT_TRUE(holds(second.err, "sides is here already")) << second.err;
  ASSERT_EQ(run("models pull sides --to weights").out, "weights/sides.safetensors\n");
  EXPECT_TRUE(holds(run("models pull sides --to weights").err, "is here already"));
  base::write_file(dir() / "weights/sides.safetensors", "mine");
  expect_user_error(run("models pull sides --to weights"), {"weights/sides.safetensors already exists", "--force"});
  EXPECT_EQ(base::read_file(dir() / "weights/sides.safetensors"), "mine");
  EXPECT_EQ(run("models pull sides --to weights --force").code, 0);
}

TEST_F(CatalogueVerbs, PullComesFromAServer) {
  const testing_data::HttpServer server(serve);
  setenv("GERUND_CATALOGUE", server.url().c_str(), 1);
  const Outcome outcome = run("models pull sides");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, " kB")) << outcome.err;
}

TEST_F(CatalogueVerbs, PullKeepsItsPartWhenItIsInterruptedAndGoesOn) {
  const std::string file = base::read_file(mirror() / "sides.safetensors");
  int count = 0;
  const testing_data::HttpServer server([&](const testing_data::Request& request) {
    if (request.path != "/sides.safetensors" || ++count > 2) return serve(request);
    if (count == 1) return testing_data::answer("200 OK", file.substr(0, file.size() / 2), "", file.size());
    ::kill(std::stoi(base::read_file(dir() / "pid")), SIGINT);  // It asks for the other half.
    return testing_data::answer("503 Busy", "");
  });
  setenv("GERUND_CATALOGUE", server.url().c_str(), 1);
  const std::string command = "cd '" + dir().string() +
                              "' && sh -c 'echo $$ >pid; exec \"" GERUND_PROGRAM
                              "\" models pull sides >/dev/null 2>log'";
  const int status = std::system(command.c_str());
  const std::string log = base::read_file(dir() / "log");
  EXPECT_EQ(WEXITSTATUS(status), 130) << log;
  EXPECT_TRUE(holds(log, "the same command goes on from there")) << log;
  const Outcome resumed = run("models pull sides");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_TRUE(holds(resumed.err, "that were here")) << resumed.err;
  EXPECT_EQ(server.requests().back().range, file.size() / 2);
}

TEST_F(CatalogueVerbs, NothingIsUsedThatWasAltered) {
  base::write_file(mirror() / "sides.safetensors", base::read_file(dir() / "results/train/last.safetensors") + "x");
  expect_user_error(run("models pull sides"), {"sides.safetensors", "signed index"});
  std::string altered = base::read_file(dir() / "results/train/best.safetensors");
  altered.back() ^= 1;
  base::write_file(mirror() / "sides.safetensors", altered);
  for (const char* line : {"models pull sides", "describe catalogue:sides", "infer catalogue:sides clips/test/left"})
    expect_user_error(run(line), {"another SHA-256"});
  for (const auto& entry : fs::recursive_directory_iterator(cache())) EXPECT_FALSE(entry.is_regular_file()) << entry;
  testing_data::Signer other;
  base::write_file(dir() / "mirror.pub", other.public_key_text());
  expect_user_error(run("models list"), {"index.json: was altered"});
  unsetenv("GERUND_CATALOGUE_KEY");  // The program's own.
  expect_user_error(run("models list"), {"index.json: is signed with the key 0000000000000000"});
}

TEST_F(CatalogueVerbs, VerifyFindsWhatWasAltered) {
  const std::string path = pulled();
  const Outcome right = run("models verify");
  EXPECT_EQ(right.code, 0) << right.err;
  EXPECT_TRUE(holds(right.out, ": right")) << right.out;
  base::write_file(path.substr(0, path.size() - 1), "altered");
  const Outcome wrong = run("models verify sides");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_TRUE(holds(wrong.out, "ALTERED")) << wrong.out;
  EXPECT_EQ(run("models pull sides").code, 0);
  EXPECT_EQ(run("models verify").code, 0);
}

TEST_F(CatalogueVerbs, VerbsTakeItsNamesForPaths) {
  for (const char* line :
       {"describe catalogue:sides", "infer catalogue:sides clips/test/left",
        "evaluate catalogue:sides clips/test -r by_name", "export catalogue:sides",
        "train -e spec.yaml -r started model.rgb_pretrained_model_path=catalogue:sides train.num_epochs=1"}) {
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, 0) << line << ": " << outcome.err;
  }
  EXPECT_TRUE(fs::exists(dir() / "sides.onnx"));
  expect_user_error(run("infer catalogue:side clips/test/left"), {"did you mean 'sides'"});
}

TEST_F(CatalogueVerbs, TrainingOnAFolderStartsFromWhatFitsAndKnowsMostOfTheClasses) {
  const std::string quick =
      " train.num_epochs=1 model.input_width=32 model.input_height=32 model.rgb_seq_length=4 train.num_threads=1";
  unsetenv("GERUND_CATALOGUE");
  unsetenv("GERUND_CATALOGUE_KEY");
  const Outcome shipped = run("train clips -r from_shipped" + quick);
  EXPECT_EQ(shipped.code, 0) << shipped.err;
  EXPECT_TRUE(holds(shipped.err, "walk, run, push, ride_bike, fall_floor (drawn_base_3d.safetensors)")) << shipped.err;

  const std::string shipped_file = base::read_file(GERUND_SOURCE_DIR "/models/drawn_base_3d.safetensors");
  catalogue::Index index;
  for (const char* name : {"first", "second", "third"}) {
    base::write_file(mirror() / (std::string(name) + ".safetensors"), shipped_file);
    index.entries.push_back(testing_data::entry_of(name, shipped_file));
  }
  index.entries[0].classes = {"left", "jump"};
  index.entries[2].network.width = 4;
  testing_data::write_index(mirror(), index, signer_);
  setenv("GERUND_CATALOGUE", "mirror", 1);
  setenv("GERUND_CATALOGUE_KEY", "mirror.pub", 1);
  const Outcome mirrored = run("train clips -r from_mirror" + quick);
  EXPECT_EQ(mirrored.code, 0) << mirrored.err;
  EXPECT_TRUE(holds(mirrored.err, "left, right (second.safetensors)")) << mirrored.err;
  setenv("GERUND_CATALOGUE", "nowhere", 1);
  const Outcome without = run("train clips -r from_nothing" + quick);
  EXPECT_EQ(without.code, 0) << without.err;
  EXPECT_TRUE(holds(without.err, "no weights to start from: nowhere/index.json")) << without.err;
}

TEST_F(CatalogueVerbs, TheShippedCatalogueIsRight) {
  unsetenv("GERUND_CATALOGUE");
  unsetenv("GERUND_CATALOGUE_KEY");
  const Outcome verified = run("models verify");
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_FALSE(holds(verified.out, "not here")) << verified.out;
  EXPECT_EQ(run("models list").code, 0);
}

TEST_F(CatalogueVerbs, SaysWhatIsWrongWithTheVariables) {
  setenv("GERUND_CATALOGUE", "http://models.example/x", 1);
  expect_user_error(run("models list"), {"GERUND_CATALOGUE", "https://"});
  setenv("GERUND_CATALOGUE", "mirror", 1);
  setenv("GERUND_CATALOGUE_KEY", "spec.yaml", 1);
  expect_user_error(run("models list"), {"GERUND_CATALOGUE_KEY", "spec.yaml", "minisign"});
}

}  // namespace
}  // namespace gerund
