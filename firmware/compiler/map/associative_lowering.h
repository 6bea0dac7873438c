// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "associative/cost/layer_cost.h"
#include "compiler/map/engine_lowering.h"

namespace imc::compiler {

/// Associative processors: every layer is folded in time over all clusters.
class AssociativeLowering : public EngineLowering {
public:
    /// `config` with the clusters of the accelerator filled in (associative::on_chip).
    explicit AssociativeLowering(const associative::Config& config) : m_config(config) {}

    imc_engine engine() const override { return IMC_ENGINE_ASSOCIATIVE; }
    unsigned arrays_per_tile() const override { return m_config.arrays_per_cluster; }
    unsigned arrays_needed(const QLayer&, const QNet&, ChannelRange, ChannelRange) const override
    {
        return 0;
    }
    /// Whole groups.
    unsigned output_granule(const QLayer& layer, const QNet& net) const override;
    bool spreads() const override { return true; }
    /// Where clusters keep to their own share, its time decides how a layer is cut.
    std::uint64_t share_steps(const QLayer& layer, const QNet& net, unsigned rows,
                              unsigned channels) const override;
    unsigned unit_rows(const QLayer& layer, const QNet& net) const override
    {
        return net.tensors[layer.output].height;
    }
    double layer_ns(const QLayer& layer, const QNet& net) const override;
    void finish(const QLayer& layer, const QNet& net, PlacedStage& placed) const override;
    std::uint64_t table_bits(const QLayer& layer, const QNet& net,
                             ChannelRange outputs) const override;
    std::uint64_t copy_bits(const QLayer& layer, const QNet& net,
                            ChannelRange outputs) const override;
    unsigned reload_period() const override
    {
        return m_config.weights == associative::WeightHome::dram ? m_config.batch : 0;
    }
    std::uint64_t buffer_bytes() const override { return m_config.map_bytes; }

private:
    associative::GemmShape shape_of(const QLayer& layer, const QNet& net) const;

    associative::Config m_config;
};

}  // namespace imc::compiler
