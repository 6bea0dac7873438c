// SPDX-License-Identifier: Apache-2.0
/// What real cells and converters do to an array. Everything is off by default, seeded, and
/// described in docs/models/devices.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace imc::crossbar {

struct DeviceConfig {
    // drawn once, at programming
    double device_sigma =
        0.0;  ///< lognormal spread from cell to cell: conductance x exp(N(0, sigma^2))
    double cycle_sigma =
        0.0;  ///< lognormal spread from programming to programming of the same cell
    double on_off_ratio =
        0.0;  ///< largest over smallest conductance; 0 = infinite (an empty cell conducts nothing)
    double stuck_off = 0.0;  ///< probability that a cell is stuck at its smallest conductance
    double stuck_on = 0.0;   ///< ... at its largest
    double verify_tolerance = 0.0;  ///< a cell is written, read and aimed anew until its relative
                                    ///< error is no larger; 0 = written once
    int verify_tries = 10;          ///< ... but no more often than this
    bool compensate_offset =
        true;  ///< a dummy column takes off what empty cells conduct (on_off_ratio)
    // drift: conductance x (time / 1 s)^-nu, nu = N(drift_mean, drift_sigma^2), not below 0
    double drift_mean = 0.0;
    double drift_sigma = 0.0;
    double drift_time_s = 1.0;  ///< since programming, at least 1
    double wire_resistance =
        0.0;  ///< of one cell pitch, relative to 1 / conductance of digit 1 (first-order IR drop)
    // fresh in every read
    double read_sigma = 0.0;  ///< Gaussian, relative to a cell's conductance
    // converters
    double adc_offset_sigma = 0.0;  ///< in codes, Gaussian, fixed for each column's converter
    double adc_inl = 0.0;           ///< bow at the middle of the converter's own range, in codes
    double adc_sigma = 0.0;         ///< Gaussian noise of a conversion, in codes
    std::uint64_t seed = 0;

    /// True if cells or converters differ from the ideal.
    bool active() const;
    /// True if the conductances themselves do.
    bool alters_cells() const;
    /// A field that cannot be.
    struct Fault {
        std::string field, remedy;
    };
    std::vector<Fault> faults() const;
    /// Throws InputError naming the first of faults().
    void validate() const;
};

/// One physical cell in an array.
struct CellSite {
    std::uint64_t key;  ///< names the cell: layer, group, polarity, slice, output, row
    int row, column;    ///< in its array, 0-based, from the driver and from the converter
    int rows, columns;  ///< of the array
};

struct ProgrammedCell {
    double conductance = 0.0;  ///< in digits: an ideal cell of digit d has d
    int attempts = 1;          ///< writes, each followed by a read where programming is verified
};

/// The conductance that a cell shows when `digit` of 0 .. `top` is programmed into it. With
/// `verify_tolerance` the cell is tuned (Alibart et al., Nanotechnology 23 (2012) 075201): after
/// each attempt that misses, the next one aims higher or lower by the mean of what the cell has
/// answered so far, so that its own factor is taken out and the spread between attempts remains.
/// Empty cells (digit 0) are erased, not tuned.
ProgrammedCell program_cell(const DeviceConfig& device, const CellSite& site, int digit, int top);

/// What an empty cell conducts, in digits: top / (on_off_ratio - 1).
double empty_conductance(const DeviceConfig& device, int top);

}  // namespace imc::crossbar
