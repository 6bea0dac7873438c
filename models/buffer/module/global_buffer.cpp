// SPDX-License-Identifier: Apache-2.0
#include "buffer/module/global_buffer.h"

#include "noc/kernel/node_map.h"

namespace imc::buffer {

namespace {

SpillCost declare(const AcceleratorConfig& config, Ledger& ledger)
{
    const Technology& t = config.technology;
    SpillCost cost;
    cost.component = ledger.component("global_buffer", "buffer",
                                      memory_mm2(t, "global_buffer", config.buffer.bytes),
                                      t.get_or("global_buffer.leakage_w", 0.0));
    cost.write_bit = ledger.event(cost.component, "write_bit", t.get("global_buffer.write_bit_pj"));
    cost.read_bit = ledger.event(cost.component, "read_bit", t.get("global_buffer.read_bit_pj"));
    cost.port_bits = config.buffer.port_bits;
    cost.cycle_ns = config.buffer.cycle_ns;
    return cost;
}

}  // namespace

GlobalBuffer::GlobalBuffer(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                           const AcceleratorConfig& config, Ledger& ledger)
    : GlobalBuffer(name, node, io_node, declare(config, ledger), ledger)
{
    const noc::NodeMap nodes{config.chips, config.tiles_per_chip()};
    show_as(config.chips == 1 ? "global buffer"
                              : "global buffer of chip " + std::to_string(nodes.chip_of(node)));
}

GlobalBuffer::GlobalBuffer(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                           const SpillCost& cost, Ledger& ledger)
    : Tile(name, node, io_node, ledger, {cost.component, cost.write_bit}), m_cost(cost)
{
    share(cost.component);
}

std::unique_ptr<StageEngine> GlobalBuffer::make_engine(const imc_stage& stage)
{
    return std::make_unique<SpillEngine>(stage, m_cost);
}

}  // namespace imc::buffer
