// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accelerator/config.h"
#include "cam/engine/cam_engine.h"
#include "common/module/tile.h"

namespace imc::cam {

/// A tile of RNA blocks; its look-ups also serve crossbar tiles beside it.
class CamTile : public Tile {
public:
    /// Throws InputError naming a missing technology key.
    CamTile(sc_core::sc_module_name name, unsigned node, unsigned io_node,
            const AcceleratorConfig& config, Ledger& ledger);

protected:
    std::unique_ptr<StageEngine> make_engine(const imc_stage& stage) override;

private:
    std::shared_ptr<const CamContext> m_context;
};

}  // namespace imc::cam
