// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/core.h"

#include "buffer/module/global_buffer.h"
#include "common/error.h"

namespace imc::accelerator {

namespace {

noc::Energies energies_of(const AcceleratorConfig& config)
{
    const Technology& t = config.technology;
    noc::Energies energies;
    energies.flit_hop_pj = t.get("noc.hop_bit_pj") * config.noc.flit_bits;
    energies.router_area_mm2 = t.get_or("noc.router_area_mm2", 0.0);
    energies.router_leakage_w = t.get_or("noc.router_leakage_w", 0.0);
    if (config.chips > 1) {
        energies.chip_link_byte_pj = t.get("link.bit_pj") * 8.0;
        energies.chip_link_area_mm2 = t.get_or("link.area_mm2", 0.0);
    }
    return energies;
}

const AcceleratorConfig& checked(const AcceleratorConfig& config)
{
    const auto need = [&](bool good, const char* what) {
        if (!good) throw InputError("accelerator " + config.name + ": " + what);
    };
    const unsigned burst = config.dma.burst_bytes;
    need(config.chips >= 1 && config.tiles_per_chip() >= 1, "needs at least one chip and one tile");
    need(std::uint64_t{config.chips} * (config.tiles_per_chip() + 2) < 0xFFFF,
         "has more nodes than 16 bits can number");
    need(burst >= 1 && (burst & (burst - 1)) == 0, "dma.burst_bytes must be a power of two");
    need(config.noc.flit_bits >= 1 && config.noc.concentration >= 1 && config.noc.clock_ghz > 0.0,
         "noc: flit_bits, concentration and clock_ghz must be positive");
    need(config.clock_ghz > 0.0 && config.buffer.port_bits >= 1,
         "clock_ghz and buffer.port_bits must be positive");
    return config;
}

}  // namespace

Core::Core(sc_core::sc_module_name name, const AcceleratorConfig& config, Ledger& ledger,
           DmaBus& bus, std::function<void()> interrupt_changed, const TileRegistry& registry)
    : sc_module(name),
      m_config(checked(config)),
      m_ledger(ledger),
      m_nodes{config.chips, config.tiles_per_chip()},
      m_network("network", config.noc, m_nodes, energies_of(config), ledger),
      m_dma("dma", config, ledger, bus),
      m_io("io", m_nodes.io(0)),
      m_processor("processor", config, ledger, m_dma, m_io, hooks(std::move(interrupt_changed)))
{
    m_io.to_noc.bind(m_network.in[m_io.node()]);
    m_network.out[m_io.node()].bind(m_io.from_noc);
    make_tiles(registry);
}

ProcessorHooks Core::hooks(std::function<void()> interrupt_changed)
{
    return {[this] { retire_stages(); }, [this] { clear_datapath(); }, std::move(interrupt_changed),
            [this](std::uint32_t offset) { return performance(offset); }};
}

void Core::make_tiles(const TileRegistry& registry)
{
    for (unsigned node = 0; node < m_nodes.tiles(); ++node) {
        const auto maker = registry.find(m_config.engine_of(node));
        if (maker == registry.end())
            throw InputError("accelerator " + m_config.name +
                             ": this library has no tiles of engine " +
                             std::to_string(m_config.engine_of(node)));
        const double others_mm2 = m_ledger.area_mm2();
        m_tiles.push_back(
            maker->second("tile" + std::to_string(node), node, m_io.node(), m_config, m_ledger));
        m_tile_areas_mm2.push_back(m_ledger.area_mm2() - others_mm2);
        connect(node, *m_tiles.back());
    }
    for (unsigned chip = 0; chip < m_nodes.chips; ++chip) {
        const std::string name = "buffer" + std::to_string(chip);
        m_tiles.push_back(std::make_unique<buffer::GlobalBuffer>(name.c_str(), m_nodes.buffer(chip),
                                                                 m_io.node(), m_config, m_ledger));
        connect(m_nodes.buffer(chip), *m_tiles.back());
    }
}

void Core::connect(unsigned node, Tile& tile)
{
    tile.to_noc.bind(m_network.in[node]);
    m_network.out[node].bind(tile.from_noc);
}

void Core::retire_stages()
{
    m_retired = totals();
    for (auto& tile : m_tiles)
        tile->retire_stages();
}

void Core::clear_datapath()
{
    m_network.reset();
    for (auto& tile : m_tiles)
        tile->reset();
}

Core::Totals Core::totals() const
{
    Totals sum = m_retired;
    for (const StageReport& stage : stages()) {
        sum.units += stage.stats.units;
        sum.stall_input_ps += stage.stats.stall_input_ps;
        sum.stall_credit_ps += stage.stats.stall_credit_ps;
    }
    return sum;
}

std::uint64_t Core::performance(std::uint32_t offset) const
{
    const auto cycles = [this](std::uint64_t ps) {
        return static_cast<std::uint64_t>(static_cast<double>(ps) * 1e-3 * m_config.clock_ghz);
    };
    switch (offset) {
        case IMC_REG_PERF_UNITS:
            return totals().units;
        case IMC_REG_PERF_PACKETS:
            return m_network.packets_delivered();
        case IMC_REG_PERF_STALL_INPUT:
            return cycles(totals().stall_input_ps);
        default:
            return cycles(totals().stall_credit_ps);
    }
}

std::vector<StageReport> Core::stages() const
{
    std::vector<StageReport> reports;
    for (const auto& tile : m_tiles)
        for (const TileStage* stage : tile->stages()) {
            const imc_stage& s = stage->setup().stage;
            reports.push_back({s.id, s.layer, s.tile, stage->stats()});
        }
    return reports;
}

bool Core::busy() const
{
    if (m_processor.busy() || !m_network.idle()) return true;
    for (const auto& tile : m_tiles)
        if (tile->busy()) return true;
    return false;
}

std::vector<std::string> Core::diagnose() const
{
    std::vector<std::string> lines = m_processor.diagnose();
    for (const auto& tile : m_tiles)
        for (const TileStage* stage : tile->stages())
            if (std::string line = stage->diagnosis(); !line.empty())
                lines.push_back(std::move(line));
    return lines;
}

}  // namespace imc::accelerator
