#include "serve/report_json.h"

#include <gtest/gtest.h>

#include <clocale>
#include <limits>
#include <nlohmann/json.hpp>

#include "serve/small_clips.h"

namespace gerund::serve {
namespace {

using nlohmann::json;

std::shared_ptr<const ModelIdentity> model_of(std::vector<std::string> labels) {
  return std::make_shared<const ModelIdentity>(ModelIdentity{"walks.onnx", "abc123", std::move(labels)});
}

FrameReport report_of(const std::string& stream) {
  FrameReport report;
  report.stream = stream;
  report.source_id = 3;
  report.frame_width = 640;
  report.frame_height = 480;
  report.pts_seconds = 1.5;
  report.model = model_of({"walk", "run", "fall"});
  return report;
}

WindowReport some_window() {
  WindowReport window;
  window.key = {RegionKind::area, "door"};
  window.box = {1, 2, 30, 40};
  window.scores = {0.125, 0.75, 0.0625};
  window.start_seconds = 0.5;
  window.end_seconds = 1.4666666666;
  window.num_frames = 16;
  window.first_frame = 12;
  window.last_frame = 44;
  window.age_seconds = 0.0125;
  return window;
}

EventReport some_event(bool is_start) {
  EventReport event;
  event.key = track("17");
  event.box = {5, 6, 7, 8};
  event.change.is_start = is_start;
  event.change.number = 4;
  event.change.class_index = 2;
  event.change.score = 0.912349;
  event.change.start_seconds = 1;
  event.change.end_seconds = 2.25;
  event.scores = {0.05, 0.05, 0.9};
  event.window_start_seconds = 0.5;
  event.window_end_seconds = 1.5;
  event.window_frames = 16;
  return event;
}

JsonOptions windows_only() {
  JsonOptions options;
  options.with_events = false;
  options.with_windows = true;
  return options;
}

/// The only line, parsed.
json line_of(const FrameReport& report, const JsonOptions& options) {
  const std::vector<std::string> lines = event_lines(report, options);
  EXPECT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines.at(0).find('\n'), std::string::npos);
  return json::parse(lines.at(0));
}

TEST(ReportJson, AWindowHasTheFieldsOfTheSchema) {
  FrameReport report = report_of("cam");
  report.windows.push_back(some_window());
  EXPECT_EQ(line_of(report, windows_only()), json::parse(R"({
      "schema": "gerund.event/1", "event": "window", "id": "cam/door/w12-44", "stream": "cam", "source_id": 3,
      "roi": "door", "track_id": null, "bbox": [1, 2, 30, 40], "frame_size": [640, 480],
      "label": "run", "class_id": 1, "score": 0.75,
      "topk": [{"label": "run", "class_id": 1, "score": 0.75}, {"label": "walk", "class_id": 0, "score": 0.125},
               {"label": "fall", "class_id": 2, "score": 0.0625}],
      "window": {"start": 0.5, "end": 1.466667, "frames": 16, "first_frame": 12, "last_frame": 44},
      "pts_ns": 1500000000, "model": {"name": "walks.onnx", "sha256": "abc123"}})"));
}

TEST(ReportJson, AStartHasTheFieldsOfTheSchema) {
  FrameReport report = report_of("cam");
  report.events.push_back(some_event(true));
  EXPECT_EQ(line_of(report, {}), json::parse(R"({
      "schema": "gerund.event/1", "event": "start", "id": "cam/track-17/4", "stream": "cam", "source_id": 3,
      "roi": null, "track_id": "17", "bbox": [5, 6, 7, 8], "frame_size": [640, 480],
      "label": "fall", "class_id": 2, "score": 0.9123,
      "topk": [{"label": "fall", "class_id": 2, "score": 0.9}, {"label": "walk", "class_id": 0, "score": 0.05},
               {"label": "run", "class_id": 1, "score": 0.05}],
      "start": 1.0, "window": {"start": 0.5, "end": 1.5, "frames": 16},
      "pts_ns": 1500000000, "model": {"name": "walks.onnx", "sha256": "abc123"}})"));
}

TEST(ReportJson, AnEndHasTheIdOfItsStartAndSaysWhenItEnded) {
  FrameReport report = report_of("cam");
  report.events = {some_event(true), some_event(false)};
  const std::vector<std::string> lines = event_lines(report, {});
  ASSERT_EQ(lines.size(), 2U);
  const json end = json::parse(lines[1]);
  EXPECT_EQ(end["event"], "end");
  EXPECT_EQ(end["id"], json::parse(lines[0])["id"]);
  EXPECT_EQ(end["start"], 1.0);
  EXPECT_EQ(end["end"], 2.25);
}

TEST(ReportJson, WhatIsWantedIsWrittenWindowsFirst) {
  FrameReport report = report_of("cam");
  report.windows = {some_window(), some_window()};
  report.events.push_back(some_event(true));
  const auto events_of = [&](bool with_events, bool with_windows) {
    JsonOptions options;
    options.with_events = with_events;
    options.with_windows = with_windows;
    std::vector<std::string> events;
    for (const std::string& line : event_lines(report, options)) events.push_back(json::parse(line)["event"]);
    return events;
  };
  using Events = std::vector<std::string>;
  EXPECT_EQ(events_of(true, false), (Events{"start"}));
  EXPECT_EQ(events_of(false, true), (Events{"window", "window"}));
  EXPECT_EQ(events_of(true, true), (Events{"window", "window", "start"}));
  EXPECT_EQ(events_of(false, false), Events{});
}

TEST(ReportJson, TheListOfTheBestIsAsLongAsWanted) {
  FrameReport report = report_of("cam");
  report.windows.push_back(some_window());
  JsonOptions options = windows_only();
  for (const auto& [top_k, expected] : {std::pair{1, 1U}, std::pair{2, 2U}, std::pair{3, 3U}, std::pair{50, 3U}}) {
    options.top_k = top_k;
    EXPECT_EQ(line_of(report, options)["topk"].size(), expected);
  }
}

TEST(ReportJson, ClocksAreToldWhereTheyMeanSomething) {
  FrameReport report = report_of("cam");
  report.windows.push_back(some_window());
  EXPECT_FALSE(line_of(report, windows_only()).contains("age_ms"));
  EXPECT_FALSE(line_of(report, windows_only()).contains("ntp"));
  report.is_live = true;
  report.ntp = "2026-11-24T13:05:53.25Z";
  EXPECT_EQ(line_of(report, windows_only())["age_ms"], 12.5);
  EXPECT_EQ(line_of(report, windows_only())["ntp"], "2026-11-24T13:05:53.25Z");
}

TEST(ReportJson, NumbersHaveNoMoreDigitsThanTheyMean) {
  FrameReport report = report_of("cam");
  report.is_live = true;
  report.windows.push_back(some_window());
  for (int i = 1; i < 2000; ++i) {
    report.windows[0].age_seconds = i * 1e-5 + 3e-6;
    report.windows[0].scores[1] = 1 - i * 1e-4 / 4;
    report.windows[0].start_seconds = 100 + i * 1e-6 + 3e-7;
    const json line = line_of(report, windows_only());
    EXPECT_LE(line["age_ms"].dump().size(), 5U) << line["age_ms"];  // 19.99
    EXPECT_LE(line["score"].dump().size(), 6U) << line["score"];    // 0.9999
    EXPECT_EQ(line["window"]["start"], std::stod("100." + std::to_string(1000000 + i).substr(1)));
  }
}

TEST(ReportJson, TheLanguageOfTheUserChangesNoNumber) {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  const bool has_comma =
      std::setlocale(LC_NUMERIC, "de_DE.UTF-8") != nullptr || std::setlocale(LC_NUMERIC, "fr_FR.UTF-8") != nullptr;
  if (!has_comma) GTEST_SKIP() << "no locale with a decimal comma is installed";
  FrameReport report = report_of("cam");
  report.windows.push_back(some_window());
  const json line = line_of(report, windows_only());
  std::setlocale(LC_NUMERIC, before.c_str());
  EXPECT_EQ(line["score"], 0.75);
  EXPECT_EQ(line["window"]["end"], 1.466667);
}

TEST(ReportJson, TextThatIsNotUtf8DoesNotThrow) {
  FrameReport report = report_of("cam\xff");
  report.model = model_of({"walk", "r\xc3n", "fall"});
  report.windows.push_back(some_window());
  const json line = line_of(report, windows_only());
  EXPECT_EQ(line["stream"], "cam\xef\xbf\xbd");  // The replacement character.
  EXPECT_EQ(line["label"], "r\xef\xbf\xbdn");
  EXPECT_EQ(json::parse(source_line("\xff", 0, "rtsp://\xff", SourceState::failed, "\xfe"))["state"], "failed");
}

TEST(ReportJson, TextIsQuoted) {
  FrameReport report = report_of("a \"b\"\n\\c");
  report.windows.push_back(some_window());
  EXPECT_EQ(line_of(report, windows_only())["stream"], "a \"b\"\n\\c");
}

TEST(ReportJson, NumbersThatAreNotFiniteAreStillJson) {
  FrameReport report = report_of("cam");
  report.windows.push_back(some_window());
  report.windows[0].scores = {std::numeric_limits<double>::infinity(), 0, 0};
  EXPECT_TRUE(line_of(report, windows_only())["score"].is_null());
}

TEST(ReportJson, ASourceSaysWhatBecameOfIt) {
  EXPECT_EQ(json::parse(source_line("cam", 2, "rtsp://host/1", SourceState::reconnecting, "timed out")),
            json::parse(R"({
      "schema": "gerund.event/1", "event": "source", "state": "reconnecting", "stream": "cam", "source_id": 2,
      "uri": "rtsp://host/1", "reason": "timed out"})"));
  EXPECT_FALSE(json::parse(source_line("cam", 2, "x", SourceState::started, "")).contains("reason"));
  EXPECT_STREQ(name_of(SourceState::started), "started");
  EXPECT_STREQ(name_of(SourceState::ended), "ended");
  EXPECT_STREQ(name_of(SourceState::failed), "failed");
  EXPECT_STREQ(name_of(SourceState::reconnecting), "reconnecting");
}

}  // namespace
}  // namespace gerund::serve
