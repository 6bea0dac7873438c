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

/// Cells of one weight digit that change: a digit that keeps its sign changes one cell of the pair,
/// one that changes sides two.
int changed_cells(int digit, int before)
{
    if (digit == before) return 0;
    return (digit > 0 && before < 0) || (digit < 0 && before > 0) ? 2 : 1;
}

}  // namespace

ProgrammingCounts programming_counts(const CellCodes& codes, const CellCodes* old,
                                     const Config& config)
{
    ProgrammingCounts n;
    const std::uint64_t cells_per_digit = codes.is_offset() ? 1 : 2;
    for (int o = 0; o < codes.outputs(); ++o)
        for (int read = 0; read < codes.reads(); ++read)
            for (int s = 0; s < codes.slices(o, read); ++s) {
                const bool flip = codes.flipped(o, read, s);
                const bool was_flipped = old != nullptr && old->flipped(o, read, s);
                const int top = (1 << codes.spec().cell_bits) - 1;
                n.cells += cells_per_digit * codes.rows(read);
                for (int i = 0; i < codes.rows(read); ++i) {
                    const int row = codes.first_row(read) + i;
                    const int digit = codes.digit(o, row, s);
                    const int before = old == nullptr ? 0 : old->digit(o, row, s);
                    n.changed += changed_cells(flip ? top - digit : digit,
                                               was_flipped ? top - before : before);
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

std::uint64_t programming_duration_ps(const Config& config)
{
    const double read_ns =
        config.activation == Activation::full_array ? config.read_ns : config.ou_cycle_ns;
    const double pulse_ns = config.write_pulse_ns + (config.write_verify ? read_ns : 0.0);
    return static_cast<std::uint64_t>(
        std::llround(config.rows * config.write_pulses * pulse_ns * 1000.0));
}

}  // namespace imc::crossbar
