// tests/deploy/event_log_test.cc - lines of events beside what becomes of their sources.
#include "deploy/event_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "small_videos.h"

namespace gerund::deploy {
namespace {

using Texts = std::vector<std::string>;

class EventLogTest : public testing::Test {
 protected:
  EventLogTest() {
    config_.sources.resize(1);
    config_.sources[0].uri = "file:///clip.mp4";
    config_.sources[0].name = "yard";
    config_.output.events = folder_.path() / "events.jsonl";
  }
  /// "start wave", or "failed" of a source's own line.
  Texts told() const {
    std::ifstream file(config_.output.events);
    Texts texts;
    for (std::string line; std::getline(file, line);) {
      const nlohmann::json event = nlohmann::json::parse(line);
      const std::string kind = event.at("event");
      texts.push_back(kind == "source" ? event.at("state").get<std::string>()
                                       : kind + " " + event.at("label").get<std::string>());
      if (kind == "end") ends_.push_back({event.at("end"), event.at("score"), event.at("bbox").at(3)});
    }
    return texts;
  }
  static serve::FrameReport report(double seconds, bool has_event = false, bool is_start = true) {
    serve::FrameReport made;
    made.stream = "yard";
    made.pts_seconds = seconds;
    made.model = std::make_shared<const serve::ModelIdentity>(serve::ModelIdentity{"m.onnx", "0", {"wave", "bow"}});
    if (!has_event) return made;
    serve::EventReport event;
    event.key = key();
    event.change.score = 0.75;
    event.change.is_start = is_start;
    event.change.start_seconds = 1;
    event.change.end_seconds = 1.5;
    event.scores = {0.75, 0.25};
    made.events.push_back(event);
    return made;
  }
  static serve::RegionKey key() { return {serve::RegionKind::area, "door"}; }
  void run(serve::SourceState end, bool ends_action) {
    EventLog log(config_, true, false);
    log.source(0, config_.sources[0], serve::SourceState::started, "");
    log.take(report(1, true), true);
    if (ends_action) log.take(report(1.5, true, false), true);
    serve::FrameReport shown = report(2);
    if (!ends_action) shown.regions.push_back({key(), {1, 2, 3, 4}, serve::ActiveAction{0, 0.9, 1}, {0.9, 0.1}});
    log.take(shown, true);
    log.source(0, config_.sources[0], end, "");
    log.take(report(3, true), true);  // A frame that was on its way.
    log.finish();
  }
  testing_data::TemporaryFolder folder_{"event_log"};
  AppConfig config_;
  mutable std::vector<std::vector<double>> ends_;  // Time, score, height of the box.
};

TEST_F(EventLogTest, EndsTheActionsOfASourceThatFails) {
  run(serve::SourceState::failed, false);
  EXPECT_EQ(told(), (Texts{"started", "start wave", "end wave", "failed"}));
  EXPECT_EQ(ends_, (std::vector<std::vector<double>>{{2, 0.9, 4}}));
}

TEST_F(EventLogTest, EndsNoActionTwice) {
  run(serve::SourceState::ended, true);
  EXPECT_EQ(told(), (Texts{"started", "start wave", "end wave", "ended"}));
  EXPECT_EQ(ends_, (std::vector<std::vector<double>>{{1.5, 0.75, 0}}));
}

TEST_F(EventLogTest, LeavesActionsToASourceThatIsOpenedAgain) {
  EventLog log(config_, true, false);
  log.take(report(1, true), true);
  log.source(0, config_.sources[0], serve::SourceState::reconnecting, "");
  log.take(report(1.5, true, false), false);
  log.finish();
  EXPECT_EQ(told(), (Texts{"start wave", "reconnecting", "end wave"}));
}

}  // namespace
}  // namespace gerund::deploy
