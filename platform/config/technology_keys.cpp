// SPDX-License-Identifier: Apache-2.0
#include "config/technology_keys.h"

#include "adc/cost/adc_cost.h"
#include "config/engines.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::config {

namespace {

using N = Needed;

const std::vector<TechnologyKey> table{
    {"adc.conversion_pj", "pJ", {}, "a conversion at any resolution that has no key of its own"},
    {"adc.conversion_pj_*", "pJ", {N::converter}, "a conversion"},
    {"adc.comparator_pj", "pJ", {N::comparator}, "a polarity comparison"},
    {"adc.area_mm2", "mm2", {}, "a converter of any resolution that has no key of its own"},
    {"adc.area_mm2_*", "mm2", {N::converter}, "a converter"},
    {"adc.comparator_area_mm2", "mm2", {}, "a polarity comparator"},
    {"adc.leakage_w", "W", {}, "a converter"},
    {"crossbar.cell_read_pj", "pJ", {N::crossbar}, "an active cell and read"},
    {"crossbar.cell_write_pj", "pJ", {N::crossbar}, "a pulse and changed cell"},
    {"crossbar.cell_verify_pj", "pJ", {N::crossbar}, "a verifying read of a changed cell"},
    {"crossbar.area_mm2", "mm2", {N::crossbar}, "an array"},
    {"crossbar.leakage_w", "W", {}, "an array"},
    {"dac.drive_pj", "pJ", {N::crossbar}, "a driven wordline"},
    {"dac.area_mm2", "mm2", {N::crossbar}, "a wordline driver"},
    {"dac.leakage_w", "W", {}, "a wordline driver"},
    {"sample_hold.sample_pj",
     "pJ",
     {N::crossbar},
     "a sampled bitline of an array that is read whole"},
    {"sample_hold.area_mm2", "mm2", {N::crossbar}, "a bitline of such an array"},
    {"sample_hold.leakage_w", "W", {}, "a bitline of such an array"},
    {"shift_add.add_pj", "pJ", {N::crossbar}, "a conversion added"},
    {"shift_add.merge_pj", "pJ", {N::crossbar}, "a block or array merged"},
    {"shift_add.area_mm2", "mm2", {N::crossbar}, "a shift-and-add unit"},
    {"shift_add.leakage_w", "W", {}, "a shift-and-add unit"},
    {"dequantize.word_bits", "bit", {N::whole_arrays}, "the width of a scale word"},
    {"dequantize.reference_bits", "bit", {N::whole_arrays}, "the width of a column's reference"},
    {"dequantize.multiplier_bit_pj",
     "pJ",
     {N::whole_arrays},
     "a bit of an operand times a bit of a scale word"},
    {"dequantize.multiplier_bit_mm2", "mm2", {N::whole_arrays}, "the same of a multiplier"},
    {"dequantize.word_bit_pj",
     "pJ",
     {N::whole_arrays},
     "a bit of a scale word or reference fetched"},
    {"dequantize.word_bit_mm2", "mm2", {N::whole_arrays}, "a bit of such a word stored"},
    {"dequantize.reference_pj", "pJ", {N::whole_arrays}, "a conversion's reference"},
    {"dequantize.reference_update_pj", "pJ", {N::whole_arrays}, "a reference set anew"},
    {"dequantize.reference_mm2", "mm2", {N::whole_arrays}, "a programmable reference"},
    {"controller.lookup_pj",
     "pJ",
     {N::crossbar},
     "an entry of the bit-width table, or a row index"},
    {"controller.area_mm2", "mm2", {N::crossbar}, "an array's controller"},
    {"controller.leakage_w", "W", {}, "an array's controller"},
    {"register.bit_pj", "pJ", {N::crossbar}, "a bit through input and output registers"},
    {"register.area_mm2", "mm2", {N::crossbar}, "the registers of eight arrays"},
    {"register.leakage_w", "W", {}, "the registers of eight arrays"},
    {"buffer.read_bit_pj", "pJ", {N::crossbar}, "a bit of the tile buffer"},
    {"buffer.write_bit_pj", "pJ", {N::crossbar, N::cam}, "a bit of the tile buffer"},
    {"buffer.area_mm2", "mm2", {N::crossbar, N::cam}, "a tile's buffer"},
    {"buffer.area_bytes", "B", {}, "the capacity that buffer.area_mm2 is of"},
    {"buffer.leakage_w", "W", {}, "a tile's buffer"},
    {"bus.bit_pj", "pJ", {N::crossbar}, "a bit between tile buffer and arrays"},
    {"bus.area_mm2", "mm2", {N::crossbar}, "a tile's bus"},
    {"bus.leakage_w", "W", {}, "a tile's bus"},
    {"digital.requantize_pj", "pJ", {N::crossbar}, "a requantised element"},
    {"digital.multiply_pj", "pJ", {N::crossbar}, "a product"},
    {"digital.add_pj", "pJ", {N::crossbar}, "an addition"},
    {"digital.compare_pj", "pJ", {N::crossbar}, "a comparison"},
    {"digital.lookup_pj", "pJ", {N::crossbar}, "a table look-up"},
    {"digital.area_mm2", "mm2", {N::crossbar}, "a tile's digital unit"},
    {"digital.leakage_w", "W", {}, "a tile's digital unit"},
    {"cap.compare_pj", "pJ", {N::associative}, "a cell compared"},
    {"cap.write_pj", "pJ", {N::associative}, "a cell written"},
    {"cap.load_pj", "pJ", {N::associative}, "a bit loaded"},
    {"cap.read_pj", "pJ", {N::associative}, "a bit read"},
    {"cap.cell_um2", "um2", {N::associative}, "a cell"},
    {"cap.leakage_w", "W", {}, "a tile's arrays"},
    {"map.read_bit_pj", "pJ", {N::associative}, "a bit of the tile's memory"},
    {"map.write_bit_pj", "pJ", {N::associative}, "a bit of the tile's memory"},
    {"map.hop_bit_pj", "pJ", {N::associative}, "a bit and hop of operands within a tile"},
    {"map.bit_um2", "um2", {N::associative}, "a bit of the tile's memory"},
    {"map.leakage_w", "W", {}, "a tile's memory"},
    {"cam.counter.count_bit_pj", "pJ", {N::cam}, "a bit of a counter and count"},
    {"cam.crossbar.read_bit_pj", "pJ", {N::cam}, "a bit of a product read"},
    {"cam.crossbar.read_decode_pj", "pJ", {N::cam}, "a decoded row"},
    {"cam.crossbar.nor_pj", "pJ", {N::cam}, "a NOR of the additions"},
    {"cam.crossbar.nor_low_pj", "pJ", {}, "the lower bound of nor_pj, for comparison"},
    {"cam.crossbar.init_pj", "pJ", {N::cam}, "an initialised cell"},
    {"cam.search_row_bit_pj", "pJ", {N::cam}, "a bit and row of a search for the nearest row"},
    {"cam.match_row_bit_pj", "pJ", {N::exact_match}, "a bit and row of an exact match"},
    {"cam.leakage_row_w", "W", {N::cam}, "a row of the CAMs"},
    {"cam.broadcast.bus_bit_pj", "pJ", {N::cam}, "a bit broadcast"},
    {"cam.broadcast.buffer_access_pj", "pJ", {N::cam}, "a 256-bit access of the broadcast buffer"},
    {"cam.crossbar.row_write_ns", "ns", {N::cam}, "writing a row of products"},
    {"cam.crossbar.cell_write_pj", "pJ", {N::cam}, "writing a cell of a product"},
    {"cam.row_write_ns", "ns", {N::cam}, "writing a row of a CAM"},
    {"cam.row_write_pj", "pJ", {N::cam}, "writing a row of a CAM"},
    {"cam.counter.bit_um2", "um2", {N::cam}, "a bit of a counter"},
    {"cam.cell_f2", "F2", {N::cam}, "a CAM cell"},
    {"cam.crossbar.cell_f2", "F2", {N::cam}, "a crossbar cell"},
    {"cam.paper.crossbar_mw", "mW", {N::cam}, "the paper's table: power of an RNA's crossbar"},
    {"cam.paper.counter_mw", "mW", {N::cam}, "the paper's table: power of an RNA's counters"},
    {"cam.paper.activation_mw",
     "mW",
     {N::cam},
     "the paper's table: power of an RNA's activation memory"},
    {"cam.paper.encoding_mw",
     "mW",
     {N::cam},
     "the paper's table: power of an RNA's encoding memory"},
    {"cam.paper.crossbar_um2", "um2", {N::cam}, "the paper's table: area of an RNA's crossbar"},
    {"cam.paper.counter_um2", "um2", {N::cam}, "the paper's table: area of an RNA's counters"},
    {"cam.paper.activation_um2",
     "um2",
     {N::cam},
     "the paper's table: area of an RNA's activation memory"},
    {"cam.paper.encoding_um2",
     "um2",
     {N::cam},
     "the paper's table: area of an RNA's encoding memory"},
    {"noc.hop_bit_pj", "pJ", {N::always}, "a bit and hop"},
    {"noc.router_area_mm2", "mm2", {N::always}, "a router"},
    {"noc.router_leakage_w", "W", {}, "a router"},
    {"link.bit_pj", "pJ", {N::several_chips}, "a bit between chips"},
    {"link.area_mm2", "mm2", {N::several_chips}, "a chip's links"},
    {"global_buffer.read_bit_pj", "pJ", {N::always}, "a bit"},
    {"global_buffer.write_bit_pj", "pJ", {N::always}, "a bit"},
    {"global_buffer.area_mm2", "mm2", {N::always}, "a chip's global buffer"},
    {"global_buffer.area_bytes", "B", {}, "the capacity that global_buffer.area_mm2 is of"},
    {"global_buffer.leakage_w", "W", {}, "a chip's global buffer"},
    {"dma.bit_pj", "pJ", {N::always}, "a bit moved"},
    {"dma.area_mm2", "mm2", {N::always}, "the DMA engine"},
    {"dma.leakage_w", "W", {}, "the DMA engine"},
    {"command.descriptor_pj", "pJ", {N::always}, "a descriptor"},
    {"command.area_mm2", "mm2", {N::always}, "the command processor"},
    {"command.leakage_w", "W", {}, "the command processor"},
    {"dram.read_bit_pj", "pJ", {N::always}, "a bit from main memory (external)"},
    {"dram.write_bit_pj", "pJ", {N::always}, "a bit to main memory (external)"},
    {"host.instruction_pj", "pJ", {N::always}, "an instruction of the host CPU (external)"},
};

bool applies(Needed needed, const AcceleratorConfig& platform)
{
    const bool crossbar = has_engine(platform, IMC_ENGINE_CROSSBAR);
    switch (needed) {
        case Needed::always:
            return true;
        case Needed::crossbar:
            return crossbar;
        case Needed::whole_arrays:
            return crossbar && platform.crossbar.activation == crossbar::Activation::full_array;
        case Needed::comparator:
            return crossbar && platform.crossbar.sign == crossbar::SignMode::diff_analog;
        case Needed::converter:
            return crossbar && platform.crossbar.adc_scaling == adc::Scaling::technology;
        case Needed::associative:
            return has_engine(platform, IMC_ENGINE_ASSOCIATIVE);
        case Needed::cam:
            return has_engine(platform, IMC_ENGINE_CAM);
        case Needed::exact_match:
            return has_engine(platform, IMC_ENGINE_CAM) &&
                   platform.cam.search == cam::Distance::exact;
        case Needed::several_chips:
            return platform.chips > 1;
    }
    return false;
}

const char* needed_text(Needed needed)
{
    switch (needed) {
        case Needed::always:
            return "every platform";
        case Needed::crossbar:
            return "crossbar tiles";
        case Needed::whole_arrays:
            return "crossbar tiles that are read whole";
        case Needed::comparator:
            return "crossbar tiles with sign: diff_analog";
        case Needed::converter:
            return "crossbar tiles, at their resolution";
        case Needed::associative:
            return "associative tiles";
        case Needed::cam:
            return "CAM tiles";
        case Needed::exact_match:
            return "CAM tiles with search: exact";
        case Needed::several_chips:
            return "several chips";
    }
    return "";
}

/// `stem` of a key that ends in `_*`; "" of others.
std::string stem_of(const std::string& key)
{
    return key.back() == '*' ? key.substr(0, key.size() - 2) : "";
}

std::vector<std::string> names_of(const std::string& key)
{
    const std::string stem = stem_of(key);
    if (stem.empty()) return {key};
    std::vector<std::string> names{adc::by_bits(stem, 1.5)};
    for (int bits = 1; bits <= 16; ++bits)
        names.push_back(adc::by_bits(stem, bits));
    return names;
}

}  // namespace

const std::vector<TechnologyKey>& technology_keys()
{
    return table;
}

const std::vector<std::string>& technology_names()
{
    static const std::vector<std::string> all = [] {
        std::vector<std::string> names;
        for (const auto& key : table)
            for (auto& name : names_of(key.key))
                names.push_back(std::move(name));
        return names;
    }();
    return all;
}

const TechnologyKey* find_technology_key(const std::string& key)
{
    for (const auto& known : table) {
        const auto names = names_of(known.key);
        if (std::find(names.begin(), names.end(), key) != names.end()) return &known;
    }
    return nullptr;
}

bool may_charge(Needed needed, const AcceleratorConfig& platform)
{
    switch (needed) {
        case Needed::comparator:
        case Needed::converter:
            return applies(Needed::crossbar, platform);
        case Needed::several_chips:
            return true;
        default:
            return applies(needed, platform);
    }
}

std::vector<std::string> missing_technology(const AcceleratorConfig& platform)
{
    std::vector<std::string> missing;
    for (const auto& key : table) {
        if (std::none_of(key.needed.begin(), key.needed.end(),
                         [&](Needed needed) { return applies(needed, platform); }))
            continue;
        const std::string stem = stem_of(key.key);
        const std::string name =
            stem.empty() ? key.key : adc::by_bits(stem, platform.crossbar.adc_bits);
        if (!platform.technology.has(name) && (stem.empty() || !platform.technology.has(stem)))
            missing.push_back(name);
    }
    return missing;
}

std::string technology_reference()
{
    std::string text = "| key | unit | of | needed by |\n|---|---|---|---|\n";
    for (const auto& key : table) {
        std::vector<std::string> needed;
        for (const Needed n : key.needed)
            needed.emplace_back(needed_text(n));
        text += fmt::format("| `{}` | {} | {} | {} |\n", key.key, key.unit, key.charged,
                            fmt::join(needed, ", "));
    }
    return text;
}

}  // namespace imc::config
