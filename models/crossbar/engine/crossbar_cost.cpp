// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/tile_area.h"
#include "crossbar/engine/crossbar_engine.h"

#include <string>

namespace imc::crossbar {

CrossbarCost::CrossbarCost(const Config& c, const Technology& t, Ledger& ledger)
    : config(c),
      array(ledger.component("crossbar", "crossbar")),
      dac(ledger.component("dac", "dac")),
      sample_hold(ledger.component("sample_hold", "sample_hold")),
      shift_add(ledger.component("shift_add", "shift_add")),
      controller(ledger.component("controller", "controller")),
      registers(ledger.component("register", "register")),
      buffer(ledger.component("buffer", "buffer")),
      bus(ledger.component("bus", "bus")),
      cell_read(ledger.event(array, "cell_read", t.get("crossbar.cell_read_pj"))),
      cell_write(ledger.event(array, "cell_write", t.get("crossbar.cell_write_pj"))),
      cell_verify(ledger.event(array, "cell_verify", t.get("crossbar.cell_verify_pj"))),
      drive(ledger.event(dac, "drive", t.get("dac.drive_pj") * driver_scale(c.dac_bits))),
      sample(ledger.event(sample_hold, "sample", t.get("sample_hold.sample_pj"))),
      add(ledger.event(shift_add, "add", t.get("shift_add.add_pj"))),
      merge(ledger.event(shift_add, "merge", t.get("shift_add.merge_pj"))),
      lookup(ledger.event(controller, "lookup", t.get("controller.lookup_pj"))),
      register_bit(ledger.event(registers, "bit", t.get("register.bit_pj"))),
      buffer_read_bit(ledger.event(buffer, "read_bit", t.get("buffer.read_bit_pj"))),
      buffer_write_bit(ledger.event(buffer, "write_bit", t.get("buffer.write_bit_pj"))),
      bus_bit(ledger.event(bus, "bit", t.get("bus.bit_pj"))),
      index_bits(ledger.observation(controller, "stored_index_bits")),
      bitmap_bits(ledger.observation(controller, "stored_bitmap_index_bits")),
      digital(t, ledger, c.clock_ghz, c.digital_lanes),
      dequantize(ledger.component("dequantize", "digital")),
      m_technology(&t),
      m_ledger(&ledger)
{
}

EventId CrossbarCost::drive_of(unsigned bits) const
{
    if (bits >= config.dac_bits) return drive;
    return m_ledger->event(dac, "drive_" + std::to_string(bits) + "bit",
                           m_technology->get("dac.drive_pj") * driver_scale(bits));
}

}  // namespace imc::crossbar
