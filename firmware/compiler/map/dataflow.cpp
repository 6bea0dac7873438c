// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/dataflow.h"

#include <algorithm>

namespace imc::compiler {

namespace {

using Pieces = std::vector<InputPiece>;

/// Last input row under the window of output row `y`, padding included.
long unclamped_last_row(const QLayer& layer, unsigned y)
{
    const auto& g = layer.geometry;
    return static_cast<long>(y) * g.stride_h - g.pad_top +
           static_cast<long>(g.kernel_h - 1) * g.dilation_h;
}

std::vector<int> producers_of(const QNet& net)
{
    std::vector<int> producer(net.tensors.size(), -1);
    for (std::size_t l = 0; l < net.layers.size(); ++l)
        producer[net.layers[l].output] = static_cast<int>(l);
    return producer;
}

/// Appends the pieces of tensor `tensor` at channel `offset`.
void append_pieces(const QNet& net, const std::vector<int>& producer, int tensor, unsigned offset,
                   Pieces& pieces)
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

/// Which row of the network input a row of a layer's output needs. Rows below the last are counted
/// on beyond the picture (padding is not clamped), so that the last rows of a map do not all seem
/// to come at once.
class SourceRows {
public:
    /// `copies` of each layer are at work on as many units.
    SourceRows(const QNet& net, const LayerInputs& inputs, const std::vector<unsigned>& unit_rows,
               const std::vector<unsigned>& copies)
        : m_rows(net.layers.size()), m_stride(net.layers.size(), 1)
    {
        for (std::size_t l = 0; l < net.layers.size(); ++l) {
            const QLayer& layer = net.layers[l];
            const unsigned height = net.tensors[layer.output].height;
            for (unsigned y = 0; y < height; ++y) {
                const unsigned end = (y / unit_rows[l] + copies[l]) * unit_rows[l];
                const unsigned last = copies[l] == 1 ? std::min(end, height) - 1 : end - 1;
                const long row = unclamped_last_row(layer, last);
                long need = 0;
                for (const auto& stream : inputs[l])
                    for (const auto& piece : stream)
                        need = std::max(need, of(piece.producer, row));
                m_rows[l].push_back(need);
            }
            for (const auto& stream : inputs[l])
                for (const auto& piece : stream)
                    m_stride[l] = std::max(m_stride[l],
                                           layer.geometry.stride_h *
                                               (piece.producer < 0 ? 1 : m_stride[piece.producer]));
        }
    }
    /// Row of the input that row `row` of `producer` (-1 = the input itself) needs.
    long of(int producer, long row) const
    {
        if (producer < 0) return std::max(0L, row);
        const auto& rows = m_rows[producer];
        const long last = static_cast<long>(rows.size()) - 1;
        return row <= last ? rows[std::max(0L, row)]
                           : rows[last] + (row - last) * static_cast<long>(m_stride[producer]);
    }

private:
    std::vector<std::vector<long>> m_rows;
    std::vector<unsigned> m_stride;
};

}  // namespace

bool is_virtual(const QNet&, const QLayer& layer)
{
    return layer.op == IMC_STAGE_COPY && layer.inputs.size() > 1;
}

LayerInputs resolve_inputs(const QNet& net)
{
    const auto producer = producers_of(net);
    LayerInputs inputs(net.layers.size());
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
    const auto height = static_cast<long>(net.tensors[layer.inputs[0]].height);
    return static_cast<unsigned>(std::clamp(unclamped_last_row(layer, y), 0L, height - 1));
}

unsigned first_input_row(const QNet& net, const QLayer& layer, unsigned y)
{
    const auto height = static_cast<long>(net.tensors[layer.inputs[0]].height);
    const long row = static_cast<long>(y) * layer.geometry.stride_h - layer.geometry.pad_top;
    return static_cast<unsigned>(std::clamp(row, 0L, height - 1));
}

namespace {

/// Slots of one stream that hold all that `need` makes available for any row of layer `l`.
unsigned slots_of(const QNet& net, const SourceRows& need, std::size_t l, const Pieces& stream,
                  unsigned unit, unsigned most)
{
    const QLayer& layer = net.layers[l];
    unsigned slots = 1;
    for (const auto& piece : stream) {
        unsigned available = 0;  // rows of this piece that exist when the consumer's row y can run
        for (unsigned y = 0; y < net.tensors[layer.output].height; ++y) {
            while (available < most &&
                   need.of(piece.producer, available) <= need.of(static_cast<int>(l), y))
                ++available;
            const unsigned first = first_input_row(net, layer, y / unit * unit);
            slots = std::max(slots, available - std::min(available, first));
        }
    }
    return slots;
}

}  // namespace

std::vector<std::vector<unsigned>> fewest_rows(const QNet& net, const LayerInputs& inputs,
                                               const std::vector<unsigned>& unit_rows)
{
    const SourceRows need(net, inputs, unit_rows, std::vector<unsigned>(net.layers.size(), 1));
    std::vector<std::vector<unsigned>> fewest(net.layers.size());
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        const unsigned height = net.tensors[net.layers[l].inputs[0]].height;
        for (const auto& stream : inputs[l])
            fewest[l].push_back(
                std::min(slots_of(net, need, l, stream, unit_rows[l], height), height));
    }
    return fewest;
}

std::vector<std::vector<unsigned>> ample_rows(const QNet& net, const LayerInputs& inputs,
                                              const std::vector<unsigned>& unit_rows,
                                              const std::vector<unsigned>& copies)
{
    if (std::all_of(copies.begin(), copies.end(), [](unsigned n) { return n == 1; }))
        return fewest_rows(net, inputs, unit_rows);
    constexpr unsigned images = 16;  // further ahead no edge lets anyone run
    const SourceRows need(net, inputs, unit_rows, copies);
    std::vector<std::vector<unsigned>> ample(net.layers.size());
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        const unsigned height = net.tensors[net.layers[l].inputs[0]].height;
        for (const auto& stream : inputs[l])
            ample[l].push_back(slots_of(net, need, l, stream, unit_rows[l], images * height));
    }
    return ample;
}

}  // namespace imc::compiler
