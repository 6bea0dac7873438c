// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/associative_lowering.h"

#include "associative/cost/energy.h"
#include "associative/engine/ap_engine.h"
#include "associative/engine/stage_columns.h"
#include "common/error.h"

namespace imc::compiler {

unsigned AssociativeLowering::output_granule(const QLayer& layer, const QNet& net) const
{
    const bool grouped = layer.op == IMC_STAGE_CONV && layer.geometry.groups != 1;
    return grouped ? net.tensors[layer.output].channels / layer.geometry.groups : 1;
}

associative::GemmShape AssociativeLowering::shape_of(const QLayer& layer, const QNet& net) const
{
    const QTensor& out = net.tensors[layer.output];
    associative::GemmShape shape;
    shape.channels = out.channels;
    shape.length = layer.weights.size() / out.channels;
    shape.positions = std::uint64_t{out.height} * out.width * m_config.batch;
    shape.weight_bits = static_cast<int>(layer.weight_bits);
    shape.activation_bits = static_cast<int>(net.tensors[layer.inputs[0]].bits);
    shape.groups = layer.geometry.groups;
    return shape;
}

double AssociativeLowering::layer_ns(const QLayer& layer, const QNet& net) const
{
    if (layer.op != IMC_STAGE_CONV) return 0.0;
    return 1e-3 *
           static_cast<double>(associative::duration_ps(
               m_config, associative::gemm_cost(m_config, shape_of(layer, net)))) /
           m_config.batch;
}

std::uint64_t AssociativeLowering::share_steps(const QLayer& layer, const QNet& net, unsigned rows,
                                               unsigned channels) const
{
    if (layer.op != IMC_STAGE_CONV || m_config.load == associative::LoadMode::ideal) return 1;
    associative::GemmShape share = shape_of(layer, net);
    share.channels = channels;
    share.groups =
        std::max<std::uint64_t>(1, share.groups * channels / net.tensors[layer.output].channels);
    share.positions = share.positions / net.tensors[layer.output].height * rows;
    return associative::cluster_cost(m_config, share).steps;
}

namespace {

std::uint64_t weight_bits(const QLayer& layer, const QNet& net, ChannelRange outputs)
{
    const std::uint64_t channels = net.tensors[layer.output].channels;
    return layer.weights.size() / channels * outputs.size() * layer.weight_bits;
}

}  // namespace

/// As the engine counts what it is loaded with (associative/engine/stage_tables.cpp).
std::uint64_t AssociativeLowering::table_bits(const QLayer& layer, const QNet& net,
                                              ChannelRange outputs) const
{
    constexpr std::uint64_t constant_bits = 128;
    const bool per_channel = layer.op == IMC_STAGE_CONV || layer.op == IMC_STAGE_AFFINE;
    const std::uint64_t constants = layer.scale.empty() ? 0
                                    : per_channel       ? outputs.size()
                                                        : layer.scale.size();
    return weight_bits(layer, net, outputs) + constants * constant_bits +
           layer.lut.size() * net.tensors[layer.output].bits;
}

std::uint64_t AssociativeLowering::copy_bits(const QLayer& layer, const QNet& net,
                                             ChannelRange outputs) const
{
    return m_config.load == associative::LoadMode::network ? weight_bits(layer, net, outputs) : 0;
}

void AssociativeLowering::finish(const QLayer& layer, const QNet& net, PlacedStage& placed) const
{
    placed.stage.engine_arg[associative::ap_owner] =
        placed.owner < 0 ? 0u : static_cast<unsigned>(placed.owner) + 1;
    placed.stage.engine_arg[associative::ap_height] = net.tensors[layer.output].height;
    if (placed.owner >= 0) return;
    try {
        associative::check_stage_columns(m_config, placed.stage, layer.scale, layer.lut);
    } catch (const InputError& error) {
        throw InputError("layer '" + layer.name + "': " + error.what());
    }
}

}  // namespace imc::compiler
