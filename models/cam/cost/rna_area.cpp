// SPDX-License-Identifier: Apache-2.0
#include "cam/cost/rna_area.h"

#include <algorithm>

namespace imc::cam {

namespace {

constexpr double counter_node_nm = 40.0;  ///< of parameter::counter_bit_um2

unsigned activation_bits(const RnaShape& s)
{
    return (s.activation_key_bits != 0 ? s.activation_key_bits : sum_bits(s)) + s.value_bits;
}

unsigned encode_bits(const RnaShape& s)
{
    return (s.encode_key_bits != 0 ? s.encode_key_bits : sum_bits(s)) + s.value_bits;
}

}  // namespace

RnaMemory rna_memory(const RnaShape& s)
{
    RnaMemory m;
    m.products = s.weight_codes * s.input_codes * s.product_bits / 8.0;
    m.memories = (s.activation_rows * activation_bits(s) + s.encode_rows * encode_bits(s)) / 8.0;
    m.weight_codes = s.fan_in * ceil_log2(s.weight_codes) / 8.0;
    return m;
}

RnaArea device_area(const RnaShape& s, const Config& config, const Technology& technology)
{
    const double f2_um2 = config.node_nm * config.node_nm * 1e-6;
    const double scale = config.node_nm * config.node_nm / (counter_node_nm * counter_node_nm);
    const double cam_cell = technology.get(parameter::cam_cell_f2.key) * f2_um2;
    const unsigned counters = std::min(config.counters_physical, s.weight_codes * s.input_codes);
    RnaArea area;
    area.crossbar = static_cast<double>(config.crossbar_rows) * config.crossbar_rows *
                    technology.get(parameter::crossbar_cell_f2.key) * f2_um2;
    area.counter =
        counters * config.counter_bits * technology.get(parameter::counter_bit_um2.key) * scale;
    area.activation = s.activation_rows * activation_bits(s) * cam_cell;
    area.encoding = s.encode_rows * encode_bits(s) * cam_cell;
    return area;
}

RnaArea paper_area(const Technology& technology)
{
    return {technology.get(parameter::paper_crossbar_um2.key),
            technology.get(parameter::paper_counter_um2.key),
            technology.get(parameter::paper_activation_um2.key),
            technology.get(parameter::paper_encoding_um2.key)};
}

double leakage_w(const RnaShape& s, const Technology& technology)
{
    return (s.activation_rows + s.encode_rows) * technology.get(parameter::cam_leakage_row_w.key);
}

RnaProgramming programming(const RnaShape& s, const Technology& technology)
{
    const double products = s.weight_codes * s.input_codes;
    const double rows = s.activation_rows + s.encode_rows;
    return {products * technology.get(parameter::row_write_ns.key) +
                rows * technology.get(parameter::cam_row_write_ns.key),
            products * s.product_bits * technology.get(parameter::cell_write_pj.key) +
                rows * technology.get(parameter::cam_row_write_pj.key)};
}

}  // namespace imc::cam
