// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/associative_lowering.h"

#include "associative/cost/energy.h"
#include "associative/engine/ap_engine.h"

namespace imc::compiler {

unsigned AssociativeLowering::output_granule(const QLayer& layer, const QNet& net) const
{
    const bool grouped = layer.op == IMC_STAGE_CONV && layer.geometry.groups != 1;
    return grouped ? net.tensors[layer.output].channels / layer.geometry.groups : 1;
}

double AssociativeLowering::layer_ns(const QLayer& layer, const QNet& net) const
{
    if (layer.op != IMC_STAGE_CONV) return 0.0;
    const QTensor& out = net.tensors[layer.output];
    associative::GemmShape shape;
    shape.channels = out.channels;
    shape.length = layer.weights.size() / out.channels;
    shape.positions = std::uint64_t{out.height} * out.width;
    shape.weight_bits = static_cast<int>(layer.weight_bits);
    shape.activation_bits = static_cast<int>(net.tensors[layer.inputs[0]].bits);
    return 1e-3 * static_cast<double>(
                      associative::duration_ps(m_config, associative::gemm_cost(m_config, shape)));
}

void AssociativeLowering::finish(const QLayer& layer, const QNet& net, PlacedStage& placed) const
{
    placed.stage.engine_arg[associative::ap_owner] =
        placed.owner < 0 ? 0u : static_cast<unsigned>(placed.owner) + 1;
    placed.stage.engine_arg[associative::ap_height] = net.tensors[layer.output].height;
}

}  // namespace imc::compiler
