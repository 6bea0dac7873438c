// SPDX-License-Identifier: Apache-2.0
/// What the mapper asks of an engine: how many arrays a slice of a layer takes, how it works
/// through rows, and what it must be loaded with. One class an engine.
#pragma once

#include "accelerator/config.h"
#include "compiler/emit/blob_builder.h"
#include "compiler/map/mapping.h"

#include <memory>

namespace imc::compiler {

class EngineLowering {
public:
    virtual ~EngineLowering() = default;
    virtual imc_engine engine() const = 0;
    /// Arrays (banks, CAPs, RNAs) a tile has.
    virtual unsigned arrays_per_tile() const = 0;
    /// Throws InputError, naming the layer, for what the engine would refuse when it is loaded.
    virtual void check(const QLayer&, const QNet&) const {}
    /// Arrays the given output and input channels of a conv layer occupy; 0 for layers that need
    /// none.
    virtual unsigned arrays_needed(const QLayer& layer, const QNet& net, ChannelRange outputs,
                                   ChannelRange inputs) const = 0;
    /// Slices of output channels begin at multiples of this.
    virtual unsigned output_granule(const QLayer&, const QNet&) const { return 1; }
    /// Slices of input channels begin at multiples of this; 0 = the engine cannot split inputs.
    virtual unsigned input_granule(const QLayer&) const { return 0; }
    /// True if a layer is spread over all of the engine's tiles, by rows and channels, instead of
    /// taking arrays for good; stages of one range of channels share their tables.
    virtual bool spreads() const { return false; }
    /// Of a layer that is spread: steps a tile takes for `rows` output rows of `channels` channels.
    virtual std::uint64_t share_steps(const QLayer&, const QNet&, unsigned /*rows*/,
                                      unsigned /*channels*/) const
    {
        return 1;
    }
    /// Output rows a stage makes at once.
    virtual unsigned unit_rows(const QLayer&, const QNet&) const { return 1; }
    /// Estimated ns for one image of this layer on one copy; balances replication.
    virtual double layer_ns(const QLayer& layer, const QNet& net) const = 0;
    /// Fills engine-specific fields of a placed stage.
    virtual void finish(const QLayer&, const QNet&, PlacedStage&) const {}
    /// Engine-specific sections of a stage's blob beyond weights, requantisation and LUT.
    virtual void sections(const QLayer&, const QNet&, const PlacedStage&, BlobBuilder&) const {}
    /// True if the stage's plain weights go into its blob.
    virtual bool wants_weights(const QLayer&) const { return true; }
    /// Blobs are loaded before the layer's step of every so manieth image; 0: once, before the
    /// first.
    virtual unsigned reload_period() const { return 0; }
    /// Bits of a layer's tables for `outputs` in the buffer of the tile that is loaded with them,
    /// and of the weights in the buffer of each tile that shares them while it works on the layer.
    virtual std::uint64_t table_bits(const QLayer&, const QNet&, ChannelRange /*outputs*/) const
    {
        return 0;
    }
    virtual std::uint64_t copy_bits(const QLayer&, const QNet&, ChannelRange /*outputs*/) const
    {
        return 0;
    }
    /// Bytes of a tile's buffer for input rows.
    virtual std::uint64_t buffer_bytes() const = 0;
};

/// Lowering of `engine` for a configuration. Throws InputError for an engine this build does not
/// have.
std::unique_ptr<EngineLowering> make_lowering(imc_engine engine, const AcceleratorConfig& config);

}  // namespace imc::compiler
