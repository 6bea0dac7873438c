// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/tile_area.h"

namespace imc::crossbar {

namespace {

constexpr double reference_cells = 128.0 * 128.0;  ///< of the array that `crossbar.area_mm2` is of

}  // namespace

double driver_scale(unsigned bits)
{
    return static_cast<double>(1u << (bits - 1));
}

void declare_tile_area(const Config& config, const Technology& technology, Ledger& ledger)
{
    const auto leakage = [&](const std::string& name) {
        return technology.get_or(name + ".leakage_w", 0.0);
    };
    const auto add = [&](const char* name, const char* kind, double units, double scale = 1.0) {
        const std::string key(name);
        ledger.component(name, kind, units * scale * technology.get_or(key + ".area_mm2", 0.0),
                         units * leakage(key));
    };
    const double arrays = config.arrays_per_tile;
    const double cells = config.sign == SignMode::offset ? 1.0 : 2.0;
    const bool units = config.activation == Activation::operation_unit;
    add("crossbar", "crossbar", arrays * cells * config.rows * config.columns / reference_cells);
    add("dac", "dac", arrays * config.rows, driver_scale(config.dac_bits));
    add("sample_hold", "sample_hold", units ? 0.0 : arrays * config.columns);
    add("shift_add", "shift_add", arrays * (units ? 4.0 : 0.5));
    add("controller", "controller", config.skipping == Skipping::none ? 0.0 : arrays);
    add("register", "register", arrays / 8.0);
    ledger.component("buffer", "buffer", memory_mm2(technology, "buffer", config.buffer_bytes),
                     leakage("buffer"));
    add("bus", "bus", 1.0);
    add("digital", "digital", 1.0);
    ledger.component("dequantize", "digital", config.build.dequantize_mm2);
}

}  // namespace imc::crossbar
