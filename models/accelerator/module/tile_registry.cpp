// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/tile_registry.h"

#include "associative/module/ap_tile.h"
#include "cam/module/cam_tile.h"
#include "crossbar/module/crossbar_tile.h"

namespace imc::accelerator {

namespace {

/// Clusters of one accelerator share their store of weights.
TileMaker associative_clusters()
{
    auto store = std::make_shared<associative::WeightStore>();
    return [store](const std::string& name, unsigned node, unsigned io_node,
                   const AcceleratorConfig& config, Ledger& ledger) -> std::unique_ptr<Tile> {
        return std::make_unique<associative::ApTile>(name.c_str(), node, io_node, config, ledger,
                                                     store);
    };
}

}  // namespace

TileRegistry standard_tiles()
{
    return {{IMC_ENGINE_ASSOCIATIVE, associative_clusters()},
            {IMC_ENGINE_CROSSBAR, tile_maker<crossbar::CrossbarTile>()},
            {IMC_ENGINE_CAM, tile_maker<cam::CamTile>()}};
}

}  // namespace imc::accelerator
