// SPDX-License-Identifier: Apache-2.0
/// What a crossbar tile is made of. Energies, latencies and areas live in the technology table.
#pragma once

#include "adc/cost/adc_cost.h"
#include "crossbar/kernel/device.h"

#include <cstdint>
#include <map>
#include <string>

namespace imc::crossbar {

/// How negative weights are held (bwq.md 2.15).
enum class SignMode {
    diff_analog,   ///< positive and negative array subtracted on the bitline: one conversion,
                   ///< comparator + b-bit magnitude
    diff_digital,  ///< both arrays converted, subtracted digitally: two conversions
    offset  ///< weights biased by half the range, unit column, flipped-column encoding (ISAAC)
};

/// How rows are activated.
enum class Activation {
    operation_unit,  ///< ou_rows x ou_columns cells at once (BWQ, ISSCC'18 macro)
    full_array       ///< all rows and columns of an array per read (ISAAC, PipeLayer, ColumnQuant)
};

/// What an engine skips, computed on the actual codes (bwq.md 5.6).
enum class Skipping {
    none,
    bwq,  ///< planes above a block's bit width, by the memory controller's table
    sre,  ///< OU rows whose weights are all zero, and all-zero activation rows
    sme   ///< at most 3 consecutive set bits; all-zero rows of a plane squeezed out
};

/// What input digits of zero save with `skipping: sre`.
enum class ZeroInputs {
    formed,  ///< units are formed anew in every cycle from wordlines with a digit (SRE's own)
    fixed,   ///< units stay as they are; one whose digits are all zero is skipped
    ignored  ///< nothing: rows of weights alone are compressed
};

/// Which arithmetic runs on the host; never changes a result, a time or a joule.
enum class Path { automatic, integer, bit_serial };

/// What one tile is built with beyond the platform's keys: the compiler fits it to the layers that
/// the tile holds.
struct TileBuild {
    std::map<double, unsigned> arrays_by_adc_bits;  ///< by their converters; empty: all adc_bits
    double dequantize_mm2 = 0;  ///< scale words, multipliers and references (dequantize.h)
};

struct Config {
    unsigned rows = 128, columns = 128;
    unsigned cell_bits = 1;  ///< 1 to 4
    Activation activation = Activation::operation_unit;
    unsigned ou_rows = 9, ou_columns = 8;
    unsigned dac_bits = 1;          ///< input bits a cycle, 1 to 8
    double adc_bits = 4;            ///< 1, 1.5 (ternary), 2 to 16
    bool gate_zero_inputs = false;  ///< wordlines of zero digits stay off and cost no drive
    unsigned adcs_per_array = 8;
    adc::Scaling adc_scaling = adc::Scaling::technology;  ///< energy and area by resolution
    double adc_gsps = 1.2;       ///< conversions a converter makes, 1e9 a second
    bool adc_overlapped = true;  ///< sampled sums are converted during the next read; false: a
                                 ///< read waits for its conversions
    bool adc_lossless =
        false;  ///< true: ideal converter, wide enough for every sum; charged at adc_bits
    SignMode sign = SignMode::diff_analog;
    Skipping skipping = Skipping::none;
    ZeroInputs zero_inputs = ZeroInputs::formed;
    Path path = Path::automatic;
    unsigned arrays_per_tile = 96;           ///< banks a tile (ISAAC: 8 x 12)
    double clock_ghz = 1.2;                  ///< digital clock of the tile
    double ou_cycle_ns = 1.0 / 1.2;          ///< activation of one OU, without conversions
    double read_ns = 100.0;                  ///< full-array read, without conversions
    unsigned bus_bits = 64;                  ///< buffer to input registers, a cycle
    unsigned digital_lanes = 8;              ///< elements the digital unit handles a cycle
    std::uint64_t buffer_bytes = 64 * 1024;  ///< tile buffer for input rows
    // cell programming
    unsigned write_pulses = 1;
    bool write_verify = true;
    double write_pulse_ns = 50.88;  ///< PipeLayer's write, rapidnn.md 6b
    DeviceConfig device;            ///< non-idealities, all off by default
    std::string variant;            ///< "" or "calibrated:<constant>"
    double calibrated_gain = 1.0;   ///< fitted divisor of OU work; only with a `calibrated` variant
    TileBuild build;                ///< of this tile; not a key
};

}  // namespace imc::crossbar
