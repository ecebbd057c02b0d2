#include "measure/speed_table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace gerund::measure {
namespace {

SpeedTable example() {
  Benchmark benchmark;
  benchmark.engine = "onednn";
  benchmark.precision = "fp32";
  benchmark.timing = make_timing({20, 20, 20}, 1, 1'000'000'000);  // 50 clips/s, 100 GFLOP/s.
  benchmark.peers.push_back({"ONNX Runtime", "", 0, make_timing({40}, 1, 1'000'000'000), 0, std::nullopt});
  benchmark.peers.push_back({"absent", "is not there", 0, std::nullopt, 0, std::nullopt});
  return {"A CPU", 2, rows_of("3D", 16, benchmark)};
}

TEST(SpeedTable, CountsTheCamerasThatKeepUp) {
  const SpeedTable table = example();
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_DOUBLE_EQ(table.rows[0].num_streams(), 50 * 16 / 30.0);
  EXPECT_DOUBLE_EQ(table.rows[1].num_streams(), 25 * 16 / 30.0);
}

TEST(SpeedTable, IsMarkdownAndJson) {
  EXPECT_EQ(markdown_head(example()) + markdown_line(example().rows[0]) + markdown_line(example().rows[1]),
            "A CPU, 2 threads, one clip at a time\n\n"
            "| network | engine | precision | ms | clips/s | GFLOP/s | streams at 30 fps |\n"
            "| --- | --- | --- | ---: | ---: | ---: | ---: |\n"
            "| 3D | onednn | fp32 | 20.0 | 50.0 | 100 | 26.7 |\n"
            "| 3D | ONNX Runtime | fp32 | 40.0 | 25.0 | 50 | 13.3 |\n");
  const auto parsed = nlohmann::json::parse(to_json(example()));
  EXPECT_EQ(parsed.at("schema"), "gerund.speed_table/1");
  EXPECT_EQ(parsed.at("rows").at(1).at("engine"), "ONNX Runtime");
  EXPECT_EQ(parsed.at("rows").at(0).at("new_frames"), 16);
}

}  // namespace
}  // namespace gerund::measure
