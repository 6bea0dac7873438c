// SPDX-License-Identifier: Apache-2.0
/// The shape of the work of one output row: what a crossbar tile computes at a time.
#pragma once

#include <cstdint>

namespace imc::crossbar {

/// One output row of a convolution. A fully connected layer is a 1x1 convolution of width 1.
/// Vertical stride, padding and dilation are the caller's: it names the `kernel_h` input rows, a
/// null pointer standing for a row of padding. Row order of the weight matrix inside a group:
/// channel-major, then kernel row, then kernel column (ONNX's OIHW).
struct RowShape {
    int in_channels = 1;
    int in_width = 1;
    int out_channels = 1;
    int out_width = 1;
    int kernel_h = 1;
    int kernel_w = 1;
    int stride = 1;    ///< horizontal
    int pad_left = 0;  ///< columns of padding before the row; those behind it follow from out_width
    int dilation = 1;  ///< horizontal
    int groups = 1;

    int channels_per_group() const { return in_channels / groups; }
    int outputs_per_group() const { return out_channels / groups; }
    /// Rows of the weight matrix of one group.
    int k() const { return channels_per_group() * kernel_h * kernel_w; }

    /// Throws InputError naming the field that cannot be.
    void validate() const;
};

/// How activation codes are to be read: unsigned 0 ... 2^bits-1, or two's complement.
struct ActivationFormat {
    int bits = 8;  ///< 1 to 16
    bool is_signed = false;

    std::int32_t lowest() const { return is_signed ? -(1 << (bits - 1)) : 0; }
    std::int32_t highest() const { return is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1; }
    void validate() const;
};

}  // namespace imc::crossbar
