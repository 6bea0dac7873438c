// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/code_ops.h"

#include "common/error.h"

#include <algorithm>

namespace imc::cam {

namespace {

constexpr std::size_t chunk = 256;

void require_rows(const std::vector<std::int32_t>& table, const char* what)
{
    if (table.empty() || table.size() > 256)
        throw InputError(std::string("CAM block: ") + what + " has " +
                         std::to_string(table.size()) + " rows; a code table has 1 to 256");
}

void require_matches(const std::int32_t* queries, const std::int32_t* rows, std::size_t count)
{
    const auto missing = std::find(rows, rows + count, no_match) - rows;
    if (static_cast<std::size_t>(missing) < count)
        throw InputError("CAM block: no row equals " + std::to_string(queries[missing]) +
                         "; exact match needs a row for every code");
}

std::int32_t saturate(std::int64_t value)
{
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, INT32_MIN, INT32_MAX));
}

}  // namespace

void OutputStage::run(std::int32_t* values, std::size_t count) const
{
    std::int32_t rows[chunk];
    for (std::size_t begin = 0; begin < count; begin += chunk) {
        const std::size_t n = std::min(chunk, count - begin);
        std::int32_t* z = values + begin;
        if (relu)
            for (std::size_t i = 0; i < n; ++i)
                z[i] = std::max(z[i], 0);
        if (activation.rows() != 0) {
            activation.find_many(z, n, rows);
            if (activation.distance() == Distance::exact) require_matches(z, rows, n);
            for (std::size_t i = 0; i < n; ++i)
                z[i] = activation_value[static_cast<std::size_t>(rows[i])];
        }
        if (encoder.rows() != 0) {
            encoder.find_many(z, n, rows);
            std::copy_n(rows, n, z);
        } else {
            for (std::size_t i = 0; i < n; ++i)
                z[i] = std::clamp(z[i], min, max);
        }
    }
}

void max_pool(const std::int32_t* codes, std::size_t window, std::size_t count, std::int32_t* out)
{
    std::copy_n(codes, count, out);
    for (std::size_t w = 1; w < window; ++w)
        for (std::size_t n = 0; n < count; ++n)
            out[n] = std::max(out[n], codes[w * count + n]);
}

unsigned floor_log2(std::uint64_t n)
{
    return 63 - static_cast<unsigned>(__builtin_clzll(n));
}

AveragePool::AveragePool(std::vector<std::int32_t> values, const OutputStage& output,
                         unsigned most_cells)
    : m_values(std::move(values)), m_output(output), m_most_cells(most_cells)
{
    require_rows(m_values, "average pool's decode table");
    if (most_cells == 0) throw InputError("CAM block: average pool over a window of 0; use 1 cell");
}

const OutputStage& AveragePool::stage_of(unsigned cells)
{
    const auto found = m_stages.find(cells);
    if (found != m_stages.end()) return found->second;
    const unsigned shift = floor_log2(cells);
    OutputStage& stage = m_stages[cells] = m_output;
    if (m_output.encoder.rows() == 0) return stage;
    std::vector<std::int32_t> keys;
    for (const std::int64_t key : m_output.encoder.keys()) {
        const std::int64_t half = (std::int64_t{1} << shift) >> 1;  // key * n / 2^shift, half up
        keys.push_back(saturate((key * cells + half) >> shift));
    }
    stage.encoder = NearestTable(std::move(keys), m_output.encoder.distance());
    return stage;
}

void AveragePool::finish(const std::int64_t* sums, unsigned cells, std::size_t count,
                         std::int32_t* out)
{
    if (cells == 0 || cells > m_most_cells)
        throw InputError("CAM block: an average over " + std::to_string(cells) +
                         " cells where the " + "window has " + std::to_string(m_most_cells));
    const unsigned shift = floor_log2(cells);
    for (std::size_t n = 0; n < count; ++n)
        out[n] = saturate(sums[n] >> shift);
    stage_of(cells).run(out, count);
}

ResidualAdd::ResidualAdd(const std::vector<std::int32_t>& values_a,
                         const std::vector<std::int32_t>& values_b, const OutputStage& output)
    : m_codes_b(static_cast<unsigned>(values_b.size()))
{
    require_rows(values_a, "residual add's first decode table");
    require_rows(values_b, "residual add's second decode table");
    for (const std::int64_t a : values_a)
        for (const std::int64_t b : values_b)
            m_result.push_back(saturate(a + b));
    output.run(m_result.data(), m_result.size());
}

void ResidualAdd::run(const std::int32_t* a, const std::int32_t* b, std::size_t count,
                      std::int32_t* out) const
{
    for (std::size_t n = 0; n < count; ++n)
        out[n] =
            m_result[static_cast<std::size_t>(a[n]) * m_codes_b + static_cast<std::size_t>(b[n])];
}

}  // namespace imc::cam
