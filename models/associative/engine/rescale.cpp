// SPDX-License-Identifier: Apache-2.0
#include "associative/engine/rescale.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/error.h"

namespace imc::associative {

namespace {

constexpr int most_columns = 62;

/// floor(v / divisor) for all v up to `highest` as floor(v x factor / 2^shift).
struct Reciprocal {
    std::uint64_t factor = 1;
    int shift = 0;
};

/// With factor = ceil(2^s / n) and e = factor x n - 2^s the quotient is exact while e v < 2^s.
Reciprocal reciprocal(std::uint64_t divisor, std::uint64_t highest)
{
    for (int s = 0;; ++s) {
        const Wide power = Wide{1} << s;
        const Wide factor = (power + divisor - 1) / divisor;
        if ((factor * divisor - power) * highest < power)
            return {static_cast<std::uint64_t>(factor), s};
    }
}

bool is_power_of_two(Wide value)
{
    return (value & (value - 1)) == 0;
}

/// p <- min(p, limit), p being at most `highest`.
void saturate(WordUnit& unit, WordUnit::Register p, Wide highest, std::uint64_t limit)
{
    unit.narrow(p, bit_length(highest));
    if (highest <= static_cast<Wide>(limit)) return;
    if (is_power_of_two(Wide{limit} + 1) && limit != 0)
        unit.clip(p, bit_length(limit));
    else
        unit.min_constant(p, limit);
    unit.narrow(p, bit_length(limit));
}

}  // namespace

int bit_length(Wide value)
{
    int bits = 1;
    while (bits < 127 && (value >> bits) != 0)
        ++bits;
    return bits;
}

Rescale rescale_of(const imc_stage& stage, const imc_requant& entry, const Range& range,
                   bool multiplied_bias, std::uint64_t count)
{
    Rescale r;
    r.highest = (std::uint64_t{1} << bit_length(range.highest)) - 1;  // inverting it costs nothing
    r.count = count;
    r.top = static_cast<std::uint64_t>(std::int64_t{stage.out_max} - stage.out_min);
    const Wide offset = Wide{stage.out_zero_point} - stage.out_min;
    Wide multiplier = 1;
    if (stage.requant == IMC_REQUANT_DYADIC) {
        multiplier = entry.multiplier;
        r.shift = entry.shift;
    } else if (stage.requant != IMC_REQUANT_NONE || count != 1) {
        throw InputError("associative processor: requantisation kind " +
                         std::to_string(stage.requant) +
                         " has no microcode; the compiler converts it to dyadic");
    }
    const Wide bias = multiplied_bias && stage.requant == IMC_REQUANT_DYADIC
                          ? Wide{entry.bias}
                          : Wide{entry.bias} * static_cast<Wide>(count) * multiplier;
    const Wide unit = static_cast<Wide>(count) << r.shift;
    const Wide half = stage.requant == IMC_REQUANT_DYADIC ? unit >> 1 : Wide{0};
    r.constant = bias + Wide{range.lowest} * multiplier + half + offset * unit;
    r.complement = multiplier < 0;
    if (r.complement) r.constant += multiplier * static_cast<Wide>(r.highest);
    r.multiplier = static_cast<std::uint64_t>(r.complement ? -multiplier : multiplier);
    return r;
}

int rescale_columns(Wide highest, const Rescale& r)
{
    const Wide top = std::max(highest, highest + r.constant);
    const Wide bottom = std::min<Wide>(0, r.constant);
    const int columns = std::max({bit_length(top), bit_length(-bottom), r.shift + 1}) + 1;
    if (columns > most_columns)
        throw InputError("associative processor: a requantisation of " + std::to_string(columns) +
                         " columns; at most " + std::to_string(most_columns) +
                         ": use a narrower multiplier");
    return columns;
}

WordUnit::Register finish_rescale(WordUnit& unit, WordUnit::Register p, Wide highest,
                                  const Rescale& r)
{
    const int columns = unit.width(p);
    if (r.constant != 0)
        unit.add_constant(
            p, static_cast<std::uint64_t>(r.constant) & ((std::uint64_t{1} << columns) - 1));
    unit.drop_low(p, r.shift);
    if (r.constant < 0) unit.relu(p);
    const Wide reached = std::max<Wide>(0, (highest + r.constant) >> r.shift);
    if (r.count == 1) {
        saturate(unit, p, reached, r.top);
        return p;
    }
    const std::uint64_t limit = r.count * (r.top + 1) - 1;
    saturate(unit, p, reached, limit);
    const Reciprocal inverse = reciprocal(r.count, limit);
    const WordUnit::Register q = unit.multiply_high(p, inverse.factor, inverse.shift);
    unit.narrow(q, bit_length(r.top));
    return q;
}

WordUnit::Register load_product(WordUnit& unit, const std::uint64_t* words, const Rescale& r,
                                int columns)
{
    const WordUnit::Register w = unit.make(bit_length(r.highest));
    if (r.complement) {
        std::vector<std::uint64_t> inverted(words, words + unit.rows());
        for (std::uint64_t& word : inverted)
            word = r.highest - word;
        unit.load(w, inverted.data());
    } else {
        unit.load(w, words);
    }
    if (r.multiplier == 1 && columns <= unit.width(w)) return w;
    const int half = unit.columns_lacking(columns);
    const int at_once = half + bit_length(r.multiplier) + 1;
    if (half > 0 && half < unit.width(w) && at_once < columns && unit.has_room(at_once)) {
        const WordUnit::Register p = unit.make(columns, at_once);
        unit.multiply_in_halves(p, w, r.multiplier, half);
        return p;
    }
    const WordUnit::Register p = unit.make(columns);
    if (r.multiplier != 0) unit.multiply_constant(p, w, r.multiplier);
    unit.release(w);
    return p;
}

SumRescale sum_rescale_of(const imc_stage& stage, const std::vector<imc_requant>& entries)
{
    if (entries.size() != stage.streams + 1u || stage.requant != IMC_REQUANT_DYADIC)
        throw InputError("associative processor: an addition needs dyadic constants");
    const imc_requant& common = entries.back();
    SumRescale sum;
    sum.whole.shift = common.shift;
    sum.whole.top = static_cast<std::uint64_t>(std::int64_t{stage.out_max} - stage.out_min);
    const Wide step = Wide{1} << common.shift;
    sum.whole.constant =
        common.bias + (step >> 1) + (Wide{stage.out_zero_point} - stage.out_min) * step;
    for (unsigned s = 0; s < stage.streams; ++s) {
        const imc_requant& e = entries[s];
        const imc_stream& in = stage.in[s];
        const Wide lowest = in.is_signed ? -(Wide{1} << (in.bits - 1)) : Wide{0};
        Rescale term;
        term.highest = (std::uint64_t{1} << in.bits) - 1;
        term.complement = e.multiplier < 0;
        term.multiplier = static_cast<std::uint64_t>(std::abs(e.multiplier));
        sum.whole.constant += (e.bias + lowest) * Wide{e.multiplier};
        if (term.complement)
            sum.whole.constant += Wide{e.multiplier} * static_cast<Wide>(term.highest);
        sum.highest += static_cast<Wide>(term.highest) * term.multiplier;
        sum.terms.push_back(term);
    }
    return sum;
}

void run_sum(WordUnit& unit, const SumRescale& sum,
             const std::function<std::vector<std::uint64_t>(unsigned stream)>& words,
             std::uint64_t* codes)
{
    const int columns = rescale_columns(sum.highest, sum.whole);
    const WordUnit::Register total = load_product(unit, words(0).data(), sum.terms[0], columns);
    for (unsigned s = 1; s < sum.terms.size(); ++s) {
        const WordUnit::Register term = load_product(unit, words(s).data(), sum.terms[s], columns);
        unit.add(total, term, columns - 1);
        unit.release(term);
    }
    unit.read(finish_rescale(unit, total, sum.highest, sum.whole), codes);
}

void run_rescale(WordUnit& unit, const Rescale& r, const std::uint64_t* words, std::uint64_t* codes)
{
    const Wide highest = static_cast<Wide>(r.highest) * r.multiplier;
    const int product = r.is_identity() ? bit_length(r.highest) : rescale_columns(highest, r);
    const WordUnit::Register p = load_product(unit, words, r, product);
    unit.read(r.is_identity() ? p : finish_rescale(unit, p, highest, r), codes);
}

}  // namespace imc::associative
