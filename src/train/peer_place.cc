#include "train/peer_place.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace gerund::train {
namespace {

struct Launcher {
  const char* rank;
  const char* size;
  const char* local_rank;
};

constexpr std::array kLaunchers{Launcher{"RANK", "WORLD_SIZE", "LOCAL_RANK"},
                                Launcher{"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"},
                                Launcher{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
                                Launcher{"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"}};
constexpr int kMostPeers = 65536;

int number_of(const Variables& variables, const std::string& name, int low, int high) {
  const std::optional<std::string> text = variables(name);
  if (!text) {
    throw base::UserError(
        fmt::format("{}: is not set, as it must be where several processes train together; set it to {}..{}, or unset "
                    "the launcher's other variables to train alone",
                    name, low, high));
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < low || number > high)
    throw base::UserError(fmt::format("{}: '{}' is out of range; allowed: {}..{}", name, *text, low, high));
  return number;
}

}  // namespace

PeerPlace place_from(const Variables& variables) {
  for (const Launcher& launcher : kLaunchers) {
    if (!variables(launcher.rank) && !variables(launcher.size)) continue;
    PeerPlace place;
    place.size = number_of(variables, launcher.size, 1, kMostPeers);
    if (place.size == 1) return place;
    place.rank = number_of(variables, launcher.rank, 0, place.size - 1);
    if (variables(launcher.local_rank)) place.local_rank = number_of(variables, launcher.local_rank, 0, place.size - 1);
    const std::optional<std::string> host = variables("MASTER_ADDR");
    if (!host) {
      throw base::UserError(
          fmt::format("MASTER_ADDR: is not set; set it in all {} processes to the machine on which the one with {}=0 "
                      "runs (127.0.0.1 where all run on one)",
                      place.size, launcher.rank));
    }
    place.master_host = *host;
    if (variables("MASTER_PORT"))
      place.master_port = static_cast<uint16_t>(number_of(variables, "MASTER_PORT", 1, 65535));
    return place;
  }
  return {};
}

PeerPlace place_from_environment() {
  return place_from([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  });
}

}  // namespace gerund::train
