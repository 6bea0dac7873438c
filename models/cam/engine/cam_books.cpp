// SPDX-License-Identifier: Apache-2.0
#include "cam/engine/cam_books.h"

#include "cam/cost/rna_area.h"

namespace imc::cam {

namespace {

/// The block as it is built, whatever a layer uses of it: all counters, all memory rows.
RnaShape physical_shape(const Config& config)
{
    RnaShape shape;
    shape.fan_in = 1u << config.counter_bits;
    shape.weight_codes = shape.input_codes = 64;
    shape.activation_rows = config.activation_rows;
    shape.encode_rows = config.encoding_rows;
    return shape;
}

RnaArea block_area(const Config& config, const Technology& technology)
{
    return config.energy == EnergyMode::paper
               ? paper_area(technology)
               : device_area(physical_shape(config), config, technology);
}

constexpr double mm2_of_um2 = 1e-6;

}  // namespace

CamBooks::CamBooks(Ledger& ledger, const Config& config, const Technology& technology)
{
    const RnaArea area = block_area(config, technology);
    const double blocks = config.rnas_per_tile, mm2 = blocks * mm2_of_um2;
    // Paper mode's power holds everything; the leakage of memory rows belongs to device mode alone.
    const bool device = config.energy != EnergyMode::paper;
    const double each_w = device ? technology.get(parameter::cam_leakage_row_w.key) : 0.0;
    const double row_w = config.power_gate ? 0.0 : blocks * each_w;
    crossbar = ledger.component("cam.crossbar", "crossbar", area.crossbar * mm2);
    counter = ledger.component("cam.counter", "counter", area.counter * mm2);
    activation = ledger.component("cam.activation", "cam", area.activation * mm2,
                                  config.activation_rows * row_w);
    encoding =
        ledger.component("cam.encoding", "cam", area.encoding * mm2, config.encoding_rows * row_w);
    broadcast = ledger.component("cam.broadcast", "buffer");

    const auto event = [&](ComponentId component, const char* name, const Parameter& p,
                           double factor = 1.0) {
        return ledger.event(component, name, factor * technology.get(p.key));
    };
    read_bit = event(crossbar, "read_bit", parameter::read_bit_pj);
    read_decode = event(crossbar, "read_decode", parameter::read_decode_pj);
    nor = event(crossbar, "nor", parameter::nor_pj);
    init = event(crossbar, "init", parameter::init_pj);
    count_bit = event(counter, "count_bit", parameter::count_bit_pj);
    const bool exact = config.search == Distance::exact;
    const char* search = exact ? "match_row_bit" : "search_row_bit";
    const Parameter& search_pj = exact ? parameter::match_row_bit_pj : parameter::search_row_bit_pj;
    activation_row_bit = event(activation, search, search_pj);
    encoding_row_bit = event(encoding, search, search_pj);
    const double awake_pj = each_w * config.cycle_ns * 1e3;  // W x ns = nJ
    activation_awake = ledger.event(activation, "awake_cycle", config.activation_rows * awake_pj);
    encoding_awake = ledger.event(encoding, "awake_cycle", config.encoding_rows * awake_pj);
    // mW x ns = pJ
    const auto cycles = [&](ComponentId component, const Parameter& power, EventId& busy,
                            EventId& written) {
        busy = event(component, "busy_cycle", power, config.cycle_ns);
        written = event(component, "write_cycle", power, config.cycle_ns);
    };
    cycles(crossbar, parameter::paper_crossbar_mw, crossbar_cycle, crossbar_write_cycle);
    cycles(counter, parameter::paper_counter_mw, counter_cycle, counter_write_cycle);
    cycles(activation, parameter::paper_activation_mw, activation_cycle, activation_write_cycle);
    cycles(encoding, parameter::paper_encoding_mw, encoding_cycle, encoding_write_cycle);
    bus_bit = event(broadcast, "bus_bit", parameter::bus_bit_pj);
    buffer_access =
        event(broadcast, "buffer_access", parameter::buffer_access_pj, config.buffer_bits / 256.0);
    cell_write = event(crossbar, "cell_write", parameter::cell_write_pj);
    activation_row_write = event(activation, "row_write", parameter::cam_row_write_pj);
    encoding_row_write = event(encoding, "row_write", parameter::cam_row_write_pj);
}

void CamEvents::charge(const CamBooks& books, const Config& config, Work& work) const
{
    const auto add = [&](EventId event, std::uint64_t times) {
        if (times != 0) work.counts.push_back({event, times});
    };
    if (config.energy == EnergyMode::paper) {
        for (const EventId event : {books.crossbar_cycle, books.counter_cycle,
                                    books.activation_cycle, books.encoding_cycle})
            add(event, busy_cycles);
        for (const EventId event : {books.crossbar_write_cycle, books.counter_write_cycle,
                                    books.activation_write_cycle, books.encoding_write_cycle})
            add(event, written_cycles);
        return;
    }
    add(books.count_bit, counted * config.counter_bits);
    add(books.read_bit, read_bits);
    add(books.read_decode, row_reads);
    add(books.nor, gates);
    add(books.init, gates);
    add(books.activation_row_bit, activation_row_bits);
    add(books.encoding_row_bit, encoding_row_bits);
    if (config.power_gate)
        for (const EventId event : {books.activation_awake, books.encoding_awake})
            add(event, busy_cycles);
    add(books.bus_bit, bus_bits);
    add(books.buffer_access, buffer_accesses);
    add(books.cell_write, cell_writes);
    add(books.activation_row_write, activation_row_writes);
    add(books.encoding_row_write, encoding_row_writes);
}

}  // namespace imc::cam
