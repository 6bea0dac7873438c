// SPDX-License-Identifier: Apache-2.0
#include "compiler/emit/emit.h"

#include "common/crc32.h"
#include "common/error.h"
#include "compiler/emit/precisions.h"
#include "compiler/emit/stage_blob.h"
#include "compiler/emit/table_room.h"
#include "compiler/map/engine_lowering.h"

#include <cmath>
#include <map>

namespace imc::compiler {

namespace {

constexpr std::size_t align_up(std::size_t n, std::size_t to)
{
    return (n + to - 1) / to * to;
}

/// Lays tables out one behind the other after the header.
class TableWriter {
public:
    template <typename T>
    imc_table add(const std::vector<T>& entries)
    {
        const std::size_t offset = align_up(m_bytes.size(), 8);
        m_bytes.resize(offset + entries.size() * sizeof(T));
        if (!entries.empty())
            std::memcpy(m_bytes.data() + offset, entries.data(), entries.size() * sizeof(T));
        return {offset, static_cast<std::uint32_t>(entries.size()), sizeof(T)};
    }
    std::vector<std::uint8_t>& bytes() { return m_bytes; }

private:
    std::vector<std::uint8_t> m_bytes = std::vector<std::uint8_t>(sizeof(imc_program_header));
};

imc_port port_of(const QTensor& tensor)
{
    imc_port port{};
    port.channels = tensor.channels;
    port.height = tensor.height;
    port.width = tensor.width;
    port.bits = static_cast<std::uint8_t>(tensor.bits);
    port.bytes = tensor.bits <= 8 ? 1 : tensor.bits <= 16 ? 2 : 4;
    port.is_signed = tensor.is_signed;
    port.scale = static_cast<float>(tensor.scale);
    port.zero_point = tensor.zero_point;
    return port;
}

std::vector<imc_layer> layer_table(const QNet& net, const Mapping& mapping,
                                   std::vector<char>& strings)
{
    std::vector<std::uint8_t> engine(net.layers.size(), IMC_ENGINE_CROSSBAR);
    for (const auto& p : mapping.stages)
        if (p.layer >= 0) engine[p.layer] = p.stage.engine;
    std::vector<imc_layer> table;
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        const QLayer& layer = net.layers[l];
        imc_layer entry{};
        entry.name = static_cast<std::uint32_t>(strings.size());
        strings.insert(strings.end(), layer.name.begin(), layer.name.end());
        strings.push_back('\0');
        entry.op = layer.op;
        entry.macs = layer.macs;
        entry.step = mapping.step_of_layer[l];
        if (!layer.weights.empty())
            entry.weight_bits_mean_milli =
                static_cast<std::uint32_t>(std::lround(layer.weight_bits_mean * 1000));
        entry.activation_bits = net.tensors[layer.inputs[0]].bits;
        entry.engine = engine[l];
        table.push_back(entry);
    }
    return table;
}

void check_reload(const imc_blob_ref& ref, const Mapping& mapping,
                  const std::vector<QNet>& precisions)
{
    if (ref.reload == 0) return;
    if (mapping.schedule != IMC_SCHEDULE_LAYER_SEQUENTIAL)
        throw InputError(
            "platform.associative.weights: dram brings weights layer by layer; set run.schedule: "
            "layer_sequential");
    if (precisions.size() > 1)
        throw InputError(
            "platform.associative.weights: dram brings the weights of one precision; remove "
            "run.precision or set weights: map_resident");
}

}  // namespace

std::vector<std::uint8_t> emit_program(const QNet& net, const Mapping& mapping,
                                       const AcceleratorConfig& config,
                                       const std::vector<QNet>& precisions)
{
    Lowerings lowerings;
    for (const auto& group : config.tiles)
        if (!lowerings.count(group.engine))
            lowerings[group.engine] = make_lowering(group.engine, config);

    std::vector<BlobBuilder> blobs;
    std::vector<imc_blob_ref> refs;
    std::vector<imc_stage> stages;
    for (const auto& placed : mapping.stages) {
        stages.push_back(placed.stage);
        if (placed.layer < 0) continue;
        const auto& lowering = *lowerings.at(static_cast<imc_engine>(placed.stage.engine));
        BlobBuilder blob = stage_blob(net, placed, lowering);
        add_precisions(precisions, placed, lowering, blob);
        if (blob.empty()) continue;
        refs.push_back({placed.stage.id, lowering.reload_period(), 0, blob.bytes()});
        check_reload(refs.back(), mapping, precisions);
        blobs.push_back(std::move(blob));
    }

    check_table_room(net, mapping, lowerings, precisions);

    imc_program_header header{};
    header.magic = IMC_PROGRAM_MAGIC;
    header.version = IMC_PROGRAM_VERSION;
    header.schedule = mapping.schedule;
    header.tiles = mapping.tiles_used;
    header.steps = mapping.steps;
    header.weights_synthetic = net.weights_synthetic;
    std::vector<char> strings;
    TableWriter tables;
    header.layers = tables.add(layer_table(net, mapping, strings));
    header.stages = tables.add(stages);
    std::vector<imc_route> routes = mapping.routes;
    header.source_route_begin = static_cast<std::uint32_t>(routes.size());
    header.source_route_count = static_cast<std::uint32_t>(mapping.source_routes.size());
    routes.insert(routes.end(), mapping.source_routes.begin(), mapping.source_routes.end());
    header.routes = tables.add(routes);
    header.host_ops = tables.add(net.host_ops);
    header.strings = tables.add(strings);
    header.input = port_of(net.tensors[net.input]);
    header.output = port_of(net.tensors[net.output]);
    header.output.bytes = 4;

    const std::size_t refs_at = align_up(tables.bytes().size(), 8);
    std::size_t at = align_up(refs_at + refs.size() * sizeof(imc_blob_ref), 64);
    header.payload_offset = at;
    for (auto& ref : refs) {
        ref.offset = at;
        at = align_up(at + ref.bytes, 64);
    }
    header.blobs = tables.add(refs);
    header.total_bytes = at;

    std::vector<std::uint8_t> image = std::move(tables.bytes());
    image.resize(at);
    for (std::size_t i = 0; i < blobs.size(); ++i)
        blobs[i].write(image.data() + refs[i].offset);
    header.table_crc = crc32(image.data() + sizeof header, header.payload_offset - sizeof header);
    header.payload_crc = crc32(image.data() + header.payload_offset, at - header.payload_offset);
    header.header_crc = 0;
    header.header_crc = crc32(&header, sizeof header);
    std::memcpy(image.data(), &header, sizeof header);
    return image;
}

}  // namespace imc::compiler
