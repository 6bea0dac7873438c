// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/tile_registry.h"

#include "cam/module/cam_tile.h"

namespace imc::accelerator {

TileRegistry standard_tiles()
{
    return {{IMC_ENGINE_CAM, tile_maker<cam::CamTile>()}};
}

}  // namespace imc::accelerator
