// SPDX-License-Identifier: Apache-2.0
#include "cam/module/cam_tile.h"

namespace imc::cam {

namespace {

/// The tile's buffer of input rows, with its area. The recalled power of a tile is that of its
/// blocks alone (4.8 W), so that in paper mode nothing is left for the buffer.
TileBufferCost buffer_cost(const AcceleratorConfig& config, Ledger& ledger)
{
    const Technology& technology = config.technology;
    const bool paper = config.cam.energy == EnergyMode::paper;
    const ComponentId buffer = ledger.component(
        "buffer", "buffer", memory_mm2(technology, "buffer", config.cam.buffer_bytes),
        paper ? 0.0 : technology.get_or("buffer.leakage_w", 0.0));
    return {buffer,
            ledger.event(buffer, "write_bit", paper ? 0.0 : technology.get("buffer.write_bit_pj"))};
}

}  // namespace

CamTile::CamTile(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                 const AcceleratorConfig& config, Ledger& ledger)
    : Tile(name, node, io_node, ledger, buffer_cost(config, ledger)),
      m_context(std::make_shared<CamContext>(CamContext{
          config.cam, config.technology, CamBooks(ledger, config.cam, config.technology)}))
{
}

std::unique_ptr<StageEngine> CamTile::make_engine(const imc_stage& stage)
{
    return make_cam_engine(stage, m_context);
}

}  // namespace imc::cam
