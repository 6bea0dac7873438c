// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/tile_registry.h"

#include "cam/module/cam_tile.h"
#include "crossbar/module/crossbar_tile.h"

namespace imc::accelerator {

TileRegistry standard_tiles()
{
    return {{IMC_ENGINE_CROSSBAR, tile_maker<crossbar::CrossbarTile>()},
            {IMC_ENGINE_CAM, tile_maker<cam::CamTile>()}};
}

}  // namespace imc::accelerator
