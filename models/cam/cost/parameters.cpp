// SPDX-License-Identifier: Apache-2.0
#include "cam/cost/parameters.h"

#include <cctype>

namespace imc::cam {

const std::vector<Parameter>& all_parameters()
{
    using namespace parameter;
    static const std::vector<Parameter> all{cycle_ns,
                                            count_bit_pj,
                                            read_bit_pj,
                                            read_decode_pj,
                                            nor_pj,
                                            nor_low_pj,
                                            init_pj,
                                            search_row_bit_pj,
                                            match_row_bit_pj,
                                            cam_leakage_row_w,
                                            bus_bit_pj,
                                            buffer_access_pj,
                                            row_write_ns,
                                            cell_write_pj,
                                            cam_row_write_ns,
                                            cam_row_write_pj,
                                            counter_bit_um2,
                                            cam_cell_f2,
                                            crossbar_cell_f2,
                                            paper_crossbar_mw,
                                            paper_counter_mw,
                                            paper_activation_mw,
                                            paper_encoding_mw,
                                            paper_crossbar_um2,
                                            paper_counter_um2,
                                            paper_activation_um2,
                                            paper_encoding_um2,
                                            node_nm,
                                            crossbar_rows,
                                            product_bits,
                                            counter_bits,
                                            counters_physical,
                                            stage_bits,
                                            match_ns,
                                            activation_rows,
                                            value_bits,
                                            buffer_bits,
                                            rnas_per_tile,
                                            tiles_per_chip};
    return all;
}

const char* to_string(Label label)
{
    switch (label) {
        case Label::found:
            return "found";
        case Label::derived:
            return "derived";
        case Label::assumed:
            return "assumed";
        case Label::recalled:
            return "recalled";
    }
    return "";
}

Technology default_technology()
{
    Technology technology;
    technology.name = "rapidnn";
    for (const Parameter& p : all_parameters()) {
        const std::string key = p.key;
        if (key.rfind("cam.", 0) != 0) continue;
        std::string label = to_string(p.label);
        for (char& c : label)
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        technology.set(key, {p.value, p.unit, label + ": " + p.source});
    }
    return technology;
}

}  // namespace imc::cam
