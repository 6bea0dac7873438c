// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/crossbar_lowering.h"

#include <algorithm>
#include <numeric>

namespace imc::compiler {

namespace {

unsigned ceil_div(unsigned a, unsigned b)
{
    return (a + b - 1) / b;
}

}  // namespace

unsigned CrossbarLowering::planes(const QLayer& layer) const
{
    return ceil_div(layer.weight_bits, m_config.cell_bits);
}

/// Slices keep whole columns of operation units, and whole groups.
unsigned CrossbarLowering::output_granule(const QLayer& layer) const
{
    const unsigned columns =
        m_config.activation == crossbar::Activation::operation_unit ? m_config.ou_columns : 1;
    if (layer.geometry.groups == 1) return columns;
    const unsigned per_group = static_cast<unsigned>(
        layer.weight_scale.size() > 1 ? layer.weight_scale.size() / layer.geometry.groups : 1);
    return std::max(1u, per_group);
}

/// Input slices begin at a block row and never cut a kernel.
unsigned CrossbarLowering::input_granule(const QLayer& layer) const
{
    if (layer.geometry.groups != 1) return 0;
    if (m_config.activation == crossbar::Activation::full_array) return 1;
    const unsigned kernel = layer.geometry.kernel_h * layer.geometry.kernel_w;
    return m_config.ou_rows / std::gcd(m_config.ou_rows, kernel);
}

/// Arrays as bwq.md 5.3: rows of blocks in groups of floor(rows / ou_rows), each group as many
/// arrays side by side as its widest row needs column groups.
unsigned CrossbarLowering::operation_unit_arrays(const QLayer& layer, ChannelRange outputs,
                                                 unsigned k_begin, unsigned k_end) const
{
    const unsigned rows = ceil_div(k_end - k_begin, m_config.ou_rows);
    const unsigned columns = ceil_div(outputs.size(), m_config.ou_columns);
    const unsigned rows_per_array = m_config.rows / m_config.ou_rows,
                   groups_per_array = m_config.columns / m_config.ou_columns;
    const bool mapped = layer.blocks && m_config.skipping == crossbar::Skipping::bwq;
    unsigned arrays = 0;
    for (unsigned v0 = 0; v0 < rows; v0 += rows_per_array) {
        unsigned widest = columns * planes(layer);
        if (mapped) {
            widest = 0;
            const auto& map = *layer.blocks;
            for (unsigned v = v0; v < std::min(rows, v0 + rows_per_array); ++v) {
                unsigned groups = 0;
                for (unsigned h = 0; h < columns; ++h)
                    groups += ceil_div(
                        map.bits[std::size_t{v + k_begin / m_config.ou_rows} * map.columns +
                                 outputs.begin / m_config.ou_columns + h],
                        m_config.cell_bits);
                widest = std::max(widest, groups);
            }
        }
        arrays += std::max(1u, ceil_div(widest, groups_per_array));
    }
    return arrays;
}

unsigned CrossbarLowering::full_arrays(const QLayer& layer, ChannelRange outputs, unsigned k) const
{
    const unsigned units =
        m_config.sign == crossbar::SignMode::offset ? 1 : 0;  // a column of ones an array
    return ceil_div(k, m_config.rows) *
           ceil_div(outputs.size() * planes(layer), m_config.columns - units);
}

unsigned CrossbarLowering::arrays_needed(const QLayer& layer, const QNet& net, ChannelRange outputs,
                                         ChannelRange inputs) const
{
    if (layer.op != IMC_STAGE_CONV) return 0;
    const unsigned channels = net.tensors[layer.output].channels;
    const unsigned kernel = layer.geometry.kernel_h * layer.geometry.kernel_w;
    const unsigned groups = layer.geometry.groups;
    if (groups == 1) {
        if (m_config.activation == crossbar::Activation::full_array)
            return full_arrays(layer, outputs, inputs.size() * kernel);
        return operation_unit_arrays(layer, outputs, inputs.begin * kernel, inputs.end * kernel);
    }
    // Groups share no wordline: each sits in rows of its own, packed below one another.
    const unsigned per_group = channels / groups;
    const unsigned k = static_cast<unsigned>(layer.weights.size() / channels);
    const unsigned count = ceil_div(outputs.size(), per_group);
    const unsigned columns = ceil_div(per_group * planes(layer), m_config.columns);
    const unsigned rows = m_config.activation == crossbar::Activation::operation_unit
                              ? ceil_div(k, m_config.ou_rows) * m_config.ou_rows
                              : k;
    if (rows > m_config.rows) return count * ceil_div(rows, m_config.rows) * columns;
    return ceil_div(count, std::max(1u, m_config.rows / rows)) * columns;
}

double CrossbarLowering::layer_ns(const QLayer& layer, const QNet& net) const
{
    if (layer.op != IMC_STAGE_CONV) return 0.0;
    const QTensor& out = net.tensors[layer.output];
    const QTensor& in = net.tensors[layer.inputs[0]];
    const double positions = static_cast<double>(out.height) * out.width;
    const double cycles = ceil_div(in.bits, m_config.dac_bits);
    if (m_config.activation == crossbar::Activation::full_array)
        return positions * cycles * m_config.read_ns;
    const double block_rows = m_config.rows / m_config.ou_rows;
    return positions * cycles * block_rows * (m_config.columns / m_config.ou_columns) *
           m_config.ou_cycle_ns;
}

}  // namespace imc::compiler
