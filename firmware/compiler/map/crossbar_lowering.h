// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/map/engine_lowering.h"

namespace imc::compiler {

/// Crossbar tiles: weight-stationary, row by row.
class CrossbarLowering : public EngineLowering {
public:
    explicit CrossbarLowering(const crossbar::Config& config) : m_config(config) {}

    imc_engine engine() const override { return IMC_ENGINE_CROSSBAR; }
    unsigned arrays_per_tile() const override { return m_config.arrays_per_tile; }
    std::uint64_t buffer_bytes() const override { return m_config.buffer_bytes; }
    unsigned output_granule(const QLayer& layer) const override;
    unsigned input_granule(const QLayer& layer) const override;
    unsigned arrays_needed(const QLayer& layer, const QNet& net, ChannelRange outputs,
                           ChannelRange inputs) const override;
    double layer_ns(const QLayer& layer, const QNet& net) const override;

private:
    unsigned operation_unit_arrays(const QLayer& layer, ChannelRange outputs, unsigned k_begin,
                                   unsigned k_end) const;
    unsigned full_arrays(const QLayer& layer, ChannelRange outputs, unsigned k) const;
    unsigned planes(const QLayer& layer) const;

    crossbar::Config m_config;
};

}  // namespace imc::compiler
