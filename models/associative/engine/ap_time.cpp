// SPDX-License-Identifier: Apache-2.0
/// Time of a layer: over all clusters, shared by all of its stages, or with LoadMode::network of
/// the stage's own share; and the traffic from the memory APs.
#include <algorithm>
#include <cmath>

#include "associative/cost/energy.h"
#include "associative/engine/ap_engine.h"

namespace imc::associative {

namespace {

/// Part `index` of `total` cut into `parts`: all parts add up to it exactly.
std::uint64_t part_of(std::uint64_t total, std::uint64_t index, std::uint64_t parts)
{
    return total * (index + 1) / parts - total * index / parts;
}

}  // namespace

/// Output positions that share the arrays, u times the batch: of the whole layer, or of this stage
/// where clusters keep to their own.
std::uint64_t ApEngine::batch_positions() const
{
    const std::uint32_t height = m_stage.engine_arg[ap_height];
    const bool own = height == 0 || m_cost->config.load == LoadMode::network;
    return std::uint64_t{own ? m_stage.out_height : height} * m_stage.out_width *
           m_cost->config.batch;
}

std::uint64_t ApEngine::sharing_channels() const
{
    return m_cost->config.load == LoadMode::network ? channels() : m_stage.out_channels;
}

GemmShape ApEngine::gemm_shape() const
{
    GemmShape shape;
    shape.channels = sharing_channels();
    shape.length = std::uint64_t{m_stage.in[0].channels} / m_stage.groups * m_stage.kernel_h *
                   m_stage.kernel_w;
    shape.positions = batch_positions();
    shape.weight_bits = m_stage.weight_bits;
    shape.activation_bits = m_stage.in[0].bits;
    shape.groups = shape.channels * m_stage.groups / channels();
    return shape;
}

void ApEngine::add_segment(const char* operation, Cycles cycles, std::uint32_t image,
                           Work& work) const
{
    const Config& config = m_cost->config;
    const std::uint64_t all = duration_ps(config, cycles.reads, cycles.writes);
    const std::uint64_t own = part_of(all, image % config.batch, config.batch);
    if (own == 0) return;
    work.segments.push_back({m_cost->cap, operation, work.duration_ps, own});
    work.duration_ps += own;
}

void ApEngine::add_time(std::uint32_t image, const Tally& tally, Work& work) const
{
    const Config config = at_work(m_cost->config);
    const std::uint64_t positions = batch_positions();
    std::uint64_t steps = word_steps(config, sharing_channels() * positions);
    if (m_stage.op == IMC_STAGE_CONV) add_products(image, tally, work);
    if (m_stage.op == IMC_STAGE_CONV || m_stage.op == IMC_STAGE_AFFINE)
        steps = channel_steps(config, sharing_channels(), positions);
    add_segment(m_stage.op == IMC_STAGE_CONV ? "requantize" : "words", tally.words.times(steps),
                image, work);
}

void ApEngine::add_products(std::uint32_t image, const Tally& tally, Work& work) const
{
    const Config& config = m_cost->config;
    const bool network = config.load == LoadMode::network;
    const GemmCost cost =
        network ? cluster_cost(config, gemm_shape()) : gemm_cost(config, gemm_shape());
    const std::uint64_t n = cost.steps, half = cost.multiply_cycles / 2;
    add_segment("load", {n * cost.link_cycles, n * (cost.load_cycles + cost.preset_cycles)}, image,
                work);
    add_segment("multiply", {n * half, n * half}, image, work);
    add_segment("reduce",
                {n * (cost.reduction.compare_cycles + cost.reduction.move_cycles),
                 n * (cost.reduction.write_cycles + cost.reduction.move_cycles)},
                image, work);
    add_segment("read", {n * cost.read_cycles, 0}, image, work);
    if (network) add_stream(cost, image, work);
    charge_products(cost, tally, work);
}

/// Weights come from the memory AP that was loaded with them, a piece a step.
void ApEngine::add_stream(const GemmCost& cost, std::uint32_t image, Work& work) const
{
    const Config& config = m_cost->config;
    if (work.segments.empty()) return;
    GemmShape layer = gemm_shape();
    layer.channels = m_stage.out_channels;
    layer.positions = std::uint64_t{std::max(m_stage.engine_arg[ap_height], m_stage.out_height)} *
                      m_stage.out_width * config.batch;
    work.stream.steps = std::max<std::uint64_t>(1, cost.steps / config.batch);
    work.stream.pieces = std::max<std::uint64_t>(1, gemm_cost(config, layer).steps / config.batch);
    work.stream.together = (gemm_shape().positions + cost.tile_positions - 1) / cost.tile_positions;
    work.stream.bits =
        part_of(std::uint64_t{channels()} * layer.length * static_cast<unsigned>(layer.weight_bits),
                image % config.batch, config.batch);
    work.stream.segments = work.segments.size();
    work.stream.component = m_cost->operands;
    work.stream.read_bit = m_cost->map_read_bit;
}

/// Operands leave the memory APs once a step. With LoadMode::network each cluster's go over its own
/// bus, as long as one hop of the mesh (ASSUME); what comes from other clusters is packets.
void ApEngine::charge_products(const GemmCost& cost, const Tally& tally, Work& work) const
{
    const Config& config = m_cost->config;
    const GemmShape shape = gemm_shape();
    const std::uint64_t own = std::uint64_t{channels()} * m_stage.out_height * m_stage.out_width;
    const double share = static_cast<double>(own) / (static_cast<double>(shape.channels) *
                                                     static_cast<double>(shape.positions));
    const auto bits = static_cast<std::uint64_t>(
        std::llround(static_cast<double>(cost.steps * cost.operand_bits) * share));
    work.counts.push_back({m_cost->map_read_bit, bits});
    if (config.load == LoadMode::network) work.counts.push_back({m_cost->hop_bit, bits});
    if (!is_speaker()) return;
    work.observations.push_back({m_cost->product_cycles, cost.cycles() / config.batch});
    work.observations.push_back({m_cost->steps, cost.steps});
    if (config.resources == Resources::unlimited) {
        work.observations.push_back({m_cost->arrays, cost.arrays});
        work.observations.push_back(
            {m_cost->cell_rows, cost.arrays * array_rows(config, gemm_shape())});
    }
    const double writes = tally.cell_writes * static_cast<double>(cost.steps) / config.batch;
    work.observations.push_back(
        {m_cost->busiest_cell_milliwrites, static_cast<std::uint64_t>(std::llround(writes * 1e3))});
}

}  // namespace imc::associative
