// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/dataflow.h"

#include <algorithm>

namespace imc::compiler {

namespace {

using Pieces = std::vector<InputPiece>;

std::vector<int> producers_of(const QNet& net)
{
    std::vector<int> producer(net.tensors.size(), -1);
    for (std::size_t l = 0; l < net.layers.size(); ++l)
        producer[net.layers[l].output] = static_cast<int>(l);
    return producer;
}

/// Appends the pieces of tensor `tensor` at channel `offset`.
void append_pieces(const QNet& net, const std::vector<int>& producer, int tensor, unsigned offset, Pieces& pieces)
{
    const int layer = producer[tensor];
    if (layer < 0 || !is_virtual(net, net.layers[layer])) {
        pieces.push_back({layer, offset, net.tensors[tensor].channels});
        return;
    }
    for (const int input : net.layers[layer].inputs) {
        append_pieces(net, producer, input, offset, pieces);
        offset += net.tensors[input].channels;
    }
}

/// Highest row of the network input that row y of a layer's output needs, for every layer and row.
std::vector<std::vector<unsigned>> source_rows_needed(const QNet& net, const std::vector<std::vector<Pieces>>& inputs,
                                                      const std::vector<unsigned>& unit_rows)
{
    std::vector<std::vector<unsigned>> need(net.layers.size());
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        const QLayer& layer = net.layers[l];
        need[l].resize(net.tensors[layer.output].height);
        for (unsigned y = 0; y < need[l].size(); ++y) {
            const auto last = std::min<std::size_t>((y / unit_rows[l] + 1) * unit_rows[l], need[l].size()) - 1;
            const unsigned row = last_input_row(net, layer, static_cast<unsigned>(last));
            for (const auto& stream : inputs[l])
                for (const auto& piece : stream)
                    need[l][y] = std::max(need[l][y], piece.producer < 0 ? row : need[piece.producer][row]);
        }
    }
    return need;
}

}  // namespace

bool is_virtual(const QNet&, const QLayer& layer)
{
    return layer.op == IMC_STAGE_COPY && layer.inputs.size() > 1;
}

std::vector<std::vector<Pieces>> resolve_inputs(const QNet& net)
{
    const auto producer = producers_of(net);
    std::vector<std::vector<Pieces>> inputs(net.layers.size());
    for (std::size_t l = 0; l < net.layers.size(); ++l)
        for (const int tensor : net.layers[l].inputs) {
            inputs[l].emplace_back();
            append_pieces(net, producer, tensor, 0, inputs[l].back());
        }
    return inputs;
}

Pieces resolve_output(const QNet& net)
{
    Pieces pieces;
    append_pieces(net, producers_of(net), net.output, 0, pieces);
    return pieces;
}

unsigned last_input_row(const QNet& net, const QLayer& layer, unsigned y)
{
    const auto& g = layer.geometry;
    const auto height = static_cast<long>(net.tensors[layer.inputs[0]].height);
    const long row = static_cast<long>(y) * g.stride_h - g.pad_top + static_cast<long>(g.kernel_h - 1) * g.dilation_h;
    return static_cast<unsigned>(std::clamp(row, 0L, height - 1));
}

unsigned first_input_row(const QNet& net, const QLayer& layer, unsigned y)
{
    const auto height = static_cast<long>(net.tensors[layer.inputs[0]].height);
    const long row = static_cast<long>(y) * layer.geometry.stride_h - layer.geometry.pad_top;
    return static_cast<unsigned>(std::clamp(row, 0L, height - 1));
}

std::vector<std::vector<unsigned>> fewest_rows(const QNet& net, const std::vector<std::vector<Pieces>>& inputs,
                                               const std::vector<unsigned>& unit_rows)
{
    const auto need = source_rows_needed(net, inputs, unit_rows);
    std::vector<std::vector<unsigned>> fewest(net.layers.size());
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        const QLayer& layer = net.layers[l];
        const unsigned height = net.tensors[layer.inputs[0]].height;
        for (const auto& stream : inputs[l]) {
            unsigned slots = 1;
            for (const auto& piece : stream) {
                unsigned available = 0;  // rows of this piece that exist when the consumer's row y can run
                for (unsigned y = 0; y < need[l].size(); ++y) {
                    while (available < height &&
                           (piece.producer < 0 ? available : need[piece.producer][available]) <= need[l][y])
                        ++available;
                    slots = std::max(slots, available - std::min(available, first_input_row(net, layer, y / unit_rows[l] * unit_rows[l])));
                }
            }
            fewest[l].push_back(std::min(slots, height));
        }
    }
    return fewest;
}

}  // namespace imc::compiler
