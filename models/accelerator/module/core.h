// SPDX-License-Identifier: Apache-2.0
/// Everything inside the accelerator's border: command processor, DMA, network, tiles, global
/// buffers.
#pragma once

#include "accelerator/module/command_processor.h"
#include "accelerator/module/tile_registry.h"
#include "noc/module/network.h"

#include <string>
#include <vector>

#include <systemc>

namespace imc::accelerator {

/// What a stage did since CONFIG.
struct StageReport {
    std::uint16_t stage = 0, layer = 0, tile = 0;
    StageStats stats;
};

class Core : public sc_core::sc_module {
public:
    /// `interrupt_changed` is called when the level of the interrupt line may have changed.
    Core(sc_core::sc_module_name name, const AcceleratorConfig& config, Ledger& ledger, DmaBus& bus,
         std::function<void()> interrupt_changed, const TileRegistry& registry);

    CommandProcessor& processor() { return m_processor; }
    const CommandProcessor& processor() const { return m_processor; }
    Dma& dma() { return m_dma; }
    const noc::Network& network() const { return m_network; }
    std::vector<StageReport> stages() const;
    /// Area of each tile with all it has of its own, mm2, by node.
    const std::vector<double>& tile_areas_mm2() const { return m_tile_areas_mm2; }
    bool busy() const;
    std::vector<std::string> diagnose() const;

private:
    struct Totals {
        std::uint64_t units = 0, stall_input_ps = 0, stall_credit_ps = 0;
    };

    ProcessorHooks hooks(std::function<void()> interrupt_changed);
    void make_tiles(const TileRegistry& registry);
    void connect(unsigned node, Tile& tile);
    void retire_stages();
    void clear_datapath();
    Totals totals() const;
    std::uint64_t performance(std::uint32_t offset) const;

    AcceleratorConfig m_config;
    Ledger& m_ledger;
    noc::NodeMap m_nodes;
    noc::Network m_network;
    Dma m_dma;
    IoNode m_io;
    std::vector<std::unique_ptr<Tile>> m_tiles;  ///< all nodes with stages, global buffers last
    std::vector<double> m_tile_areas_mm2;
    Totals m_retired;  ///< of stages of earlier programs
    CommandProcessor m_processor;
};

}  // namespace imc::accelerator
