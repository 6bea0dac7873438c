// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/map/engine_lowering.h"

namespace imc::compiler {

/// CAM tiles: a neuron (output channel) is an RNA block with its weight codes, and takes several
/// positions one after the other. How many is the network's *reuse*: the smallest number, the same
/// for all layers, with which everything fits the chips, so that layers take about the same time.
/// Where not even a block a channel fits, channels share blocks, which are rewritten in between.
class CamLowering : public EngineLowering {
public:
    explicit CamLowering(const AcceleratorConfig& config);

    imc_engine engine() const override { return IMC_ENGINE_CAM; }
    unsigned arrays_per_tile() const override { return m_config.rnas_per_tile; }
    std::uint64_t buffer_bytes() const override { return m_config.buffer_bytes; }
    unsigned arrays_needed(const QLayer& layer, const QNet& net, ChannelRange outputs,
                           ChannelRange inputs) const override;
    unsigned output_granule(const QLayer& layer, const QNet& net) const override;
    unsigned unit_rows(const QLayer& layer, const QNet& net) const override;
    double layer_ns(const QLayer& layer, const QNet& net) const override;
    void sections(const QLayer& layer, const QNet& net, const PlacedStage& placed,
                  BlobBuilder& blob) const override;

private:
    /// How positions and channels share blocks.
    struct Sharing {
        unsigned reuse = 1;     ///< positions a block takes in turn, if they are so many
        unsigned channels = 1;  ///< channels a block takes in turn
    };
    const Sharing& sharing(const QNet& net) const;
    std::uint64_t tiles_needed(const QNet& net, Sharing sharing) const;
    unsigned blocks_a_channel(const QTensor& out, unsigned reuse) const;

    cam::Config m_config;
    std::uint64_t m_tiles;                ///< that the network may take
    mutable const QNet* m_net = nullptr;  ///< whose sharing is known
    mutable Sharing m_sharing;
};

}  // namespace imc::compiler
