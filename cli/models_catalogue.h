// cli/models_catalogue.h - the catalogue of trained networks as the verbs see it.
#pragma once

#include <filesystem>
#include <string>

#include "catalogue/catalogue.h"

namespace gerund::cli {

/// The catalogue that GERUND_CATALOGUE names, else the one that came with the program. Throws as catalogue::Catalogue.
catalogue::Catalogue open_catalogue();

/// "catalogue:NAME", wherever a checkpoint is asked for: fetched where it is not here, checked, its path returned. Any
/// other path as it is. Throws as catalogue::Catalogue does.
std::filesystem::path local_model(const std::filesystem::path& path);

/// "shipped", "fetched", "altered" or "" of what is not here.
std::string where_text(const catalogue::Catalogue& catalogue, const catalogue::Entry& entry);

/// "resnet_18 3d causal, width 16".
std::string network_text(const catalogue::Network& network);
/// "4.2 MB".
std::string size_text(int64_t num_bytes);
/// "1.05 G": parameters and multiply-adds.
std::string count_text(int64_t count);

}  // namespace gerund::cli
