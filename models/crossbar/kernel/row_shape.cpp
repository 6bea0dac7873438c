// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/row_shape.h"

#include <string>

#include "common/error.h"

namespace imc::crossbar {

namespace {

void require(bool ok, const char* field, int value, const char* remedy)
{
    if (!ok)
        throw InputError(std::string("convolution row: ") + field + " = " + std::to_string(value) +
                         ": " + remedy);
}

}  // namespace

void RowShape::validate() const
{
    require(groups >= 1, "groups", groups, "must be at least 1");
    require(in_channels >= 1 && in_channels % groups == 0, "in_channels", in_channels,
            "must be a positive multiple of groups");
    require(out_channels >= 1 && out_channels % groups == 0, "out_channels", out_channels,
            "must be a positive multiple of groups");
    require(in_width >= 1, "in_width", in_width, "must be at least 1");
    require(out_width >= 1, "out_width", out_width, "must be at least 1");
    require(kernel_h >= 1, "kernel_h", kernel_h, "must be at least 1");
    require(kernel_w >= 1, "kernel_w", kernel_w, "must be at least 1");
    require(stride >= 1, "stride", stride, "must be at least 1");
    require(dilation >= 1, "dilation", dilation, "must be at least 1");
    require(pad_left >= 0, "pad_left", pad_left, "must not be negative");
}

void ActivationFormat::validate() const
{
    require(bits >= 1 && bits <= 16, "activation bits", bits, "must be 1 to 16");
    require(!is_signed || bits >= 2, "activation bits", bits, "signed codes need at least 2 bits");
}

}  // namespace imc::crossbar
