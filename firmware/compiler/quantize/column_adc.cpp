// SPDX-License-Identifier: Apache-2.0
#include "common/parallel.h"
#include "compiler/quantize/column.h"
#include "compiler/quantize/step_search.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

/// The partial sums of columns: [column][sample].
using Columns = std::vector<std::vector<std::int32_t>>;

double widest_of(const Columns& columns)
{
    double widest = 0.0;
    for (const auto& c : columns) {
        const auto [low, high] = std::minmax_element(c.begin(), c.end());
        widest = std::max(widest, static_cast<double>(*high) - *low);
    }
    return widest;
}

/// One step and one centre for all columns.
ConverterFit fit_shared(const Columns& columns, double bits)
{
    std::vector<std::int32_t> all;
    for (const auto& c : columns)
        all.insert(all.end(), c.begin(), c.end());
    return fit_converter(SumDistribution(all), widest_of(columns), bits, false);
}

ConverterFit fit_alone(const std::vector<std::int32_t>& sums, double bits)
{
    const SumDistribution seen(sums);
    return fit_converter(seen, seen.width(), bits, true);
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
    Columns sums(layer.out, std::vector<std::int32_t>(samples * passes));
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
                sums[o][s * passes + b] = sum;
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
        const auto polarity = static_cast<unsigned>(a / (column.slices * column.tiles));
        return steps.step[a * layer.out + o] * input_scale *
               codes.scale_of(polarity, static_cast<unsigned>(a % column.tiles), o, layer.out);
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

    const auto size = arrays * layer.out;
    ColumnSteps found{std::vector<double>(size), std::vector<double>(size)};
    const auto set = [&](std::size_t first, std::size_t count, const ConverterFit& fit) {
        std::fill_n(found.step.begin() + static_cast<std::ptrdiff_t>(first), count, fit.step);
        std::fill_n(found.centre.begin() + static_cast<std::ptrdiff_t>(first), count, fit.centre);
    };
    const Granularity share = options.column.partial_sums;
    if (share == Granularity::layer) {
        Columns all;
        for (auto& s : sums)
            std::move(s.begin(), s.end(), std::back_inserter(all));
        set(0, size, fit_shared(all, column.adc_bits));
    } else {
        parallel_for(arrays, 0, [&](std::size_t a) {
            if (share == Granularity::array) {
                set(a * layer.out, layer.out, fit_shared(sums[a], column.adc_bits));
                return;
            }
            for (unsigned o = 0; o < layer.out; ++o)
                set(a * layer.out + o, 1, fit_alone(sums[a][o], column.adc_bits));
        });
    }
    return column_words(layer, codes, found, input_scale, options, unit);
}

}  // namespace imc::compiler
