// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/tile_area.h"

namespace imc::crossbar {

namespace {

constexpr double reference_cells = 128.0 * 128.0;  ///< of the array that `crossbar.area_mm2` is of

}  // namespace

void declare_tile_area(const Config& config, const Technology& technology, Ledger& ledger)
{
    const auto add = [&](const char* name, const char* kind, double units) {
        const std::string key(name);
        ledger.component(name, kind, units * technology.get_or(key + ".area_mm2", 0.0),
                         units * technology.get_or(key + ".leakage_w", 0.0));
    };
    const double arrays = config.arrays_per_tile;
    const double cells = config.sign == SignMode::offset ? 1.0 : 2.0;
    const bool units = config.activation == Activation::operation_unit;
    add("crossbar", "crossbar", arrays * cells * config.rows * config.columns / reference_cells);
    add("dac", "dac", arrays * config.rows);
    add("sample_hold", "sample_hold", units ? 0.0 : arrays * config.columns);
    add("shift_add", "shift_add", arrays * (units ? 4.0 : 0.5));
    add("controller", "controller", config.skipping == Skipping::none ? 0.0 : arrays);
    add("register", "register", arrays / 8.0);
    add("buffer", "buffer", 1.0);
    add("bus", "bus", 1.0);
    add("digital", "digital", 1.0);
    ledger.component("dequantize", "digital", config.build.dequantize_mm2);
}

}  // namespace imc::crossbar
