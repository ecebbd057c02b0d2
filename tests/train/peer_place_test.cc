#include "train/peer_place.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace gerund::train {
namespace {

PeerPlace place_of(const std::map<std::string, std::string>& variables) {
  return place_from([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

void expect_place(const PeerPlace& place, int rank, int size, const std::string& host, int port, int local_rank) {
  EXPECT_EQ(place.rank, rank);
  EXPECT_EQ(place.size, size);
  EXPECT_EQ(place.master_host, host);
  EXPECT_EQ(place.master_port, port);
  EXPECT_EQ(place.local_rank, local_rank);
}

TEST(PeerPlace, UnderstandsTheLaunchers) {
  expect_place(place_of({}), 0, 1, "127.0.0.1", 29500, 0);
  expect_place(place_of({{"RANK", "0"}, {"WORLD_SIZE", "1"}}), 0, 1, "127.0.0.1", 29500, 0);
  expect_place(
      place_of(
          {{"RANK", "3"}, {"WORLD_SIZE", "4"}, {"LOCAL_RANK", "1"}, {"MASTER_ADDR", "node0"}, {"MASTER_PORT", "1234"}}),
      3, 4, "node0", 1234, 1);
  expect_place(place_of({{"SLURM_PROCID", "5"}, {"SLURM_NTASKS", "8"}, {"SLURM_LOCALID", "2"}, {"MASTER_ADDR", "n"}}),
               5, 8, "n", 29500, 2);
  expect_place(place_of({{"OMPI_COMM_WORLD_RANK", "1"},
                         {"OMPI_COMM_WORLD_SIZE", "2"},
                         {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                         {"MASTER_ADDR", "n"}}),
               1, 2, "n", 29500, 1);
  expect_place(place_of({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MASTER_ADDR", "n"}}), 1, 2, "n", 29500, 0);
}

TEST(PeerPlace, MissingAndWrongVariablesAreNamed) {
  const auto message_of = [](const std::map<std::string, std::string>& variables) {
    try {
      place_of(variables);
    } catch (const base::UserError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_TRUE(message_of({{"WORLD_SIZE", "2"}}).starts_with("RANK: is not set"));
  EXPECT_TRUE(message_of({{"RANK", "1"}}).starts_with("WORLD_SIZE: is not set"));
  EXPECT_TRUE(message_of({{"RANK", "1"}, {"WORLD_SIZE", "2"}}).starts_with("MASTER_ADDR: is not set"));
  const std::map<std::string, std::string> good{{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "n"}};
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"RANK", "2"}, {"WORLD_SIZE", "two"}, {"MASTER_PORT", "0"}, {"LOCAL_RANK", "-1"}}) {
    auto bad = good;
    bad[name] = value;
    EXPECT_TRUE(message_of(bad).starts_with(name + ": '" + value + "' is out of range")) << message_of(bad);
  }
}

}  // namespace
}  // namespace gerund::train
