// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/gemm.h"

#include <algorithm>
#include <string>

#include "associative/cost/reduction.h"
#include "common/error.h"

namespace imc::associative {

namespace {

constexpr std::size_t max_length = std::size_t{1} << 20;
constexpr std::size_t max_rows = std::size_t{1} << 15;
constexpr int max_sum_columns = 48;
constexpr std::size_t word_group = 32;
constexpr std::size_t plane_group = 64;

void check_config(const GemmConfig& config, std::size_t channels, std::size_t length)
{
    if (config.weight_bits < 1 || config.weight_bits > 16 || config.activation_bits < 1 ||
        config.activation_bits > 16) {
        throw InputError("associative product of " + std::to_string(config.weight_bits) + " x " +
                         std::to_string(config.activation_bits) + " bits: widths are 1 to 16");
    }
    if (channels == 0 || length == 0 || length > max_length || config.array_rows == 0 ||
        config.array_rows > max_rows) {
        throw InputError("associative product of " + std::to_string(channels) +
                         " channels of length " + std::to_string(length) + " on arrays of " +
                         std::to_string(config.array_rows) +
                         " rows: lengths are 1 to 1048576, rows 1 to 32768");
    }
}

void check_weights(const GemmConfig& config, const std::int32_t* weights, std::size_t count)
{
    const std::int32_t limit = std::int32_t{1} << (config.weight_bits - 1);
    for (std::size_t i = 0; i < count; ++i) {
        if (weights[i] < -limit || weights[i] >= limit) {
            throw InputError("weight " + std::to_string(weights[i]) + " at index " +
                             std::to_string(i) + " does not fit " +
                             std::to_string(config.weight_bits) + " bits");
        }
    }
}

}  // namespace

Gemm::Gemm(const GemmConfig& config, const std::int32_t* weights, std::size_t channels,
           std::size_t length)
    : m_config(config), m_channels(channels), m_length(length), m_sum_bits(0)
{
    check_config(config, channels, length);
    check_weights(config, weights, channels * length);
    m_sum_bits = config.weight_bits + config.activation_bits + ceil_log2(length);
    if (m_sum_bits > max_sum_columns) {
        throw InputError("associative sums of " + std::to_string(m_sum_bits) + " bits: at most " +
                         std::to_string(max_sum_columns) +
                         "; use narrower operands or shorter dot products");
    }
    const bool tabulated = config.weight_bits + config.activation_bits <= max_table_bits &&
                           std::max(config.weight_bits, config.activation_bits) <= 8;
    if (config.path == Path::fast && tabulated && m_sum_bits <= 31) {
        prepare_words(weights);
        m_table = product_table(config.weight_bits, config.activation_bits);
        if (lane_kernels().count_products == nullptr) {
            sum_table_rows();
        }
    } else {
        prepare_planes(weights);
    }
}

void Gemm::prepare_words(const std::int32_t* weights)
{
    const std::size_t groups = (m_channels + word_group - 1) / word_group;
    const auto mask = static_cast<std::int32_t>((1u << m_config.weight_bits) - 1);
    m_words.assign(groups * m_length * word_group, 0);
    m_code_stride = (m_channels + count_channels - 1) / count_channels * count_channels;
    m_codes.assign(m_length * m_code_stride, 0);
    for (std::size_t c = 0; c < m_channels; ++c) {
        std::int16_t* group =
            m_words.data() + c / word_group * m_length * word_group + c % word_group;
        for (std::size_t k = 0; k < m_length; ++k) {
            group[k * word_group] = static_cast<std::int16_t>(weights[c * m_length + k]);
            m_codes[k * m_code_stride + c] =
                static_cast<std::uint8_t>(weights[c * m_length + k] & mask);
        }
    }
}

void Gemm::prepare_planes(const std::int32_t* weights)
{
    const auto bits = static_cast<std::size_t>(m_config.weight_bits);
    const std::size_t groups = (m_channels + plane_group - 1) / plane_group;
    m_planes.assign(groups * m_length * bits, 0);
    for (std::size_t c = 0; c < m_channels; ++c) {
        std::uint64_t* group = m_planes.data() + c / plane_group * m_length * bits;
        for (std::size_t k = 0; k < m_length; ++k) {
            for (std::size_t i = 0; i < bits; ++i) {
                const auto bit = static_cast<std::uint64_t>((weights[c * m_length + k] >> i) & 1);
                group[k * bits + i] |= bit << (c % plane_group);
            }
        }
    }
}

void Gemm::sum_table_rows()
{
    // Below this many positions looking up each pair is cheaper than summing table rows over the
    // channels.
    constexpr std::size_t worthwhile_positions = 8;
    if (m_config.expected_positions < worthwhile_positions) {
        return;
    }
    const std::size_t codes = std::size_t{1} << m_config.activation_bits;
    const std::size_t weight_codes = std::size_t{1} << m_config.weight_bits;
    // Table rows by weight, both counts in one word: they stay below 2^16 over `batch` channels.
    constexpr std::size_t batch = 256;
    std::vector<std::uint32_t> rows(weight_codes * codes);
    for (std::size_t a = 0; a < codes; ++a) {
        for (std::size_t w = 0; w < weight_codes; ++w) {
            const std::size_t pair = a * weight_codes + w;
            rows[w * codes + a] =
                std::uint32_t{m_table->written[pair]} << 16 | m_table->matches[pair];
        }
    }
    m_product_counts.assign(m_length * codes, 0);
    std::vector<std::uint32_t> sum(codes);
    for (std::size_t k = 0; k < m_length; ++k) {
        for (std::size_t first = 0; first < m_channels; first += batch) {
            std::fill(sum.begin(), sum.end(), 0);
            for (std::size_t c = first; c < std::min(first + batch, m_channels); ++c) {
                const std::uint32_t* row = rows.data() + m_codes[k * m_code_stride + c] * codes;
                for (std::size_t a = 0; a < codes; ++a) {
                    sum[a] += row[a];
                }
            }
            for (std::size_t a = 0; a < codes; ++a) {
                m_product_counts[k * codes + a] +=
                    std::uint64_t{sum[a] >> 16} << 32 | (sum[a] & 0xffffu);
            }
        }
    }
}

void Gemm::check_activations(const std::uint16_t* activations, std::size_t positions) const
{
    std::uint16_t all = 0;
    for (std::size_t i = 0; i < positions * m_length; ++i) {
        all |= activations[i];
    }
    if (all >> m_config.activation_bits) {
        throw InputError("an activation code does not fit " +
                         std::to_string(m_config.activation_bits) + " bits");
    }
}

std::int64_t Gemm::bias() const
{
    const int product_bits = m_config.weight_bits + m_config.activation_bits;
    return static_cast<std::int64_t>(m_length) << (product_bits - 1);
}

Counts Gemm::run(const std::uint16_t* activations, std::size_t positions, std::int64_t* sums) const
{
    check_activations(activations, positions);
    Counts counts = is_tabulated() ? run_words(activations, positions, sums)
                                   : run_planes(activations, positions, sums);
    fixed_counts(positions, counts);
    return counts;
}

void Gemm::fixed_counts(std::size_t positions, Counts& counts) const
{
    const std::uint64_t passes =
        4ull * static_cast<unsigned>(m_config.weight_bits * m_config.activation_bits);
    const std::uint64_t outputs = positions * m_channels;
    const ReductionCost reduction =
        segmented_reduction(m_config.reduction, m_length, m_config.array_rows,
                            m_config.weight_bits + m_config.activation_bits);
    counts.compare_cycles += passes + reduction.compare_cycles;
    counts.write_cycles += passes + reduction.write_cycles;
    counts.load_cycles += reduction.move_cycles;
    counts.read_cycles += reduction.move_cycles;
    counts.row_compares += outputs * (m_length * passes + reduction.row_compares);
    counts.column_compares += outputs * reduction.column_compares;
    counts.io_bits_in += outputs * reduction.moved_bits;
    counts.io_bits_out += outputs * reduction.moved_bits;
}

}  // namespace imc::associative
