// SPDX-License-Identifier: Apache-2.0
#include "report/layer_rows.h"

#include "imcvp/program.h"

#include <algorithm>
#include <map>
#include <set>

namespace imc::report {

namespace {

const char* op_name(std::uint32_t op)
{
    switch (op) {
        case IMC_STAGE_CONV:
            return "conv";
        case IMC_STAGE_ADD:
            return "add";
        case IMC_STAGE_MAXPOOL:
            return "maxpool";
        case IMC_STAGE_AVGPOOL:
            return "avgpool";
        case IMC_STAGE_AFFINE:
            return "affine";
        case IMC_STAGE_LUT:
            return "lut";
        case IMC_STAGE_COPY:
            return "copy";
        default:
            return "spill";
    }
}

const char* engine_name(std::uint32_t engine)
{
    switch (engine) {
        case IMC_ENGINE_CROSSBAR:
            return "crossbar";
        case IMC_ENGINE_ASSOCIATIVE:
            return "associative";
        case IMC_ENGINE_CAM:
            return "cam";
        default:
            return "buffer";
    }
}

const char* host_op_name(std::uint32_t kind)
{
    switch (kind) {
        case IMC_HOST_SOFTMAX:
            return "softmax";
        case IMC_HOST_ARGMAX:
            return "argmax";
        default:
            return "log_softmax";
    }
}

void add_host_rows(std::vector<LayerRow>& rows, const imc_host_op* operators, std::uint64_t count)
{
    for (std::uint64_t i = 0; i < count; ++i) {
        LayerRow row;
        row.name = row.op = host_op_name(operators[i].kind);
        row.engine = "host";
        rows.push_back(row);
    }
}

}  // namespace

std::optional<ColumnWork> RunResult::column_work() const
{
    std::optional<ColumnWork> sum;
    for (const LayerRow& row : layers) {
        if (!row.column) continue;
        if (!sum) sum.emplace();
        sum->arrays += row.column->arrays;
        sum->array_reads += row.column->array_reads;
        sum->conversions += row.column->conversions;
        sum->scale_words += row.column->scale_words;
        sum->macs += row.column->macs;
    }
    return sum;
}

std::vector<LayerRow> layer_rows(const std::uint8_t* program_image)
{
    const auto* header = reinterpret_cast<const imc_program_header*>(program_image);
    const auto* layers = reinterpret_cast<const imc_layer*>(program_image + header->layers.offset);
    const auto* stages = reinterpret_cast<const imc_stage*>(program_image + header->stages.offset);
    const auto* strings = reinterpret_cast<const char*>(program_image + header->strings.offset);
    std::vector<LayerRow> rows(header->layers.count);
    std::vector<std::set<unsigned>> tiles(rows.size());
    for (std::uint32_t s = 0; s < header->stages.count; ++s) {
        if (stages[s].op == IMC_STAGE_SPILL) continue;
        tiles.at(stages[s].layer).insert(stages[s].tile);
        ++rows[stages[s].layer].stages;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].name = strings + layers[i].name;
        rows[i].op = op_name(layers[i].op);
        rows[i].engine = engine_name(layers[i].engine);
        rows[i].macs = layers[i].macs;
        rows[i].weight_bits_mean = layers[i].weight_bits_mean_milli * 1e-3;
        rows[i].activation_bits = layers[i].activation_bits;
        rows[i].tiles = static_cast<unsigned>(tiles[i].size());
    }
    add_host_rows(rows,
                  reinterpret_cast<const imc_host_op*>(program_image + header->host_ops.offset),
                  header->host_ops.count);
    return rows;
}

void share_area(RunResult& result, const std::uint8_t* program_image,
                const std::vector<double>& tile_areas_mm2, unsigned arrays_per_tile)
{
    const auto* header = reinterpret_cast<const imc_program_header*>(program_image);
    const auto* stages = reinterpret_cast<const imc_stage*>(program_image + header->stages.offset);
    struct Guests {
        std::set<unsigned> all, with_weights;
        unsigned arrays = 0;  ///< of a crossbar tile; 0: the tile counts whole
    };
    std::map<unsigned, Guests> tiles;
    for (std::uint32_t s = 0; s < header->stages.count; ++s) {
        if (stages[s].op == IMC_STAGE_SPILL || stages[s].tile >= tile_areas_mm2.size()) continue;
        Guests& guests = tiles[stages[s].tile];
        guests.all.insert(stages[s].layer);
        if (stages[s].op == IMC_STAGE_CONV) guests.with_weights.insert(stages[s].layer);
        if (stages[s].engine == IMC_ENGINE_CROSSBAR) guests.arrays += stages[s].arrays;
    }
    double rest = result.area_mm2;
    for (const auto& [tile, guests] : tiles) {
        const auto& owners = guests.with_weights.empty() ? guests.all : guests.with_weights;
        for (const unsigned layer : owners)
            result.layers.at(layer).area_mm2 +=
                tile_areas_mm2[tile] / static_cast<double>(owners.size());
        rest -= tile_areas_mm2[tile];
        const double share =
            guests.arrays == 0 || arrays_per_tile == 0
                ? 1.0
                : std::min(1.0, static_cast<double>(guests.arrays) / arrays_per_tile);
        result.used_area_mm2 += share * tile_areas_mm2[tile];
    }
    result.layers.back().area_mm2 = rest;
}

}  // namespace imc::report
