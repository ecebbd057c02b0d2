// train/peer_place.h - where a process stands among those that train one network together.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace gerund::train {

struct PeerPlace {
  int rank = 0;  ///< From 0.
  int size = 1;
  int local_rank = 0;                     ///< Among those on the same machine.
  std::string master_host = "127.0.0.1";  ///< Where the process of rank 0 listens.
  uint16_t master_port = 29500;
};

/// Looks up an environment variable.
using Variables = std::function<std::optional<std::string>(const std::string&)>;

/// The place that a launcher gives by environment variables: RANK and WORLD_SIZE (torchrun), SLURM_PROCID and
/// SLURM_NTASKS (srun), OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE or PMI_RANK and PMI_SIZE (mpirun); with all of
/// them MASTER_ADDR and MASTER_PORT, and LOCAL_RANK, SLURM_LOCALID and their like where they are set. One process alone
/// where none is set, or a size of 1. Throws UserError naming a variable that is missing or out of range.
PeerPlace place_from(const Variables& variables);
/// Of this process.
PeerPlace place_from_environment();

}  // namespace gerund::train
