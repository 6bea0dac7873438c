// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/geometry.h"

namespace imc::compiler {

namespace {

/// The fields that convolutions and pools have in common.
template <typename Attributes>
QGeometry window(const Attributes& a, int groups, bool count_include_pad)
{
    return {static_cast<unsigned>(a.kernel_h),   static_cast<unsigned>(a.kernel_w),
            static_cast<unsigned>(a.stride_h),   static_cast<unsigned>(a.stride_w),
            static_cast<unsigned>(a.dilation_h), static_cast<unsigned>(a.dilation_w),
            static_cast<unsigned>(a.pad_top),    static_cast<unsigned>(a.pad_left),
            static_cast<unsigned>(a.pad_bottom), static_cast<unsigned>(a.pad_right),
            static_cast<unsigned>(groups),       count_include_pad};
}

}  // namespace

QGeometry layer_geometry(const Node& node, const Shape& input)
{
    if (node.op == Op::conv) return window(node.conv(), node.conv().groups, false);
    if (node.op == Op::max_pool || node.op == Op::average_pool)
        return window(node.pool(), 1, node.pool().count_include_pad);
    QGeometry whole;
    if (node.op != Op::gemm) return whole;
    whole.kernel_h = static_cast<unsigned>(input.h);
    whole.kernel_w = static_cast<unsigned>(input.w);
    return whole;
}

imc_host_op host_op(const Node& node)
{
    imc_host_op op{};
    op.kind = node.op == Op::softmax  ? IMC_HOST_SOFTMAX
              : node.op == Op::argmax ? IMC_HOST_ARGMAX
                                      : IMC_HOST_LOG_SOFTMAX;
    return op;
}

}  // namespace imc::compiler
