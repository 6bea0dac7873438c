// SPDX-License-Identifier: Apache-2.0
/// A cluster: compute APs around one memory AP, which holds rows and weights and talks to the
/// network.
#pragma once

#include "accelerator/config.h"
#include "associative/engine/ap_engine.h"
#include "common/module/tile.h"

#include <memory>

namespace imc::associative {

class ApTile : public Tile {
public:
    /// `store` is the one store of all clusters of the accelerator. Throws InputError for a
    /// configuration that cannot be or a technology key that is missing.
    ApTile(sc_core::sc_module_name name, unsigned node, unsigned io_node,
           const AcceleratorConfig& config, Ledger& ledger, std::shared_ptr<WeightStore> store);

protected:
    std::unique_ptr<StageEngine> make_engine(const imc_stage& stage) override;

private:
    std::shared_ptr<const ApCost> m_cost;
    std::shared_ptr<WeightStore> m_store;
};

}  // namespace imc::associative
