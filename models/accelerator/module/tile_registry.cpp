// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/tile_registry.h"

namespace imc::accelerator {

TileRegistry standard_tiles()
{
    return {};
}

}  // namespace imc::accelerator
