// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/cam_lowering.h"

#include "cam/cost/rna_cost.h"
#include "cam/kernel/stage_tables.h"
#include "common/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

template <typename T>
T ceil_div(T a, T b)
{
    return (a + b - 1) / b;
}

std::vector<std::int32_t> slice(const std::vector<std::int32_t>& all, std::size_t begin,
                                std::size_t end)
{
    return {all.begin() + static_cast<std::ptrdiff_t>(begin),
            all.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::uint32_t search_of(const QCodebook& book)
{
    return static_cast<std::uint32_t>(book.weighted_xor ? cam::Distance::weighted_xor
                                                        : cam::Distance::absolute);
}

/// Rows of a look-up: those of the layer's own table, or one for each input code, where every kind
/// of search finds the row of the code itself.
void add_look_up(const QLayer& layer, const QTensor& in, cam::Distance search,
                 cam::StageTables& tables)
{
    if (layer.codebook) {
        tables.activation_key = layer.codebook->activation_key;
        tables.activation_value = layer.codebook->activation_value;
        tables.head.search = search_of(*layer.codebook);
        return;
    }
    tables.head.search = static_cast<std::uint32_t>(search);
    tables.activation_value = layer.lut;
    tables.activation_key.resize(layer.lut.size());
    std::iota(tables.activation_key.begin(), tables.activation_key.end(), in.min);
}

/// What the stage's outputs need of the layer's tables.
void add_codebook(const QCodebook& book, ChannelRange outputs, cam::StageTables& tables)
{
    const std::size_t pairs = std::size_t{book.weight_codes} * book.input_codes;
    tables.head.scopes = 1;
    tables.product = book.product;
    if (book.scopes > 1) {
        tables.head.scopes = outputs.size();
        tables.product = slice(book.product, outputs.begin * pairs, outputs.end * pairs);
    }
    tables.head.weight_codes = book.weight_codes;
    tables.head.input_codes = book.input_codes;
    tables.head.product_bits = book.product_bits;
    if (book.product.empty()) tables.head.scopes = 0;
    if (!book.bias.empty()) tables.bias = slice(book.bias, outputs.begin, outputs.end);
    for (std::size_t s = 0; s < std::min<std::size_t>(2, book.decode.size()); ++s)
        tables.decode[s] = book.decode[s];
    tables.activation_key = book.activation_key;
    tables.activation_value = book.activation_value;
    tables.encode_key = book.encode_key;
    tables.head.relu = book.relu;
    tables.head.search = search_of(book);
}

/// Largest number of equal weight codes of a neuron: what a pair's counter must hold at most.
std::uint64_t largest_group(const QLayer& layer, const QTensor& out, ChannelRange outputs)
{
    const std::size_t fan_in = layer.weights.size() / out.channels;
    std::uint64_t largest = 0;
    for (std::size_t o = outputs.begin; o < outputs.end; ++o) {
        std::vector<std::uint64_t> equal(layer.codebook->weight_codes);
        for (std::size_t k = o * fan_in; k < (o + 1) * fan_in; ++k)
            largest = std::max(largest, ++equal.at(static_cast<std::size_t>(layer.weights[k])));
    }
    return largest;
}

/// Throws InputError if memories that match exactly cannot serve the stage.
void check_search(const QLayer& layer, const QTensor& in, const cam::Config& config)
{
    if (config.search != cam::Distance::exact) return;
    if (layer.op != IMC_STAGE_LUT)
        throw InputError(fmt::format(
            "platform.cam.search: exact match cannot serve layer '{}' ({}), which needs the row "
            "nearest to a sum or a maximum; use absolute, or leave such layers to other tiles",
            layer.name, layer.op_name));
    if (layer.codebook)
        throw InputError(fmt::format(
            "platform.cam.search: exact match needs a row for every code, layer '{}' has {} codes "
            "and {} rows; use fewer bits for its input (quantization.layers), more "
            "platform.cam.activation_rows (quantization.lut_rows too, if given), or search: "
            "absolute",
            layer.name, std::int64_t{in.max} - in.min + 1, layer.codebook->activation_key.size()));
}

/// Throws InputError if the memories of a block have fewer rows than the stage's tables.
void check_rows(const QLayer& layer, const cam::CodebookHead& head, const cam::Config& config)
{
    if (head.activation_rows > config.activation_rows)
        throw InputError(fmt::format(
            "platform.cam.activation_rows: layer '{}' has a function of {} rows, the memories have "
            "{}; use a smaller table ({}), or more rows",
            layer.name, head.activation_rows, config.activation_rows,
            layer.codebook ? "quantization.codebook.activation_rows, input_codes or "
                             "quantization.lut_rows"
                           : "quantization.lut_rows"));
    if (head.encode_rows > config.encoding_rows)
        throw InputError(fmt::format(
            "platform.cam.encoding_rows: layer '{}' encodes to {} codes, the memories have {} "
            "rows; "
            "use smaller codebooks (quantization.codebook.residual_codes, input_codes), or more "
            "rows",
            layer.name, head.encode_rows, config.encoding_rows));
}

/// Throws InputError if a block's crossbar does not hold a neuron's products and weight codes, or
/// its counters not the largest count.
void check_neuron(const QLayer& layer, const QTensor& out, ChannelRange outputs,
                  const cam::Config& config)
{
    const QCodebook& book = *layer.codebook;
    const std::uint64_t fan_in = layer.weights.size() / out.channels;
    const std::uint64_t cells =
        std::uint64_t{book.weight_codes} * book.input_codes * book.product_bits +
        fan_in * cam::ceil_log2(book.weight_codes);
    const std::uint64_t built = std::uint64_t{config.crossbar_rows} * config.crossbar_rows;
    if (cells > built)
        throw InputError(fmt::format(
            "platform.cam.crossbar_rows: layer '{}' needs {} cells for {} x {} products of {} bits "
            "and {} weight codes, {} rows and columns have {}; use smaller codebooks "
            "(quantization.codebook), or at least {:.0f} rows",
            layer.name, cells, book.weight_codes, book.input_codes, book.product_bits, fan_in,
            config.crossbar_rows, built, std::ceil(std::sqrt(static_cast<double>(cells)))));
    const std::uint64_t count = largest_group(layer, out, outputs);
    const unsigned bits = cam::ceil_log2(count + 1);
    if (bits > config.counter_bits)
        throw InputError(fmt::format(
            "platform.cam.counter_bits: layer '{}' has a neuron with {} equal weight codes, a "
            "counter of {} bits cannot hold that count; use at least {} bits, or more weight codes "
            "(quantization.codebook.weight_codes)",
            layer.name, count, config.counter_bits, bits));
}

}  // namespace

CamLowering::CamLowering(const AcceleratorConfig& config) : m_config(config.cam), m_tiles(0)
{
    for (const auto& group : config.tiles)
        if (group.engine == IMC_ENGINE_CAM) m_tiles += group.count;
    m_tiles *= std::max(1u, m_config.chips);
}

/// Whole rows of positions if there is a block for each, else an equal share of a row.
unsigned CamLowering::blocks_a_channel(const QTensor& out, unsigned reuse) const
{
    const unsigned positions = out.height * out.width;
    const unsigned blocks = std::min(ceil_div(positions, reuse), m_config.rnas_per_tile);
    if (blocks >= out.width) return blocks / out.width * out.width;
    return ceil_div(out.width, ceil_div(out.width, blocks));
}

/// Tiles that first-fit packing of all layers takes, as the mapper places slices.
std::uint64_t CamLowering::tiles_needed(const QNet& net, Sharing sharing) const
{
    std::uint64_t tiles = 1;
    unsigned used = 0;
    for (const auto& layer : net.layers) {
        if (layer.op != IMC_STAGE_CONV) continue;
        const QTensor& out = net.tensors[layer.output];
        const unsigned each = blocks_a_channel(out, sharing.reuse),
                       granule = output_granule(layer, net);
        const unsigned granules = ceil_div(out.channels, granule);
        const unsigned most = std::max(
            1u, m_config.rnas_per_tile / std::max(1u, ceil_div(granule * each, sharing.channels)));
        const unsigned parts = ceil_div(granules, most);
        for (unsigned part = 0; part < parts; ++part) {
            const unsigned blocks =
                ceil_div(ceil_div(granules, parts) * granule * each, sharing.channels);
            if (used + blocks > m_config.rnas_per_tile) {
                ++tiles;
                used = 0;
            }
            used += blocks;
        }
    }
    return tiles;
}

const CamLowering::Sharing& CamLowering::sharing(const QNet& net) const
{
    if (m_net == &net) return m_sharing;
    unsigned most = 1;
    for (const auto& layer : net.layers)
        if (layer.op == IMC_STAGE_CONV)
            most =
                std::max(most, net.tensors[layer.output].height * net.tensors[layer.output].width);
    Sharing found{std::max(1u, m_config.reuse), 1};
    if (m_config.reuse == 0) {
        while (found.reuse < most && tiles_needed(net, found) > m_tiles)
            ++found.reuse;
        while (found.channels < 64 && tiles_needed(net, found) > m_tiles)
            ++found.channels;
    }
    m_net = &net;
    m_sharing = found;
    return m_sharing;
}

unsigned CamLowering::arrays_needed(const QLayer& layer, const QNet& net, ChannelRange outputs,
                                    ChannelRange) const
{
    if (layer.op != IMC_STAGE_CONV) return 0;
    const Sharing& s = sharing(net);
    return ceil_div(outputs.size() * blocks_a_channel(net.tensors[layer.output], s.reuse),
                    s.channels);
}

/// Whole groups.
unsigned CamLowering::output_granule(const QLayer& layer, const QNet& net) const
{
    return layer.geometry.groups == 1 ? 1
                                      : net.tensors[layer.output].channels / layer.geometry.groups;
}

unsigned CamLowering::unit_rows(const QLayer& layer, const QNet& net) const
{
    if (layer.op != IMC_STAGE_CONV) return 1;
    const QTensor& out = net.tensors[layer.output];
    return std::max(1u, blocks_a_channel(out, sharing(net).reuse) / out.width);
}

/// T_layer = waves x T_neuron with even weight groups and half of the pairs in use.
double CamLowering::layer_ns(const QLayer& layer, const QNet& net) const
{
    if (layer.op != IMC_STAGE_CONV || !layer.codebook) return 0.0;
    const QTensor& out = net.tensors[layer.output];
    cam::RnaShape shape;
    shape.fan_in = static_cast<unsigned>(layer.weights.size() / out.channels);
    shape.weight_codes = layer.codebook->weight_codes;
    shape.input_codes = layer.codebook->input_codes;
    shape.product_bits = layer.codebook->product_bits;
    shape.encode_rows = static_cast<unsigned>(layer.codebook->encode_key.size());
    const std::uint64_t pairs = std::uint64_t{shape.weight_codes} * shape.input_codes / 2;
    const auto cycles =
        cam::neuron_cycles(shape, m_config, ceil_div(shape.fan_in, shape.weight_codes), pairs,
                           std::min<std::uint64_t>(pairs, shape.fan_in));
    const std::uint64_t positions = std::uint64_t{out.height} * out.width;
    return static_cast<double>(cam::layer_cycles(
               positions, blocks_a_channel(out, sharing(net).reuse), cycles.latency())) *
           m_config.cycle_ns;
}

void CamLowering::sections(const QLayer& layer, const QNet& net, const PlacedStage& placed,
                           BlobBuilder& blob) const
{
    cam::StageTables tables;
    check_search(layer, net.tensors[layer.inputs[0]], m_config);
    if (layer.op == IMC_STAGE_LUT)
        add_look_up(layer, net.tensors[layer.inputs[0]], m_config.search, tables);
    else if (layer.codebook)
        add_codebook(*layer.codebook, placed.outputs, tables);
    else
        return;
    tables.head.biases = static_cast<std::uint32_t>(tables.bias.size());
    for (unsigned s = 0; s < 2; ++s)
        tables.head.decode_codes[s] = static_cast<std::uint32_t>(tables.decode[s].size());
    tables.head.activation_rows = static_cast<std::uint32_t>(tables.activation_key.size());
    tables.head.encode_rows = static_cast<std::uint32_t>(tables.encode_key.size());
    check_rows(layer, tables.head, m_config);
    if (layer.op == IMC_STAGE_CONV)
        check_neuron(layer, net.tensors[layer.output], placed.outputs, m_config);
    *blob.add<cam::CodebookHead>(IMC_SECTION_ENGINE, 1) = tables.head;
    const auto words = tables.words();
    std::copy(words.begin(), words.end(),
              blob.add<std::int32_t>(IMC_SECTION_CODEBOOK, words.size()));
}

}  // namespace imc::compiler
