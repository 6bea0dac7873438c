// SPDX-License-Identifier: Apache-2.0
/// What an array is made of whose conversions are taken one by one.
#pragma once

#include <cstdint>
#include <optional>

#include "adc/kernel/column_adc.h"
#include "crossbar/kernel/block_map.h"
#include "crossbar/kernel/device.h"
#include "crossbar/kernel/row_shape.h"

namespace imc::crossbar {

/// How weights become digits. Slice 0 is the most significant, weighing 2^(c (S-1)).
enum class SliceCoding {
    signed_top,  ///< two's complement, W = c S bits: slice 0 signed, others unsigned; a reference
                 ///< column is subtracted
    signed_digits,  ///< digits of |w| with the sign of w: a differential pair, one conversion
    split_polarity  ///< positive and negative array, a conversion each, subtracted digitally
};

struct AnalogSpec {
    int read_rows = 128;  ///< wordlines of one read: a tile of the layer's rows
    int columns = 128;    ///< of an array (IR drop, array counts)
    int cell_bits = 2;
    int slices = 4;
    SliceCoding coding = SliceCoding::signed_top;
    int dac_bits = 8;  ///< input bits a cycle; at or above the activation's bits the code enters at
                       ///< full width, in one read
    /// Signed codes enter at full width too, by drivers of both signs; else their top bit is a
    /// cycle of its own, as on ideal devices.
    bool bipolar_inputs = true;
    adc::CodeRange range;
    /// Where the bow of the converters lies (adc::NoiseView); 0: over the codes of each column.
    double inl_span = 0.0;
    bool inl_signed = false;
    /// Blocks of read_rows x block_columns weights that hold fewer planes than `slices` cells:
    /// digits above them are neither stored nor converted.
    std::optional<BlockMap> blocks;
    DeviceConfig device;
    /// False: the loops of SerialReads are not used where they apply.
    bool serial = true;
    std::uint64_t layer_key = 0;  ///< names the layer in the devices' random numbers

    int polarities() const { return coding == SliceCoding::split_polarity ? 2 : 1; }
    /// Digit of a weight; `polarity` 0 is positive. Throws nothing: see AnalogArray for what fits.
    int digit(int weight, int polarity, int slice) const;
    /// False if the block of a cell ends below this slice; rows and outputs of `group`.
    bool is_stored(int group, int slice, int row, int output) const;
    /// True if slice 0 is read against a reference column that all columns of an array share.
    bool has_reference() const { return coding == SliceCoding::signed_top; }
    /// Arrays side by side for `outputs` outputs; the one whose reference column an output uses.
    int column_blocks(int outputs) const { return (outputs * slices + columns - 1) / columns; }
    int column_block(int output) const { return output * slices / columns; }
    /// Rows of a kernel-intact tile: as many channels as fit `array_rows` (columnquant.md 3.1).
    static int kernel_intact_rows(int array_rows, const RowShape& shape);
};

/// A cell, or a differential pair: what it adds to its column at an input of 1, and the variance of
/// its read noise, in digits.
struct AnalogCell {
    double value = 0.0, variance = 0.0;
};

}  // namespace imc::crossbar
