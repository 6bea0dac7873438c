// SPDX-License-Identifier: Apache-2.0
/// Goes through a stage's operations on one row, whose registers throw where they do not fit.
#include "associative/engine/stage_columns.h"

#include <algorithm>

#include "associative/cost/layer_cost.h"
#include "associative/engine/rescale.h"
#include "common/error.h"

namespace imc::associative {

namespace {

constexpr imc_requant neutral{0, 1, 0, 0, 0};

class OneRow {
public:
    OneRow(const Config& config, const imc_stage& stage, const std::vector<imc_requant>& entries)
        : m_config(config), m_stage(stage), m_entries(entries)
    {
        if (m_entries.empty()) m_entries.push_back(neutral);
    }

    void products() const
    {
        GemmShape shape;
        shape.length = std::uint64_t{m_stage.in[0].channels} / m_stage.groups * m_stage.kernel_h *
                       m_stage.kernel_w;
        shape.weight_bits = m_stage.weight_bits;
        shape.activation_bits = m_stage.in[0].bits;
        check_product_columns(m_config, shape);
        const auto length = static_cast<std::int64_t>(shape.length);
        rescale(
            {-(length << (shape.product_bits() - 1)), (std::uint64_t{1} << shape.sum_bits()) - 1},
            false);
    }

    void sum() const
    {
        WordUnit unit = row();
        std::uint64_t code = 0;
        run_sum(
            unit, sum_rescale_of(m_stage, m_entries),
            [](unsigned) { return std::vector<std::uint64_t>{0}; }, &code);
    }

    void largest(bool scaled) const
    {
        WordUnit unit = row();
        const auto best = unit.make(m_stage.in[0].bits);
        unit.max(best, unit.make(m_stage.in[0].bits));
        if (scaled) codes();
    }

    void average() const
    {
        const unsigned window = unsigned{m_stage.kernel_h} * m_stage.kernel_w;
        const Range code = code_range(m_stage.in[0]);
        WordUnit unit = row();
        unit.make(m_stage.in[0].bits);
        unit.make(m_stage.in[0].bits + ceil_log2(window) + 1);
        for (unsigned cells = 1; cells <= window; ++cells)
            rescale({code.lowest * cells, code.highest * window}, false, cells);
    }

    void codes() const { rescale(code_range(m_stage.in[0]), true); }

    void look_up(const std::vector<std::int32_t>& table) const
    {
        const auto [least, most] = std::minmax_element(table.begin(), table.end());
        WordUnit unit = row();
        unit.make(m_stage.in[0].bits);
        unit.make(bit_length(Wide{*most} - *least));
    }

private:
    WordUnit row() const { return {Path::fast, 1, static_cast<int>(m_config.columns)}; }

    void rescale(const Range& range, bool multiplied_bias, std::uint64_t count = 1) const
    {
        const std::uint64_t word = 0;
        std::uint64_t code = 0;
        for (const imc_requant& entry : m_entries) {
            WordUnit unit = row();
            run_rescale(unit, rescale_of(m_stage, entry, range, multiplied_bias, count), &word,
                        &code);
        }
    }

    const Config& m_config;
    const imc_stage& m_stage;
    std::vector<imc_requant> m_entries;
};

constexpr unsigned most_columns = 4096;  ///< that a platform may have

/// Throws InputError where an operation of the stage does not fit.
void walk(const Config& config, const imc_stage& stage, const std::vector<imc_requant>& entries,
          const std::vector<std::int32_t>& table)
{
    const OneRow row(config, stage, entries);
    switch (stage.op) {
        case IMC_STAGE_CONV:
            return row.products();
        case IMC_STAGE_ADD:
            return row.sum();
        case IMC_STAGE_MAXPOOL:
            return row.largest(!entries.empty());
        case IMC_STAGE_AVGPOOL:
            return row.average();
        case IMC_STAGE_LUT:
            return row.look_up(table);
        default:
            return row.codes();
    }
}

}  // namespace

void check_stage_columns(const Config& config, const imc_stage& stage,
                         const std::vector<imc_requant>& entries,
                         const std::vector<std::int32_t>& table)
{
    const auto fits = [&](unsigned columns) {
        Config tried = config;
        tried.columns = columns;
        try {
            walk(tried, stage, entries, table);
        } catch (const InputError&) {
            return false;
        }
        return true;
    };
    if (fits(config.columns)) return;
    if (!fits(most_columns)) walk(config, stage, entries, table);  // no width helps: it says why
    // What the first refusal asks for is not always the least, nor enough for what follows it.
    unsigned least = config.columns + 1;
    while (!fits(least))
        ++least;
    throw InputError(
        "its operations need " + std::to_string(least) + " columns, the arrays have " +
        std::to_string(config.columns) +
        "; use narrower operands or multipliers "
        "(platform.associative.multiplier_bits), or set platform.associative.columns: " +
        std::to_string(least));
}

}  // namespace imc::associative
