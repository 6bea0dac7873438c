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

}  // namespace

void Activation::apply(const std::int32_t* sums, std::size_t count, std::int32_t* values_out) const
{
    if (kind == Kind::table) {
        keys.find_many(sums, count, values_out);
        for (std::size_t n = 0; n < count; ++n)
            values_out[n] = values[static_cast<std::size_t>(values_out[n])];
        return;
    }
    const std::int32_t floor = kind == Kind::relu ? 0 : INT32_MIN;
    for (std::size_t n = 0; n < count; ++n)
        values_out[n] = std::max(sums[n], floor);
}

void encode(const NearestTable& encoder, const std::int32_t* values, std::size_t count,
            std::uint8_t* codes)
{
    std::int32_t rows[chunk];
    for (std::size_t begin = 0; begin < count; begin += chunk) {
        const std::size_t n = std::min(chunk, count - begin);
        encoder.find_many(values + begin, n, rows);
        for (std::size_t i = 0; i < n; ++i)
            codes[begin + i] = static_cast<std::uint8_t>(rows[i]);
    }
}

void max_pool(const std::uint8_t* codes, std::size_t window, std::size_t count, std::uint8_t* out)
{
    std::copy_n(codes, count, out);
    for (std::size_t w = 1; w < window; ++w)
        for (std::size_t n = 0; n < count; ++n)
            out[n] = std::max(out[n], codes[w * count + n]);
}

AveragePool::AveragePool(std::vector<std::int32_t> values,
                         const std::vector<std::int32_t>& encode_keys, unsigned window)
    : m_values(std::move(values)), m_window(window)
{
    require_rows(m_values, "average pool's decode table");
    require_rows(encode_keys, "average pool's encode table");
    if (window == 0) throw InputError("CAM block: average pool over a window of 0; use at least 1");
    while (2u << m_shift <= window)
        ++m_shift;
    std::vector<std::int32_t> keys;
    for (const std::int64_t key : encode_keys) {
        const std::int64_t half =
            std::int64_t{1} << m_shift >> 1;  // key * window / 2^shift, half up
        keys.push_back(static_cast<std::int32_t>((key * window + half) >> m_shift));
    }
    m_encoder = NearestTable(std::move(keys));
}

void AveragePool::run(const std::uint8_t* codes, std::size_t count, std::uint8_t* out) const
{
    std::int32_t sums[chunk];
    for (std::size_t begin = 0; begin < count; begin += chunk) {
        const std::size_t n = std::min(chunk, count - begin);
        for (std::size_t i = 0; i < n; ++i) {
            std::int64_t sum = 0;
            for (std::size_t w = 0; w < m_window; ++w)
                sum += m_values[codes[w * count + begin + i]];
            sums[i] = static_cast<std::int32_t>(sum >> m_shift);
        }
        encode(m_encoder, sums, n, out + begin);
    }
}

ResidualAdd::ResidualAdd(std::vector<std::int32_t> values_a, std::vector<std::int32_t> values_b,
                         std::vector<std::int32_t> encode_keys, bool relu)
    : m_codes_b(static_cast<unsigned>(values_b.size()))
{
    require_rows(values_a, "residual add's first decode table");
    require_rows(values_b, "residual add's second decode table");
    require_rows(encode_keys, "residual add's encode table");
    const NearestTable encoder(std::move(encode_keys));
    for (const std::int64_t a : values_a)
        for (const std::int64_t b : values_b) {
            const std::int64_t sum =
                std::clamp<std::int64_t>(a + b, relu ? 0 : INT32_MIN, INT32_MAX);
            m_code_of_pair.push_back(
                static_cast<std::uint8_t>(encoder.find(static_cast<std::int32_t>(sum))));
        }
}

void ResidualAdd::run(const std::uint8_t* a, const std::uint8_t* b, std::size_t count,
                      std::uint8_t* out) const
{
    for (std::size_t n = 0; n < count; ++n)
        out[n] = m_code_of_pair[std::size_t{a[n]} * m_codes_b + b[n]];
}

}  // namespace imc::cam
