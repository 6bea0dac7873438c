// SPDX-License-Identifier: Apache-2.0
/// Internal to the importer: kernel, strides, pads and dilations of convolutions and pools.
#pragma once

#include "compiler/import/importer.h"

namespace imc::compiler {

/// A window in two dimensions; 1-D operators have a second dimension of 1.
struct Window {
    std::array<std::int64_t, 2> kernel{1, 1}, stride{1, 1}, dilation{1, 1}, pad_begin{0, 0},
        pad_end{0, 0};
    bool ceil_mode = false;
    std::array<std::int64_t, 2> output{1, 1};
};

/// Reads the attributes of a node over an (N,C,H,W) or (N,C,L) input and computes the output size.
/// `kernel` is the weight's kernel, or empty if the node must tell it. Fails for what is out of
/// range.
Window read_window(const Importer& importer, const onnx::NodeProto& node, const Activation& x,
                   const std::vector<std::int64_t>& kernel);

/// The window's part of ConvAttributes or PoolAttributes.
template <typename Attributes>
Attributes window_attributes(const Window& w)
{
    Attributes a;
    a.kernel_h = static_cast<int>(w.kernel[0]);
    a.kernel_w = static_cast<int>(w.kernel[1]);
    a.stride_h = static_cast<int>(w.stride[0]);
    a.stride_w = static_cast<int>(w.stride[1]);
    a.pad_top = static_cast<int>(w.pad_begin[0]);
    a.pad_left = static_cast<int>(w.pad_begin[1]);
    a.pad_bottom = static_cast<int>(w.pad_end[0]);
    a.pad_right = static_cast<int>(w.pad_end[1]);
    a.dilation_h = static_cast<int>(w.dilation[0]);
    a.dilation_w = static_cast<int>(w.dilation[1]);
    return a;
}

}  // namespace imc::compiler
