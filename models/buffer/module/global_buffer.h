// SPDX-License-Identifier: Apache-2.0
/// The global buffer of a chip as a node of the network: its stages are SPILLs.
#pragma once

#include "accelerator/config.h"
#include "buffer/engine/spill.h"
#include "common/module/tile.h"

namespace imc::buffer {

/// Technology keys: `global_buffer.write_bit_pj`, `.read_bit_pj`, `.area_mm2` and `.leakage_w` (one
/// chip's).
class GlobalBuffer : public Tile {
public:
    GlobalBuffer(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                 const AcceleratorConfig& config, Ledger& ledger);

protected:
    std::unique_ptr<StageEngine> make_engine(const imc_stage& stage) override;

private:
    GlobalBuffer(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                 const SpillCost& cost, Ledger& ledger);

    SpillCost m_cost;
};

}  // namespace imc::buffer
