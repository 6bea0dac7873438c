// SPDX-License-Identifier: Apache-2.0
#include "digital/engine/digital_engine.h"

#include "common/error.h"

#include <algorithm>

namespace imc::digital {

namespace {

PoolShape pool_shape(const imc_stage& s)
{
    PoolShape shape;
    shape.channels = static_cast<int>(s.channel_end - s.channel_begin);
    shape.in_width = static_cast<int>(s.in[0].width);
    shape.out_width = static_cast<int>(s.out_width);
    shape.kernel_h = s.kernel_h;
    shape.kernel_w = s.kernel_w;
    shape.stride = s.stride_w;
    shape.pad_left = s.pad_left;
    shape.dilation = s.dilation_w;
    return shape;
}

bool is_pool(const imc_stage& s)
{
    return s.op == IMC_STAGE_MAXPOOL || s.op == IMC_STAGE_AVGPOOL;
}

}  // namespace

DigitalEngine::DigitalEngine(const imc_stage& stage, const UnitCost& cost)
    : m_stage(stage),
      m_cost(cost),
      m_channels(static_cast<int>(stage.channel_end - stage.channel_begin)),
      m_width(static_cast<int>(stage.out_width)),
      m_range{stage.out_min, stage.out_max, stage.out_zero_point}
{
    if (stage.op == IMC_STAGE_CONV || stage.op == IMC_STAGE_SPILL)
        throw InputError("digital unit: a convolution needs arrays");
    if (is_pool(stage)) pool_shape(stage).validate();
}

Work DigitalEngine::load(const Blob& blob)
{
    auto tables = read_tables(m_stage, blob);
    const auto kind = static_cast<imc_requant_kind>(m_stage.requant);
    if (m_stage.op == IMC_STAGE_ADD)
        m_adder.emplace(kind, tables.requant, m_range);
    else if (!tables.requant.empty())
        m_requantizer.emplace(kind, tables.requant, m_range);
    m_table = std::move(tables.table);
    return {};
}

void DigitalEngine::run(std::uint32_t, std::uint32_t first, std::uint32_t rows, const InputRows& in,
                        std::int32_t* out, std::int64_t*, Work& work)
{
    m_row_out.resize(static_cast<std::size_t>(m_channels) * m_width);
    for (std::uint32_t r = 0; r < rows; ++r) {
        std::int32_t* const direct = rows == 1 ? out : m_row_out.data();
        compute_row(first + r, in, direct);
        if (rows == 1) continue;
        for (int c = 0; c < m_channels; ++c)
            std::copy_n(direct + static_cast<std::size_t>(c) * m_width, m_width,
                        out + (static_cast<std::size_t>(c) * rows + r) * m_width);
    }
    charge(std::uint64_t{rows} * static_cast<unsigned>(m_channels) * m_stage.out_width, work);
}

void DigitalEngine::compute_row(std::uint32_t y, const InputRows& in, std::int32_t* out)
{
    const int count = m_channels * m_width;
    switch (m_stage.op) {
        case IMC_STAGE_ADD: {
            if (!m_adder) throw InputError("addition: run before its tables were loaded");
            m_rows.clear();
            for (unsigned s = 0; s < m_stage.streams; ++s)
                m_rows.push_back(in.row(s, y));
            m_adder->run(m_rows.data(), count, out);
            break;
        }
        case IMC_STAGE_LUT:
            look_up(in.row(0, y), count, m_table,
                    m_stage.in[0].is_signed ? -(1 << (m_stage.in[0].bits - 1)) : 0, out);
            break;
        case IMC_STAGE_AFFINE:
        case IMC_STAGE_COPY:
            m_requantizer->run_affine(in.row(0, y), m_channels, m_width, out);
            break;
        default:
            pool_row(y, in, out);
    }
}

void DigitalEngine::pool_row(std::uint32_t y, const InputRows& in, std::int32_t* out)
{
    m_rows.clear();
    for (unsigned kh = 0; kh < m_stage.kernel_h; ++kh)
        m_rows.push_back(window_row(m_stage, in, y, kh));
    const PoolShape shape = pool_shape(m_stage);
    if (m_stage.op == IMC_STAGE_AVGPOOL) {
        if (!m_requantizer) throw InputError("average pool: run before its tables were loaded");
        average_pool_row(shape, m_rows.data(), m_stage.count_include_pad != 0,
                         m_stage.in[0].pad_code, *m_requantizer, out);
        return;
    }
    if (!m_requantizer) {
        max_pool_row(shape, m_rows.data(), m_stage.out_min, out);
        for (int i = 0; i < m_channels * m_width; ++i)
            out[i] = std::clamp(out[i], m_stage.out_min, m_stage.out_max);
        return;
    }
    m_pooled.resize(static_cast<std::size_t>(m_channels) * m_width);
    max_pool_row(shape, m_rows.data(), m_stage.out_min, m_pooled.data());
    m_requantizer->run_affine(m_pooled.data(), m_channels, m_width, out);
}

void DigitalEngine::charge(std::uint64_t elements, Work& work) const
{
    const Operations done = operations(m_stage, elements);
    m_cost.charge(done, work);
    work.counts.push_back({m_cost.buffer_read_bit, done.read * m_stage.in[0].bits});
    work.duration_ps = m_cost.duration_ps(done.serial);
    work.segments.push_back({m_cost.digital, "digital", 0, work.duration_ps});
}

}  // namespace imc::digital
