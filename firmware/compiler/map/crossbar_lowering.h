// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/map/engine_lowering.h"
#include "crossbar/cost/mapping.h"

namespace imc::compiler {

/// Crossbar tiles: weight-stationary, row by row.
class CrossbarLowering : public EngineLowering {
public:
    explicit CrossbarLowering(const crossbar::Config& config) : m_config(config) {}

    imc_engine engine() const override { return IMC_ENGINE_CROSSBAR; }
    unsigned arrays_per_tile() const override { return m_config.arrays_per_tile; }
    std::uint64_t buffer_bytes() const override { return m_config.buffer_bytes; }
    void check(const QLayer& layer, const QNet& net) const override;
    unsigned output_granule(const QLayer& layer, const QNet& net) const override;
    unsigned input_granule(const QLayer& layer) const override;
    unsigned arrays_needed(const QLayer& layer, const QNet& net, ChannelRange outputs,
                           ChannelRange inputs) const override;
    double layer_ns(const QLayer& layer, const QNet& net) const override;
    void finish(const QLayer& layer, const QNet& net, PlacedStage& placed) const override;
    void sections(const QLayer& layer, const QNet& net, const PlacedStage& placed,
                  BlobBuilder& blob) const override;

private:
    void check_integer_path(const QLayer& layer, const QNet& net) const;
    crossbar::Mapping map(const QLayer& layer, const QNet& net, const crossbar::RowShape& shape,
                          ChannelRange outputs, ChannelRange inputs) const;

    crossbar::Config m_config;
};

}  // namespace imc::compiler
