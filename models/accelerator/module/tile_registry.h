// SPDX-License-Identifier: Apache-2.0
/// Which class models the tiles of which engine.
#pragma once

#include "accelerator/config.h"
#include "common/module/tile.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace imc::accelerator {

/// Makes one tile. Throws InputError for a configuration that cannot be.
using TileMaker =
    std::function<std::unique_ptr<Tile>(const std::string& name, unsigned node, unsigned io_node,
                                        const AcceleratorConfig& config, Ledger& ledger)>;
using TileRegistry = std::map<imc_engine, TileMaker>;

/// A TileMaker for a class with the usual constructor.
template <typename T>
TileMaker tile_maker()
{
    return [](const std::string& name, unsigned node, unsigned io_node,
              const AcceleratorConfig& config, Ledger& ledger) {
        return std::make_unique<T>(name.c_str(), node, io_node, config, ledger);
    };
}

/// The engines of this library.
TileRegistry standard_tiles();

}  // namespace imc::accelerator
