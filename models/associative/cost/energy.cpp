// SPDX-License-Identifier: Apache-2.0
#include "associative/cost/energy.h"

#include <cmath>
#include <string>

#include "associative/kernel/product_table.h"
#include "common/error.h"

namespace imc::associative {

namespace {

constexpr double threshold_v = 0.35;  ///< ASSUME, fact sheet section 6
constexpr double alpha = 1.3;

std::uint64_t rounded(double value)
{
    return static_cast<std::uint64_t>(std::llround(value));
}

struct ProductAverage {
    double matches;
    double written;
};

ProductAverage product_average(int weight_bits, int activation_bits)
{
    if (weight_bits > 8 || activation_bits > 8) {
        const double pairs = weight_bits * activation_bits;
        return {0.23 * pairs, 0.30 * pairs};
    }
    const auto table = product_table(weight_bits, activation_bits);
    ProductAverage average{0.0, 0.0};
    for (std::size_t i = 0; i < table->written.size(); ++i) {
        average.matches += table->matches[i];
        average.written += table->written[i];
    }
    const auto size = static_cast<double>(table->written.size());
    return {average.matches / size, average.written / size};
}

struct LineAverage {
    double matches;
    double written;
};

/// Ripple additions: four compares a column, half of the columns match, half of those move the
/// carry.
LineAverage line_average(std::uint64_t compares)
{
    return {0.125 * static_cast<double>(compares), 0.1875 * static_cast<double>(compares)};
}

/// A carry-save tree over random words: sums stay at half ones, carries start at a quarter (`ones`)
/// and grow with the levels as bits that are independent do; a bit matches where A != C, half of
/// these write the carry cell too, and each carry moves with two writes.
LineAverage tree_average(const GemmShape& shape)
{
    const double final_columns = shape.length > 1 ? shape.sum_bits() : 0;
    LineAverage average{0.5 * final_columns, 0.75 * final_columns};
    double ones = 0.0;
    std::uint64_t nodes = shape.length;
    for (int level = 1; nodes > 1; ++level) {
        const double columns = static_cast<double>(nodes / 2) * (shape.product_bits() + level - 1);
        const double first = 0.25 + 0.5 * ones;
        double matches = 0.5;
        double carries = first;
        ones = first;
        if (level > 1) {
            const double before = 2.0 * (first - 0.25);
            const double differ = before * (1.0 - first) + first * (1.0 - before);
            ones = before * first + 0.5 * differ;
            matches += differ;
            carries += ones;
        }
        average.matches += columns * (matches + carries);
        average.written += columns * (1.5 * matches + 2.0 * carries);
        nodes -= nodes / 2;
    }
    return average;
}

}  // namespace

double energy_scale(double vdd)
{
    return vdd * vdd;
}

double delay_scale(double vdd)
{
    if (!(vdd >= 0.4 && vdd <= 1.2)) {
        throw InputError("supply voltage of " + std::to_string(vdd) +
                         " V: 0.4 to 1.2 V are modelled");
    }
    const auto delay = [](double v) { return v / std::pow(v - threshold_v, alpha); };
    return delay(vdd) / delay(1.0);
}

double energy_j(const Counts& counts, const Energies& energies, double vdd)
{
    const double lines =
        static_cast<double>(counts.row_compares) + static_cast<double>(counts.column_compares);
    const double fj = lines * energies.compare_fj +
                      static_cast<double>(counts.written) * energies.write_fj +
                      static_cast<double>(counts.io_bits_in) * energies.load_fj +
                      static_cast<double>(counts.io_bits_out) * energies.read_fj;
    return fj * 1e-15 * energy_scale(vdd);
}

std::uint64_t duration_ps(const Config& config, std::uint64_t compare_or_read_cycles,
                          std::uint64_t write_cycles)
{
    const double ns = static_cast<double>(compare_or_read_cycles) * config.compare_ns +
                      static_cast<double>(write_cycles) * config.write_ns;
    return rounded(ns * 1e3 * delay_scale(config.vdd));
}

std::uint64_t duration_ps(const Config& config, const GemmCost& cost)
{
    return duration_ps(config,
                       cost.compare_cycles() + cost.read_only_cycles() + cost.link_only_cycles(),
                       cost.write_cycles());
}

double lifetime_s(double endurance, double writes, double seconds)
{
    return writes > 0.0 ? endurance * seconds / writes : HUGE_VAL;
}

double array_area_mm2(const Config& config, double cell_um2)
{
    return static_cast<double>(config.arrays) * config.rows * config.columns * cell_um2 * 1e-6;
}

Counts estimated_counts(const Config& config, const GemmShape& shape)
{
    const GemmCost cost = gemm_cost(config, shape);
    const std::uint64_t outputs = shape.channels * shape.positions;
    const double products = static_cast<double>(outputs) * static_cast<double>(shape.length);
    const ReductionCost lines = segmented_reduction(
        config.reduction, shape.length, array_rows(config, shape), shape.product_bits());
    const ProductAverage product = product_average(shape.weight_bits, shape.activation_bits);
    const LineAverage sum = config.reduction == Reduction::carry_save_tree
                                ? tree_average(shape)
                                : line_average(lines.row_compares + lines.column_compares);
    Counts counts;
    counts.compare_cycles = cost.compare_cycles();
    counts.write_cycles = cost.steps * (cost.multiply_cycles / 2 + cost.reduction.write_cycles);
    counts.load_cycles = cost.steps * cost.reduction.move_cycles;
    counts.read_cycles = cost.steps * cost.reduction.move_cycles;
    counts.row_compares =
        rounded(products) * (cost.multiply_cycles / 2) + outputs * lines.row_compares;
    counts.column_compares = outputs * lines.column_compares;
    counts.matches =
        rounded(products * product.matches + static_cast<double>(outputs) * sum.matches);
    counts.written =
        rounded(products * product.written + static_cast<double>(outputs) * sum.written);
    counts.flips = counts.written;
    counts.io_bits_in = outputs * lines.moved_bits;
    counts.io_bits_out = outputs * lines.moved_bits;
    return counts;
}

Counts fact_sheet_counts(const GemmShape& shape, double written_per_product)
{
    const std::uint64_t outputs = shape.channels * shape.positions;
    const std::uint64_t products = outputs * shape.length;
    double written = static_cast<double>(products) * written_per_product;
    Counts counts;
    counts.row_compares =
        products * 4 * static_cast<unsigned>(shape.weight_bits * shape.activation_bits);
    std::uint64_t nodes = shape.length;
    for (int level = 0; nodes > 1; ++level) {
        const std::uint64_t pairs = (nodes + 1) / 2;
        const std::uint64_t columns =
            outputs * pairs * static_cast<unsigned>(shape.product_bits() + level);
        counts.column_compares += 4 * columns;
        written += 0.75 * static_cast<double>(columns);
        nodes = pairs;
    }
    counts.written = rounded(written);
    counts.io_bits_in = products * static_cast<unsigned>(shape.product_bits());
    counts.io_bits_out = outputs * static_cast<unsigned>(shape.sum_bits());
    return counts;
}

}  // namespace imc::associative
