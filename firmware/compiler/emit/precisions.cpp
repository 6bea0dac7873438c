// SPDX-License-Identifier: Apache-2.0
#include "compiler/emit/precisions.h"

#include "associative/engine/precision.h"
#include "common/error.h"
#include "compiler/emit/stage_blob.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

using associative::Precision;
using associative::PrecisionHead;

bool same_codes(const QTensor& a, const QTensor& b)
{
    return a.bits == b.bits && a.is_signed == b.is_signed && a.scale == b.scale &&
           a.zero_point == b.zero_point;
}

/// The stage's numbers as `net` has them.
imc_stage stage_at(const QNet& net, const PlacedStage& placed)
{
    const QLayer& layer = net.layers[static_cast<std::size_t>(placed.layer)];
    const QTensor& out = net.tensors[static_cast<std::size_t>(layer.output)];
    imc_stage s = placed.stage;
    s.weight_bits = static_cast<std::uint8_t>(layer.weight_bits);
    s.requant = static_cast<std::uint8_t>(layer.requant);
    s.out_bits = static_cast<std::uint8_t>(out.bits);
    s.out_signed = out.is_signed;
    s.out_min = out.min;
    s.out_max = out.max;
    s.out_zero_point = out.zero_point;
    for (unsigned i = 0; i < s.streams; ++i) {
        const QTensor& in = net.tensors[static_cast<std::size_t>(layer.inputs[i])];
        s.in[i].bits = static_cast<std::uint8_t>(in.bits);
        s.in[i].is_signed = in.is_signed;
        s.in[i].pad_code = in.zero_point;
    }
    return s;
}

}  // namespace

void check_precisions(const std::vector<QNet>& nets)
{
    const QNet& first = nets.front();
    for (const QNet& net : nets) {
        bool alike = net.layers.size() == first.layers.size() && net.input == first.input &&
                     net.output == first.output;
        for (std::size_t l = 0; alike && l < net.layers.size(); ++l)
            alike = net.layers[l].op == first.layers[l].op &&
                    net.layers[l].inputs == first.layers[l].inputs;
        if (!alike) throw InputError("run.precision: the precisions change the network's layers");
        if (!same_codes(net.tensors[net.input], first.tensors[first.input]) ||
            !same_codes(net.tensors[net.output], first.tensors[first.output]))
            throw InputError(
                "run.precision: the precisions change the codes of the network's input or output; "
                "give them the same bits for the first layer's input and the output");
    }
}

void widen_streams(const std::vector<QNet>& nets, std::vector<PlacedStage>& stages)
{
    for (const PlacedStage& placed : stages)
        if (nets.size() > 1 && placed.layer >= 0 && placed.stage.op != IMC_STAGE_SPILL &&
            placed.stage.engine != IMC_ENGINE_ASSOCIATIVE)
            throw InputError(fmt::format(
                "run.precision: layer '{}' runs on tiles that hold one precision; give its engine "
                "as associative, or one precision",
                nets.front().layers[static_cast<std::size_t>(placed.layer)].name));
    for (auto& placed : stages) {
        if (placed.layer < 0) continue;
        for (const QNet& net : nets) {
            const imc_stage other = stage_at(net, placed);
            placed.stage.out_bits = std::max(placed.stage.out_bits, other.out_bits);
            placed.stage.weight_bits = std::max(placed.stage.weight_bits, other.weight_bits);
            for (unsigned i = 0; i < placed.stage.streams; ++i)
                placed.stage.in[i].bits = std::max(placed.stage.in[i].bits, other.in[i].bits);
        }
    }
}

void add_precisions(const std::vector<QNet>& nets, const PlacedStage& placed,
                    const EngineLowering& lowering, BlobBuilder& blob)
{
    if (nets.size() < 2 || placed.owner >= 0 || placed.layer < 0) return;
    const auto aligned = [](std::size_t n) { return (n + 15) / 16 * 16; };
    std::vector<BlobBuilder> parts;
    std::vector<Precision> table;
    std::size_t at = aligned(sizeof(PrecisionHead) + nets.size() * sizeof(Precision));
    for (std::size_t i = 0; i < nets.size(); ++i) {
        Precision p = associative::precision_of(stage_at(nets[i], placed));
        parts.push_back(i == 0 ? BlobBuilder() : stage_blob(nets[i], placed, lowering));
        p.blob_offset = static_cast<std::uint32_t>(at);
        p.blob_bytes = i == 0 ? 0 : static_cast<std::uint32_t>(parts.back().bytes());
        at = aligned(at + p.blob_bytes);
        table.push_back(p);
    }
    std::uint8_t* out = blob.add<std::uint8_t>(IMC_SECTION_ENGINE, at);
    const PrecisionHead head{static_cast<std::uint32_t>(nets.size()), 0};
    std::memcpy(out, &head, sizeof head);
    std::memcpy(out + sizeof head, table.data(), table.size() * sizeof(Precision));
    for (std::size_t i = 1; i < nets.size(); ++i)
        parts[i].write(out + table[i].blob_offset);
}

}  // namespace imc::compiler
