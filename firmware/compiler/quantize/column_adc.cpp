// SPDX-License-Identifier: Apache-2.0
#include "common/parallel.h"
#include "compiler/quantize/column.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

/// Codes around the centre that `bits` give (columnquant.md 8.5).
std::pair<double, double> code_range(double bits)
{
    if (bits == 1.0) return {0.0, 1.0};
    if (bits == 1.5) return {-1.0, 1.0};
    const double half = std::exp2(bits - 1.0);
    return {-half, half - 1.0};
}

/// Step and centre with least squared error for sums that were seen. Candidates: the range shrunk
/// step by step, and for each the centre of what it covers moved by single codes.
struct StepSearch {
    explicit StepSearch(double bits) : range(code_range(bits)), levels(range.second - range.first)
    {
    }

    double error(const std::vector<float>& sums, double step, double centre) const
    {
        const double low = centre + range.first, high = centre + range.second;
        double total = 0.0;
        for (const float p : sums) {
            const double q = std::clamp(std::nearbyint(p / step), low, high);
            total += (q * step - p) * (q * step - p);
        }
        return total;
    }
    /// Centre for a step: the mean's code, or the one beside it, whichever errs least.
    double centre(const std::vector<float>& sums, double mean, double step, double& least) const
    {
        const double middle = std::nearbyint(mean / step - 0.5 * (range.first + range.second));
        double best = middle;
        least = 1e300;
        for (const double c : {middle - 1.0, middle, middle + 1.0})
            if (const double e = error(sums, step, c); e < least) {
                least = e;
                best = c;
            }
        return best;
    }

    std::pair<double, double> range;
    double levels;
};

struct Seen {
    double low = 0.0, high = 0.0, mean = 0.0;
};

Seen look(const std::vector<float>& sums)
{
    Seen s{sums[0], sums[0], 0.0};
    for (const float p : sums) {
        s.low = std::min<double>(s.low, p);
        s.high = std::max<double>(s.high, p);
        s.mean += p;
    }
    s.mean /= static_cast<double>(sums.size());
    return s;
}

/// The partial sums of one group of columns that share a step: [column][sample].
using Columns = std::vector<std::vector<float>>;

/// One step for all columns, a centre for each column or (`one_centre`) for all.
void fit(const Columns& columns, const StepSearch& search, bool one_centre, double& step,
         std::vector<double>& centres)
{
    std::vector<Seen> seen;
    double widest = 0.0, all_mean = 0.0;
    for (const auto& c : columns) {
        seen.push_back(look(c));
        widest = std::max(widest, seen.back().high - seen.back().low);
        all_mean += seen.back().mean / static_cast<double>(columns.size());
    }
    step = 1.0;
    centres.assign(columns.size(), 0.0);
    if (widest == 0.0) {
        for (std::size_t c = 0; c < columns.size(); ++c)
            centres[c] = std::nearbyint(seen[c].mean);
        return;
    }
    double least = 1e300;
    constexpr int candidates = 40;  // steps from the full range down to a tenth of it, geometric
    for (int i = 0; i < candidates; ++i) {
        // Steps below 1 code per unit gain nothing: sums are whole numbers.
        const double trial = static_cast<float>(
            std::max(1.0, widest / search.levels * std::pow(0.1, i / (candidates - 1.0))));
        double total = 0.0;
        std::vector<double> found(columns.size());
        for (std::size_t c = 0; c < columns.size() && total < least; ++c) {
            double error = 0.0;
            if (one_centre) {
                found[c] = std::nearbyint(all_mean / trial -
                                          0.5 * (search.range.first + search.range.second));
                error = search.error(columns[c], trial, found[c]);
            } else {
                found[c] = search.centre(columns[c], seen[c].mean, trial, error);
            }
            total += error;
        }
        if (total < least) {
            least = total;
            step = trial;
            centres = found;
        }
        if (trial == 1.0) break;
    }
}

/// Digit of a code (docs/numbers.md, column-wise partial sums).
int digit(int weight, unsigned polarity, unsigned slice, const QColumn& column)
{
    if (column.polarities == 2) weight = std::max(polarity == 0 ? weight : -weight, 0);
    const unsigned shift = column.cell_bits * (column.slices - 1 - slice);
    return slice == 0 ? weight >> shift : (weight >> shift) & ((1 << column.cell_bits) - 1);
}

/// Partial sums of every column of one (polarity, slice, tile): samples, or with bit-serial inputs
/// samples x input bits.
Columns partial_sums(const ColumnLayer& layer, const ColumnCodes& codes, const QColumn& column,
                     unsigned polarity, unsigned slice, unsigned tile,
                     const std::vector<std::int32_t>& patches, std::size_t samples,
                     unsigned input_bits)
{
    const unsigned k = layer.channels * layer.kernel;
    const unsigned first = tile * codes.tile_rows, last = std::min(k, first + codes.tile_rows);
    const unsigned passes = column.bit_serial_inputs ? input_bits : 1;
    Columns sums(layer.out, std::vector<float>(samples * passes));
    std::vector<int> digits(last - first);
    for (unsigned o = 0; o < layer.out; ++o) {
        for (unsigned i = first; i < last; ++i)
            digits[i - first] = digit(codes.codes[std::size_t{o} * k + i], polarity, slice, column);
        for (std::size_t s = 0; s < samples; ++s) {
            const std::int32_t* patch = patches.data() + s * k + first;
            for (unsigned b = 0; b < passes; ++b) {
                int sum = 0;
                for (unsigned i = 0; i < last - first; ++i)
                    sum += (column.bit_serial_inputs ? (patch[i] >> b) & 1 : patch[i]) * digits[i];
                sums[o][s * passes + b] = static_cast<float>(sum);
            }
        }
    }
    return sums;
}

QColumn column_form(const ColumnCodes& codes, const QuantOptions& options)
{
    QColumn column;
    column.cell_bits = options.column.cell_bits;
    column.slices = options.weight_bits / options.column.cell_bits;
    column.tiles = codes.tiles;
    column.polarities = options.column.split_polarity ? 2 : 1;
    column.rows_per_tile = options.column.array_rows;
    column.adc_bits = options.column.adc_bits;
    column.bit_serial_inputs = options.column.bit_serial_inputs;
    return column;
}

std::size_t arrays_of(const QColumn& column)
{
    return std::size_t{column.polarities} * column.slices * column.tiles;
}

}  // namespace

QColumn column_words(const ColumnLayer& layer, const ColumnCodes& codes, const ColumnSteps& steps,
                     double input_scale, const QuantOptions& options, double& unit)
{
    QColumn column = column_form(codes, options);
    const auto real = [&](std::size_t a, unsigned o) {
        return steps.step[a * layer.out + o] * input_scale *
               codes.scale[(a % column.tiles) * layer.out + o];
    };
    double largest = 0.0;
    for (std::size_t a = 0; a < arrays_of(column); ++a)
        for (unsigned o = 0; o < layer.out; ++o)
            largest = std::max(largest, std::abs(real(a, o)));
    constexpr double word = 32767.0;
    unit = largest / word;
    for (std::size_t a = 0; a < arrays_of(column); ++a)
        for (unsigned o = 0; o < layer.out; ++o)
            column.adc.push_back({steps.step[a * layer.out + o], std::nearbyint(real(a, o) / unit),
                                  static_cast<std::int32_t>(steps.centre[a * layer.out + o]), 0});
    return column;
}

QColumn calibrate_column(const ColumnLayer& layer, const ColumnCodes& codes,
                         const std::vector<std::int32_t>& patches, std::size_t samples,
                         double input_scale, const QuantOptions& options, double& unit)
{
    const QColumn column = column_form(codes, options);
    const std::size_t arrays = arrays_of(column);
    std::vector<Columns> sums(arrays);
    parallel_for(arrays, 0, [&](std::size_t a) {
        const auto tile = static_cast<unsigned>(a % column.tiles);
        const auto plane = static_cast<unsigned>(a / column.tiles);
        sums[a] = partial_sums(layer, codes, column, plane / column.slices, plane % column.slices,
                               tile, patches, samples, options.activation_bits);
    });

    ColumnSteps found{std::vector<double>(arrays * layer.out),
                      std::vector<double>(arrays * layer.out)};
    const StepSearch search(column.adc_bits);
    const Granularity share = options.column.partial_sums;
    if (share == Granularity::layer) {
        Columns all;
        for (auto& s : sums)
            std::move(s.begin(), s.end(), std::back_inserter(all));
        double step = 1.0;
        fit(all, search, true, step, found.centre);
        std::fill(found.step.begin(), found.step.end(), step);
    } else {
        parallel_for(arrays, 0, [&](std::size_t a) {
            const bool by_column = share == Granularity::column;
            for (unsigned o = 0; o < (by_column ? layer.out : 1); ++o) {
                const Columns group =
                    by_column ? Columns{std::move(sums[a][o])} : std::move(sums[a]);
                double step = 1.0;
                std::vector<double> centres;
                fit(group, search, !by_column, step, centres);
                for (std::size_t c = 0; c < centres.size(); ++c) {
                    found.step[a * layer.out + o + c] = step;
                    found.centre[a * layer.out + o + c] = centres[c];
                }
            }
        });
    }

    return column_words(layer, codes, found, input_scale, options, unit);
}

}  // namespace imc::compiler
