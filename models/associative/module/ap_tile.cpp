// SPDX-License-Identifier: Apache-2.0
#include "associative/module/ap_tile.h"

#include "associative/cost/chip.h"
#include "associative/cost/energy.h"
#include "common/error.h"

namespace imc::associative {

namespace {

TileBufferCost memory_of(const AcceleratorConfig& config, Ledger& ledger)
{
    const ComponentId map = ledger.component("map", "memory");
    const double scale = energy_scale(config.associative.vdd);
    return {map, ledger.event(map, "write_bit", scale * config.technology.get("map.write_bit_pj"))};
}

const AcceleratorConfig& checked(const AcceleratorConfig& config)
{
    const Config& ap = config.associative;
    if (ap.arrays_per_cluster == 0 || ap.rows == 0 || ap.columns == 0 || ap.link_bits == 0 ||
        ap.batch == 0)
        throw InputError("accelerator " + config.name +
                         ": associative: arrays_per_cluster, rows, columns, link_bits and "
                         "batch must be positive");
    delay_scale(ap.vdd);
    return config;
}

}  // namespace

ApTile::ApTile(sc_core::sc_module_name name, unsigned node, unsigned io_node,
               const AcceleratorConfig& config, Ledger& ledger, std::shared_ptr<WeightStore> store)
    : Tile(name, node, io_node, ledger, memory_of(checked(config), ledger)),
      m_cost(std::make_shared<ApCost>(on_chip(config), config.technology, ledger)),
      m_store(std::move(store))
{
    const Config& ap = config.associative;
    const Technology& t = config.technology;
    // Unlimited resources are as many arrays as a layer takes: a tile has no area then.
    const double arrays = ap.resources == Resources::unlimited ? 0.0 : ap.arrays_per_cluster;
    ledger.component("cap", "associative",
                     arrays * ap.rows * ap.columns * t.get("cap.cell_um2") * 1e-6,
                     t.get_or("cap.leakage_w", 0.0));
    ledger.component("map", "memory",
                     static_cast<double>(ap.map_bytes) * 8.0 * t.get("map.bit_um2") * 1e-6,
                     t.get_or("map.leakage_w", 0.0));
    share(m_cost->cap);
}

std::unique_ptr<StageEngine> ApTile::make_engine(const imc_stage& stage)
{
    return std::make_unique<ApEngine>(stage, m_cost, m_store);
}

}  // namespace imc::associative
