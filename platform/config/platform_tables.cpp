// SPDX-License-Identifier: Apache-2.0
/// The keys of a platform file: the accelerator's hardware, section by section.
#include "config/lists.h"
#include "config/run_config.h"

namespace imc::config {

namespace {

Table<noc::Config> noc_table()
{
    using N = noc::Config;
    Table<N> table("mesh network on chip and the links between chips");
    table.integer("flit_bits", &N::flit_bits, 8, 4096, "bit", "link width")
        .number("clock_ghz", &N::clock_ghz, 0.001, 100, "GHz", "a flit a cycle and link")
        .integer("hop_cycles", &N::hop_cycles, 1, 100, "cycles", "router and wire of one hop")
        .integer("concentration", &N::concentration, 1, 64, "nodes", "nodes that share a router")
        .number("chip_link_gbytes_per_s", &N::chip_link_gbytes_per_s, 0.001, 1e5, "GB/s",
                "link between chips")
        .number("chip_link_latency_ns", &N::chip_link_latency_ns, 0, 1e6, "ns",
                "of a link between chips");
    return table;
}

Table<BufferConfig> buffer_table()
{
    Table<BufferConfig> table("global buffer of a chip");
    table.integer("bytes", &BufferConfig::bytes, 1024, 1ull << 34, "byte", "capacity")
        .integer("port_bits", &BufferConfig::port_bits, 8, 8192, "bit", "port width")
        .number("cycle_ns", &BufferConfig::cycle_ns, 0.001, 1000, "ns", "time of an access");
    return table;
}

Table<DmaConfig> dma_table()
{
    Table<DmaConfig> table("the accelerator's way to memory");
    table
        .integer("burst_bytes", &DmaConfig::burst_bytes, 8, 4096, "byte",
                 "largest burst, a power of two")
        .boolean("untouched_is_ok", &DmaConfig::untouched_is_ok,
                 "read an untouched response status as OK");
    return table;
}

Table<AcceleratorConfig> build_platform_table()
{
    using A = AcceleratorConfig;
    Table<A> table("the accelerator; a file in platforms/, or {base: file, changed keys}");
    table.text("name", &A::name, "of the platform");
    add_tiles(table);
    table.number("clock_ghz", &A::clock_ghz, 0.001, 100, "GHz", "command processor and DMA")
        .section("crossbar", &A::crossbar, crossbar_table())
        .section("associative", &A::associative, associative_table())
        .section("cam", &A::cam, cam_table())
        .section("noc", &A::noc, noc_table())
        .section("buffer", &A::buffer, buffer_table())
        .section("dma", &A::dma, dma_table());
    return table;
}

}  // namespace

Table<crossbar::DeviceConfig> device_table()
{
    using D = crossbar::DeviceConfig;
    Table<D> table(
        "what real cells and converters do (docs/models/devices.md); all off by default");
    table
        .number("device_sigma", &D::device_sigma, 0, 2, "",
                "lognormal spread from cell to cell, drawn at programming")
        .number("cycle_sigma", &D::cycle_sigma, 0, 2, "",
                "lognormal spread from programming to programming")
        .number("on_off_ratio", &D::on_off_ratio, 0, 1e9, "",
                "largest over smallest conductance; 0 = infinite")
        .number("stuck_off", &D::stuck_off, 0, 1, "", "probability of a cell stuck at its smallest")
        .number("stuck_on", &D::stuck_on, 0, 1, "", "probability of a cell stuck at its largest")
        .number("verify_tolerance", &D::verify_tolerance, 0, 1, "",
                "cells are written, read and aimed anew until within this relative error; 0 = once")
        .integer("verify_tries", &D::verify_tries, 1, 1000, "", "but no more often than this")
        .boolean("compensate_offset", &D::compensate_offset,
                 "a dummy column takes off what empty cells conduct")
        .number("drift_mean", &D::drift_mean, 0, 1, "", "exponent of the drift")
        .number("drift_sigma", &D::drift_sigma, 0, 1, "", "its spread")
        .number("drift_time_s", &D::drift_time_s, 1, 1e12, "s", "since programming")
        .number("wire_resistance", &D::wire_resistance, 0, 1, "",
                "of a cell pitch, relative to a cell of digit 1 (IR drop)")
        .number("read_sigma", &D::read_sigma, 0, 2, "", "noise of every read, relative to a cell")
        .number("adc_offset_sigma", &D::adc_offset_sigma, 0, 1000, "code", "of a converter, fixed")
        .number("adc_inl", &D::adc_inl, -1000, 1000, "code",
                "bow of a converter at the middle of its range")
        .number("adc_sigma", &D::adc_sigma, 0, 1000, "code", "noise of every conversion")
        .integer("seed", &D::seed, 0, table.unlimited, "", "of all of these");
    return table;
}

Table<crossbar::Config> crossbar_table()
{
    using X = crossbar::Config;
    Table<X> table("crossbar tiles");
    table.integer("rows", &X::rows, 1, 4096, "wordlines", "of an array")
        .integer("columns", &X::columns, 1, 4096, "bitlines", "of an array")
        .integer("cell_bits", &X::cell_bits, 1, 4, "bit", "stored in a cell")
        .choice("activation", &X::activation, {"operation_unit", "full_array"},
                "cells that are read at once")
        .integer("ou_rows", &X::ou_rows, 1, 4096, "wordlines", "of an operation unit")
        .integer("ou_columns", &X::ou_columns, 1, 4096, "bitlines", "of an operation unit")
        .integer("dac_bits", &X::dac_bits, 1, 8, "bit", "of the input a cycle")
        .boolean("gate_zero_inputs", &X::gate_zero_inputs,
                 "wordlines of zero input digits stay off and cost no drive")
        .number("adc_bits", &X::adc_bits, 1, 16, "bit", "resolution; 1.5 is ternary")
        .integer("adcs_per_array", &X::adcs_per_array, 1, 4096, "",
                 "converters of an array, or of the two of a differential pair")
        .choice(
            "adc_scaling", &X::adc_scaling,
            {"technology", "isaac_sre", "capacitive", "flash", "linear"},
            "energy and area of a resolution: the technology's, or a family (docs/models/adc.md)")
        .number("adc_gsps", &X::adc_gsps, 1e-6, 1000, "GS/s", "conversions a converter makes")
        .boolean("adc_overlapped", &X::adc_overlapped,
                 "conversions of a read run beside the next read; no: the next read waits")
        .boolean("adc_lossless", &X::adc_lossless,
                 "converter wide enough for every sum, charged at adc_bits")
        .choice("sign", &X::sign, {"diff_analog", "diff_digital", "offset"},
                "how negative weights are held")
        .choice("zero_inputs", &X::zero_inputs, {"formed", "fixed", "ignored"},
                "sre: what input digits of zero save: units formed anew each cycle, fixed units "
                "skipped, or nothing")
        .choice("skipping", &X::skipping, {"none", "bwq", "sre", "sme"},
                "work left out, found on the actual codes")
        .integer("arrays_per_tile", &X::arrays_per_tile, 1, 65535, "arrays", "banks of a tile")
        .number("clock_ghz", &X::clock_ghz, 0.001, 100, "GHz", "digital clock of the tile")
        .number("ou_cycle_ns", &X::ou_cycle_ns, 0.001, 1e6, "ns",
                "activation of an operation unit, without conversions")
        .number("read_ns", &X::read_ns, 0.001, 1e6, "ns", "full-array read, without conversions")
        .integer("bus_bits", &X::bus_bits, 8, 8192, "bit",
                 "from buffer to input registers, a cycle")
        .integer("digital_lanes", &X::digital_lanes, 1, 4096, "",
                 "elements the digital unit handles a cycle")
        .integer("buffer_bytes", &X::buffer_bytes, 64, 1ull << 32, "byte",
                 "tile buffer for input rows")
        .integer("write_pulses", &X::write_pulses, 1, 10000, "pulses", "to program a cell")
        .boolean("write_verify", &X::write_verify, "read after programming")
        .number("write_pulse_ns", &X::write_pulse_ns, 0.001, 1e9, "ns", "length of a pulse")
        .section("device", &X::device, device_table())
        .text("variant", &X::variant,
              "'calibrated:<constant>' where a constant was fitted to published results")
        .number("calibrated_gain", &X::calibrated_gain, 1e-3, 1e3, "",
                "divides OU work; needs `variant`");
    return table;
}

Table<cam::Config> cam_table()
{
    using C = cam::Config;
    Table<C> table("CAM tiles (RAPIDNN's RNA blocks; labels of the defaults: docs/models/cam.md)");
    table.number("cycle_ns", &C::cycle_ns, 0.001, 1e6, "ns", "a NOR, a count, a search stage")
        .integer("rnas_per_tile", &C::rnas_per_tile, 1, 65535, "blocks", "RNA blocks of a tile")
        .integer("chips", &C::chips, 1, 64, "chips", "whose blocks are shared out among layers")
        .integer("reuse", &C::reuse, 0, 1u << 24, "neurons",
                 "computed by a block one after the other; 0 = the fewest that fit")
        .integer("counters_physical", &C::counters_physical, 1, 4096, "counters", "of a block")
        .integer("counter_bits", &C::counter_bits, 1, 32, "bit", "of a counter")
        .integer("crossbar_rows", &C::crossbar_rows, 64, 65536, "rows", "and columns of a block")
        .integer("activation_rows", &C::activation_rows, 1, 4096, "rows", "built in a block")
        .integer("encoding_rows", &C::encoding_rows, 1, 4096, "rows", "built in a block")
        .choice(
            "search", &C::search, {"absolute", "weighted_xor", "exact"},
            "nearest row by distance or by weighted XOR (an ablation); exact: an equal row, for "
            "functions of single codes with a row each")
        .integer("stage_bits", &C::stage_bits, 1, 64, "bit",
                 "of a key searched a cycle; exact match compares all of them at once")
        .number("match_ns", &C::match_ns, 0.001, 1e6, "ns", "search: exact: time of a match line")
        .integer("buffer_bits", &C::buffer_bits, 1, 65536, "bit", "broadcast a cycle")
        .integer("buffer_bytes", &C::buffer_bytes, 64, 1ull << 32, "byte",
                 "tile buffer for input rows")
        .boolean("overlap_reads", &C::overlap_reads, "product reads hide behind the adder tree")
        .boolean("skip_zero_products", &C::skip_zero_products,
                 "counters whose product is zero are neither read nor added")
        .choice("tree", &C::tree, {"recursion", "formula"}, "depth of the carry-save tree")
        .choice("digits", &C::digits, {"popcount", "signed_digit"}, "of counts")
        .choice("energy", &C::energy, {"device", "paper"},
                "counted events, or recalled power of a block times its time")
        .boolean("power_gate", &C::power_gate,
                 "device energy: memory rows leak only while their block computes (an assumption)")
        .number("node_nm", &C::node_nm, 5, 180, "nm", "for area in device mode");
    return table;
}

const Table<AcceleratorConfig>& platform_table()
{
    static const Table<AcceleratorConfig> table = build_platform_table();
    return table;
}

}  // namespace imc::config
