// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/programming.h"

#include <cmath>

namespace imc::crossbar {

ProgrammingCounts& ProgrammingCounts::operator+=(const ProgrammingCounts& o)
{
    cells += o.cells;
    changed += o.changed;
    pulses += o.pulses;
    verify_reads += o.verify_reads;
    return *this;
}

namespace {

/// Digits of `bits` bits that are not zero.
int nonzero_digits(std::uint32_t code, int bits)
{
    int count = 0;
    for (const std::uint32_t mask = (1u << bits) - 1; code != 0; code >>= bits)
        count += (code & mask) != 0 ? 1 : 0;
    return count;
}

/// What a weight's cells hold: codes of the positive (or only) and of the negative array.
struct Held {
    std::uint32_t positive = 0, negative = 0;
};

Held held(const CellCodes& codes, int output, int row, std::uint32_t flipped)
{
    const auto code = static_cast<std::uint32_t>(codes.stored(output, row)) ^ flipped;
    const bool negative = !codes.is_offset() && codes.weight(output, row) < 0;
    return negative ? Held{0, code} : Held{code, 0};
}

}  // namespace

ProgrammingCounts programming_counts(const CellCodes& codes, const CellCodes* old,
                                     const Config& config)
{
    ProgrammingCounts n;
    const std::uint64_t cells_per_digit = codes.is_offset() ? 1 : 2;
    const int bits = codes.spec().cell_bits;
    for (int o = 0; o < codes.outputs(); ++o)
        for (int read = 0; read < codes.reads(); ++read) {
            const std::uint32_t flipped = codes.flipped_bits(o, read);
            const std::uint32_t was_flipped = old != nullptr ? old->flipped_bits(o, read) : 0;
            n.cells += cells_per_digit * codes.rows(read) * codes.slices(o, read);
            for (int row = codes.first_row(read); row < codes.first_row(read) + codes.rows(read);
                 ++row) {
                const Held now = held(codes, o, row, flipped);
                const Held before = old != nullptr ? held(*old, o, row, was_flipped) : Held{};
                n.changed += nonzero_digits(now.positive ^ before.positive, bits) +
                             nonzero_digits(now.negative ^ before.negative, bits);
            }
        }
    if (codes.is_offset()) {
        n.cells += codes.k();
        if (old == nullptr) n.changed += codes.k();
    }
    n.pulses = n.changed * config.write_pulses;
    n.verify_reads = config.write_verify ? n.pulses : 0;
    return n;
}

std::uint64_t programming_duration_ps(const Config& config, std::uint64_t rewritten)
{
    const double read_ns =
        config.activation == Activation::full_array ? config.read_ns : config.ou_cycle_ns;
    const double pulse_ns = config.write_pulse_ns + (config.write_verify ? read_ns : 0.0);
    const auto wordlines = static_cast<double>(config.rows + rewritten);
    return static_cast<std::uint64_t>(
        std::llround(wordlines * config.write_pulses * pulse_ns * 1000.0));
}

}  // namespace imc::crossbar
