// SPDX-License-Identifier: Apache-2.0
#include "associative/engine/ap_cost.h"

#include "associative/cost/energy.h"

namespace imc::associative {

ApCost::ApCost(const Config& c, const Technology& t, Ledger& ledger)
    : config(c),
      cap(ledger.component("cap", "associative")),
      map(ledger.component("map", "memory")),
      operands(ledger.component("map.links", "noc"))
{
    const double scale = energy_scale(c.vdd);
    compare = ledger.event(cap, "compare", scale * t.get("cap.compare_pj"));
    write = ledger.event(cap, "write", scale * t.get("cap.write_pj"));
    load = ledger.event(cap, "load_bit", scale * t.get("cap.load_pj"));
    read = ledger.event(cap, "read_bit", scale * t.get("cap.read_pj"));
    map_read_bit = ledger.event(map, "read_bit", scale * t.get("map.read_bit_pj"));
    map_write_bit = ledger.event(map, "write_bit", scale * t.get("map.write_bit_pj"));
    hop_bit = ledger.event(operands, "hop_bit", scale * t.get("map.hop_bit_pj"));
    product_cycles = ledger.observation(cap, "product_cycles");
    steps = ledger.observation(cap, "steps");
    arrays = ledger.observation(cap, "arrays");
    cell_rows = ledger.observation(cap, "rows");
    busiest_cell_milliwrites = ledger.observation(cap, "busiest_cell_milliwrites");
}

void ApCost::charge(const Counts& counts, Work& work) const
{
    work.counts.push_back({compare, counts.row_compares + counts.column_compares});
    work.counts.push_back({write, counts.written});
    work.counts.push_back({load, counts.io_bits_in});
    work.counts.push_back({read, counts.io_bits_out});
}

}  // namespace imc::associative
