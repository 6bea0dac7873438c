// SPDX-License-Identifier: Apache-2.0
#include "associative/engine/ap_engine.h"

#include <algorithm>
#include <string>

#include "associative/cost/energy.h"
#include "associative/engine/stage_tables.h"
#include "associative/kernel/cell_wear.h"
#include "common/error.h"

namespace imc::associative {

ApEngine::ApEngine(const imc_stage& stage, std::shared_ptr<const ApCost> cost,
                   std::shared_ptr<WeightStore> store)
    : m_base(stage), m_stage(stage), m_cost(std::move(cost)), m_store(std::move(store))
{
    if (stage.op == IMC_STAGE_SPILL || stage.scheme == IMC_SCHEME_CODEBOOK ||
        stage.role != IMC_ROLE_WHOLE)
        throw InputError("associative processor: no microcode for operation " +
                         std::to_string(stage.op) + ", scheme " + std::to_string(stage.scheme) +
                         ", role " + std::to_string(stage.role));
    const bool rounds = stage.op != IMC_STAGE_LUT && stage.op != IMC_STAGE_MAXPOOL;
    if (rounds && stage.requant != IMC_REQUANT_NONE && stage.requant != IMC_REQUANT_DYADIC)
        throw InputError("associative processor: requantisation kind " +
                         std::to_string(stage.requant) +
                         " has no microcode; the compiler converts it to dyadic");
}

Work ApEngine::load(const Blob& blob)
{
    auto slice = std::make_shared<SliceTables>();
    const auto precisions = read_precisions(blob);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < std::max<std::size_t>(precisions.size(), 1); ++i) {
        SliceTables::Entry entry;
        if (!precisions.empty()) entry.precision = precisions[i];
        m_stage = precisions.empty() ? m_base : at_precision(m_base, precisions[i]);
        std::uint64_t own = 0;
        entry.tables = read_stage_tables(m_stage, m_cost->config, batch_positions(),
                                         i == 0 ? blob : precision_blob(blob, precisions[i]), own);
        slice->entries.push_back(std::move(entry));
        bits += own;
    }
    m_slice = std::move(slice);
    m_store->put(m_base.id, m_slice);
    Work work;
    work.counts.push_back({m_cost->map_write_bit, bits});
    work.duration_ps = duration_ps(
        m_cost->config, 0, (bits + m_cost->config.link_bits - 1) / m_cost->config.link_bits);
    work.segments.push_back({m_cost->map, "load", 0, work.duration_ps});
    return work;
}

void ApEngine::select(std::uint32_t image)
{
    const std::uint32_t owner = m_base.engine_arg[ap_owner];
    if (!m_slice && owner != 0) m_slice = m_store->find(static_cast<std::uint16_t>(owner - 1));
    if (m_slice) {
        const SliceTables::Entry& entry = m_slice->entries[image % m_slice->entries.size()];
        m_stage = entry.precision ? at_precision(m_base, *entry.precision) : m_base;
        m_tables = entry.tables;
        return;
    }
    if (m_base.op == IMC_STAGE_CONV || m_base.op == IMC_STAGE_LUT)
        throw InputError("associative processor: stage " + std::to_string(m_base.id) +
                         " runs before its tables were loaded");
    m_tables = std::make_shared<const StageTables>();
}

const imc_requant& ApEngine::entry(std::size_t index) const
{
    static const imc_requant neutral{0, 1, 0, 0, 0};
    const auto& entries = m_tables->requant;
    if (entries.empty()) return neutral;
    return entries[entries.size() == 1 ? 0 : index];
}

void ApEngine::run(std::uint32_t image, std::uint32_t first, std::uint32_t rows,
                   const InputRows& in, std::int32_t* out, std::int64_t*, Work& work)
{
    select(image);
    const Unit unit{first, rows, &in, out, std::size_t{rows} * m_stage.out_width};
    Tally tally;
    switch (m_stage.op) {
        case IMC_STAGE_CONV:
            convolve(unit, tally);
            break;
        case IMC_STAGE_ADD:
            add(unit, tally);
            break;
        case IMC_STAGE_MAXPOOL:
        case IMC_STAGE_AVGPOOL:
            pool(unit, tally);
            break;
        case IMC_STAGE_LUT:
            look_up(unit, tally);
            break;
        default:
            affine(unit, tally);
    }
    m_cost->charge(tally.counts, work);
    add_time(image, tally, work);
}

void ApEngine::Tally::add(const Counts& unit)
{
    counts += unit;
    const Cycles cycles = word_cycles(unit);
    if (cycles.reads + cycles.writes > words.reads + words.writes) words = cycles;
}

void ApEngine::Tally::add(const Counts& unit, const Tally& after)
{
    counts += unit;
    counts += after.counts;
    const Cycles first = word_cycles(unit);
    words = {first.reads + after.words.reads, first.writes + after.words.writes};
}

WordUnit ApEngine::word_unit(std::size_t rows) const
{
    return {m_cost->config.path, rows, static_cast<int>(m_cost->config.columns)};
}

std::int32_t ApEngine::lowest_input(unsigned stream) const
{
    const imc_stream& in = m_stage.in[stream];
    return in.is_signed ? -(std::int32_t{1} << (in.bits - 1)) : 0;
}

std::uint64_t ApEngine::highest_input(unsigned stream) const
{
    return (std::uint64_t{1} << m_stage.in[stream].bits) - 1;
}

void ApEngine::gather(const Unit& unit, unsigned group, std::vector<std::uint16_t>& codes) const
{
    const imc_stream& in = m_stage.in[0];
    const unsigned depth = in.channels / m_stage.groups;
    const std::size_t length = std::size_t{depth} * m_stage.kernel_h * m_stage.kernel_w;
    const std::int32_t lowest = lowest_input(0);
    codes.assign(unit.size * length, static_cast<std::uint16_t>(in.pad_code - lowest));
    for (std::uint32_t r = 0; r < unit.rows; ++r)
        for (unsigned kh = 0; kh < m_stage.kernel_h; ++kh) {
            const std::int64_t y = std::int64_t{unit.first + r} * m_stage.stride_h -
                                   m_stage.pad_top + std::int64_t{kh} * m_stage.dilation_h;
            if (y < 0 || y >= in.height) continue;
            const std::int32_t* row = unit.in->row(0, static_cast<std::uint32_t>(y)) +
                                      std::size_t{group} * depth * in.width;
            for (std::uint32_t x = 0; x < m_stage.out_width; ++x) {
                std::uint16_t* to =
                    codes.data() + (std::size_t{r} * m_stage.out_width + x) * length;
                for (unsigned kw = 0; kw < m_stage.kernel_w; ++kw) {
                    const std::int64_t column = std::int64_t{x} * m_stage.stride_w -
                                                m_stage.pad_left +
                                                std::int64_t{kw} * m_stage.dilation_w;
                    if (column < 0 || column >= in.width) continue;
                    const std::size_t at = std::size_t{kh} * m_stage.kernel_w + kw;
                    const std::size_t pitch = std::size_t{m_stage.kernel_h} * m_stage.kernel_w;
                    for (unsigned c = 0; c < depth; ++c)
                        to[c * pitch + at] = static_cast<std::uint16_t>(
                            row[std::size_t{c} * in.width + static_cast<std::size_t>(column)] -
                            lowest);
                }
            }
        }
}

void ApEngine::convolve(const Unit& unit, Tally& tally)
{
    const std::uint32_t group_channels = channels() / m_stage.groups;
    Scratch& scratch = m_store->scratch();
    std::vector<std::int64_t>& sums = scratch.sums;
    std::vector<std::uint64_t>& words = scratch.words;
    sums.resize(unit.size * group_channels);
    words.resize(unit.size);
    for (unsigned g = 0; g < m_stage.groups; ++g) {
        const Gemm& product = *m_tables->products[g];
        gather(unit, g, scratch.codes);
        if (g == 0 && is_speaker()) tally.cell_writes = cell_writes(unit, scratch.codes);
        tally.counts += product.run(scratch.codes.data(), unit.size, sums.data());
        const std::int64_t centre = static_cast<std::int64_t>(product.length())
                                    << (m_stage.weight_bits + m_stage.in[0].bits - 1);
        const std::uint64_t highest = (std::uint64_t{1} << product.sum_bits()) - 1;
        for (std::uint32_t c = 0; c < group_channels; ++c) {
            const std::size_t channel = std::size_t{g} * group_channels + c;
            for (std::size_t p = 0; p < unit.size; ++p)
                words[p] = static_cast<std::uint64_t>(sums[p * group_channels + c] + centre);
            const std::int64_t lowest = lowest_input(0) * m_tables->weight_sums[channel] - centre;
            requantize(unit, channel, words,
                       rescale_of(m_stage, entry(channel), {lowest, highest}, false), tally);
        }
        const std::uint64_t products = unit.size * group_channels * product.length();
        const auto width = static_cast<std::uint64_t>(m_stage.weight_bits + m_stage.in[0].bits);
        tally.counts.io_bits_in += products * width;
        tally.counts.io_bits_out +=
            unit.size * group_channels * static_cast<std::uint64_t>(product.sum_bits());
        if (m_cost->config.preset_cycle) tally.counts.written += products * width;
    }
}

double ApEngine::cell_writes(const Unit& unit, const std::vector<std::uint16_t>& codes) const
{
    const Gemm& product = *m_tables->products[0];
    CellWear wear;
    for (std::size_t k = 0; k < wear_samples; ++k)
        wear += cell_wear(product.config(), m_tables->samples.data() + k * product.length(),
                          codes.data() + k * unit.size / wear_samples * product.length(),
                          product.length());
    return static_cast<double>(wear.most()) / wear_samples;
}

/// Words of one channel to codes of its rows.
void ApEngine::requantize(const Unit& unit, std::size_t channel,
                          const std::vector<std::uint64_t>& words, const Rescale& rescale,
                          Tally& tally)
{
    WordUnit arrays = word_unit(words.size());
    std::vector<std::uint64_t>& codes = m_store->scratch().results;
    codes.resize(words.size());
    run_rescale(arrays, rescale, words.data(), codes.data());
    std::int32_t* to = unit.out + channel * unit.size;
    for (std::size_t i = 0; i < codes.size(); ++i)
        to[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(codes[i]) + m_stage.out_min);
    tally.add(arrays.counts());
}

}  // namespace imc::associative
