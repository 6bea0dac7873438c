// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/crossbar_lowering.h"

#include "common/error.h"
#include "compiler/map/slice_blocks.h"
#include "crossbar/cost/sparse_reads.h"
#include "crossbar/kernel/cell_codes.h"
#include "crossbar/kernel/programmed_array.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// The slice as the crossbar's cost functions see it.
crossbar::RowShape row_shape(const QLayer& layer, const QNet& net, ChannelRange outputs,
                             ChannelRange inputs)
{
    const QTensor &in = net.tensors[layer.inputs[0]], &out = net.tensors[layer.output];
    const QGeometry& g = layer.geometry;
    crossbar::RowShape shape;
    shape.groups = 1;
    shape.in_channels = static_cast<int>(inputs.size());
    if (g.groups != 1) {  // slices are whole groups
        shape.groups = static_cast<int>(outputs.size() / (out.channels / g.groups));
        shape.in_channels = shape.groups * static_cast<int>(in.channels / g.groups);
    }
    shape.in_width = static_cast<int>(in.width);
    shape.out_channels = static_cast<int>(outputs.size());
    shape.out_width = static_cast<int>(out.width);
    shape.kernel_h = static_cast<int>(g.kernel_h);
    shape.kernel_w = static_cast<int>(g.kernel_w);
    shape.stride = static_cast<int>(g.stride_w);
    shape.pad_left = static_cast<int>(g.pad_left);
    shape.dilation = static_cast<int>(g.dilation_w);
    return shape;
}

}  // namespace

/// What the engine proves when it is loaded, of layers whose conversions are exact.
void CrossbarLowering::check(const QLayer& layer, const QNet& net) const
{
    if (layer.op != IMC_STAGE_CONV || layer.column || m_config.device.active()) return;
    const bool packs = m_config.skipping == crossbar::Skipping::sre ||
                       m_config.skipping == crossbar::Skipping::sme;
    if (packs && !crossbar::never_clips(crossbar::ReadSpec(m_config)))
        throw InputError(
            fmt::format("platform.crossbar.adc_bits: skipping sre and sme form operation units "
                        "anew, and {} bits may clip what {} rows give; give the converters more "
                        "bits, or fewer ou_rows",
                        m_config.adc_bits, m_config.ou_rows));
    if (m_config.path == crossbar::Path::integer) check_integer_path(layer, net);
}

/// The integer path, asked for by name, needs a proof that no conversion of any column clips.
void CrossbarLowering::check_integer_path(const QLayer& layer, const QNet& net) const
{
    const QTensor& in = net.tensors[layer.inputs[0]];
    const ChannelRange outputs{0, net.tensors[layer.output].channels}, inputs{0, in.channels};
    const auto shape = row_shape(layer, net, outputs, inputs);
    const crossbar::ReadSpec spec(m_config);
    crossbar::LayerWeights weights;
    weights.planes = static_cast<int>(layer.weight_bits);
    std::vector<std::uint8_t> planes;
    if (layer.blocks && m_config.skipping == crossbar::Skipping::bwq) {
        planes = slice_blocks(layer, net, outputs, inputs);
        weights.block_planes = planes.data();
        weights.block_count = planes.size();
    }
    const auto map = weights.block_map(shape, spec);
    const std::size_t codes = static_cast<std::size_t>(shape.outputs_per_group()) * shape.k();
    for (int g = 0; g < shape.groups; ++g)
        if (!crossbar::CellCodes(layer.weights.data() + g * codes, map, g, spec,
                                 shape.outputs_per_group(), shape.k())
                 .proves_lossless(static_cast<int>(in.bits)))
            throw InputError(
                fmt::format("run.kernel_path: integer sums stand for conversions that cannot clip, "
                            "and those of layer '{}' may with adc_bits {}; write automatic or "
                            "bit_serial, or give the converters more bits",
                            layer.name, m_config.adc_bits));
}

/// Slices keep whole columns of operation units, and whole groups.
unsigned CrossbarLowering::output_granule(const QLayer& layer, const QNet& net) const
{
    if (layer.geometry.groups != 1)
        return net.tensors[layer.output].channels / layer.geometry.groups;
    return m_config.activation == crossbar::Activation::operation_unit ? m_config.ou_columns : 1;
}

/// Input slices begin at a block row and never cut a kernel.
unsigned CrossbarLowering::input_granule(const QLayer& layer) const
{
    if (layer.geometry.groups != 1 || layer.column) return 0;
    if (m_config.activation == crossbar::Activation::full_array) return 1;
    const unsigned kernel = layer.geometry.kernel_h * layer.geometry.kernel_w;
    return m_config.ou_rows / std::gcd(m_config.ou_rows, kernel);
}

crossbar::Mapping CrossbarLowering::map(const QLayer& layer, const QNet& net,
                                        const crossbar::RowShape& shape, ChannelRange outputs,
                                        ChannelRange inputs) const
{
    const bool units = m_config.activation == crossbar::Activation::operation_unit;
    const int rows = static_cast<int>(units ? m_config.ou_rows : m_config.rows);
    const int columns = static_cast<int>(units ? m_config.ou_columns : m_config.columns);
    if (!layer.blocks || m_config.skipping != crossbar::Skipping::bwq)
        return map_layer(
            crossbar::BlockMap(shape, rows, columns, static_cast<int>(layer.weight_bits)),
            m_config);
    const auto planes = slice_blocks(layer, net, outputs, inputs);
    return map_layer(crossbar::BlockMap(shape, rows, columns, planes.data(), planes.size()),
                     m_config);
}

unsigned CrossbarLowering::arrays_needed(const QLayer& layer, const QNet& net, ChannelRange outputs,
                                         ChannelRange inputs) const
{
    if (layer.op != IMC_STAGE_CONV) return 0;
    if (layer.column) {  // slices side by side, every row tile in arrays of its own (columnquant.md
                         // 3)
        const QColumn& column = *layer.column;
        if (column.rows_per_tile > m_config.rows)
            throw InputError("layer '" + layer.name + "' is quantised for arrays of " +
                             std::to_string(column.rows_per_tile) + " rows, the platform's have " +
                             std::to_string(m_config.rows) +
                             "; set platform.crossbar.rows, or use other parameters");
        const unsigned bitlines = outputs.size() * column.slices;
        return column.tiles * column.polarities *
               ((bitlines + m_config.columns - 1) / m_config.columns);
    }
    const auto shape = row_shape(layer, net, outputs, inputs);
    return static_cast<unsigned>(map(layer, net, shape, outputs, inputs).banks);
}

double CrossbarLowering::layer_ns(const QLayer& layer, const QNet& net) const
{
    if (layer.op != IMC_STAGE_CONV) return 0.0;
    const QTensor &in = net.tensors[layer.inputs[0]], &out = net.tensors[layer.output];
    if (layer.column)
        return crossbar::read_period_ns(m_config, 1, layer.column->adc_bits) * out.height *
               out.width * (layer.column->bit_serial_inputs ? in.bits : 1);
    const ChannelRange outputs{0, out.channels}, inputs{0, in.channels};
    const auto shape = row_shape(layer, net, outputs, inputs);
    const auto mapping = map(layer, net, shape, outputs, inputs);
    const auto cycles =
        crossbar::position_cycles(mapping, m_config, shape, static_cast<int>(in.bits));
    const std::uint64_t reads =
        mapping.busiest_reads * ((in.bits + m_config.dac_bits - 1) / m_config.dac_bits);
    return 1e-3 *
           static_cast<double>(row_duration_ps(cycles, m_config, out.width, reads * out.width)) *
           out.height;
}

/// engine_arg of a column stage (docs/models/crossbar.md): cell bits, slices, polarities and
/// bit-serial flag a byte each; array rows; twice the ADC bits, so that ternary is 3.
void CrossbarLowering::finish(const QLayer& layer, const QNet&, PlacedStage& placed) const
{
    if (!layer.column) return;
    const QColumn& column = *layer.column;
    placed.stage.engine_arg[0] = column.cell_bits | column.slices << 8 | column.polarities << 16 |
                                 (column.bit_serial_inputs ? 1u << 24 : 0u);
    placed.stage.engine_arg[1] = column.rows_per_tile;
    placed.stage.engine_arg[2] = static_cast<std::uint32_t>(std::lround(2.0 * column.adc_bits));
}

void CrossbarLowering::sections(const QLayer& layer, const QNet& net, const PlacedStage& placed,
                                BlobBuilder& blob) const
{
    if (!layer.column) return;
    const QColumn& column = *layer.column;
    const unsigned channels = net.tensors[layer.output].channels;
    const std::size_t arrays = column.adc.size() / channels;
    auto* out = blob.add<imc_column_adc>(IMC_SECTION_COLUMN_ADC, arrays * placed.outputs.size());
    for (std::size_t a = 0; a < arrays; ++a)
        out = std::copy(column.adc.begin() + a * channels + placed.outputs.begin,
                        column.adc.begin() + a * channels + placed.outputs.end, out);
}

}  // namespace imc::compiler
