// SPDX-License-Identifier: Apache-2.0
/// Every number of the CAM cost model with its unit, its label and its source. No full text of the
/// RAPIDNN paper was at hand, so the label says how far a number may be trusted; source marks [Sx]
/// are those of docs/models/cam.md.
#pragma once

#include "common/technology.h"

#include <string>
#include <vector>

namespace imc::cam {

enum class Label {
    found,    ///< a source states it
    derived,  ///< calculated or measured from stated values
    assumed,  ///< an engineering choice with a reason
    recalled  ///< remembered from the RAPIDNN paper, unverified: never "the paper says"
};

struct Parameter {
    const char* key;  ///< of the technology table, or of Config where it has no unit of energy,
                      ///< time, power or area
    double value;
    const char* unit;
    Label label;
    const char* source;
};

namespace parameter {
inline constexpr Parameter cycle_ns{
    "cam.cycle_ns", 1.0, "ns", Label::found,
    "FloatPIM [S11], 1 ns switching at 28 nm; 1.1 ns is recalled for RAPIDNN"};
inline constexpr Parameter count_bit_pj{"cam.counter.count_bit_pj", 0.2507 / 32, "pJ",
                                        Label::derived,
                                        "32-bit counter at 40 nm 0.2507 pJ [S14], linear in bits"};
inline constexpr Parameter read_bit_pj{
    "cam.crossbar.read_bit_pj", 0.0126, "pJ", Label::derived,
    "0.3 V on 10 kOhm for 1 ns = 9 fJ, sense amplifier 3.6 fJ (Eva-CAM)"};
inline constexpr Parameter read_decode_pj{"cam.crossbar.read_decode_pj", 0.044, "pJ",
                                          Label::derived, "row decoder, Eva-CAM"};
inline constexpr Parameter nor_pj{"cam.crossbar.nor_pj", 0.0064, "pJ", Label::derived,
                                  "AritPIM's 0.271 TOPS/W over 577 gates [S19]"};
inline constexpr Parameter nor_low_pj{"cam.crossbar.nor_low_pj", 0.0013, "pJ", Label::found,
                                      "SPICE of the FloatPIM device [S20]: lower bound"};
inline constexpr Parameter init_pj{"cam.crossbar.init_pj", 0.00036, "pJ", Label::found,
                                   "RESET of one cell [S20]: lower bound"};
inline constexpr Parameter search_row_bit_pj{
    "cam.search_row_bit_pj", 0.0169 / 16, "pJ", Label::derived,
    "Eva-CAM 2FeFET TCAM, 64 x 16 at 45 nm: 16.9 fJ a row of 16 bits; exact match stands in"};
inline constexpr Parameter match_row_bit_pj{
    "cam.match_row_bit_pj", 0.0169 / 16, "pJ", Label::derived,
    "Eva-CAM 2FeFET TCAM, exact match, 64 x 16 at 45 nm: 16.9 fJ a row of 16 bits"};
inline constexpr Parameter cam_leakage_row_w{"cam.leakage_row_w", 2.4e-6, "W", Label::derived,
                                             "Eva-CAM at 45 nm high performance: upper bound"};
inline constexpr Parameter bus_bit_pj{"cam.broadcast.bus_bit_pj", 0.054, "pJ", Label::found,
                                      "eDRAM bus at 32 nm [S14]"};
inline constexpr Parameter buffer_access_pj{"cam.broadcast.buffer_access_pj", 20.45, "pJ",
                                            Label::found,
                                            "256 bits of a 2048 x 256 eDRAM buffer at 32 nm [S14]"};
inline constexpr Parameter row_write_ns{"cam.crossbar.row_write_ns", 50.88, "ns", Label::found,
                                        "PipeLayer's cell write [S10]; RAPIDNN's is not known"};
inline constexpr Parameter cell_write_pj{"cam.crossbar.cell_write_pj", 0.0032, "pJ", Label::found,
                                         "SET of one cell, upper end of 0.11 to 3.2 fJ [S20]"};
inline constexpr Parameter cam_row_write_ns{"cam.row_write_ns", 20.0, "ns", Label::found,
                                            "CAMASim's TCAM [S17]"};
inline constexpr Parameter cam_row_write_pj{"cam.row_write_pj", 23.5, "pJ", Label::found,
                                            "CAMASim's TCAM [S17]"};

inline constexpr Parameter counter_bit_um2{
    "cam.counter.bit_um2", 495.5 / 32, "um2", Label::derived,
    "32-bit counter at 40 nm 495.5 um2 [S14], linear in bits"};
inline constexpr Parameter cam_cell_f2{"cam.cell_f2", 50.0, "F2", Label::found,
                                       "2T2R TCAM, 0.41 um2 at 90 nm [S18]"};
inline constexpr Parameter crossbar_cell_f2{"cam.crossbar.cell_f2", 4.0, "F2", Label::derived,
                                            "3,136 um2 for 1K x 1K cells is 4 F2 at 28 nm"};

inline constexpr Parameter paper_crossbar_mw{"cam.paper.crossbar_mw", 3.7, "mW", Label::recalled,
                                             "RAPIDNN's table"};
inline constexpr Parameter paper_counter_mw{"cam.paper.counter_mw", 0.7, "mW", Label::recalled,
                                            "RAPIDNN's table"};
inline constexpr Parameter paper_activation_mw{"cam.paper.activation_mw", 0.2, "mW",
                                               Label::recalled, "RAPIDNN's table"};
inline constexpr Parameter paper_encoding_mw{"cam.paper.encoding_mw", 0.2, "mW", Label::recalled,
                                             "RAPIDNN's table"};
inline constexpr Parameter paper_crossbar_um2{"cam.paper.crossbar_um2", 3136.0, "um2",
                                              Label::recalled, "RAPIDNN's table"};
inline constexpr Parameter paper_counter_um2{"cam.paper.counter_um2", 538.6, "um2", Label::recalled,
                                             "RAPIDNN's table"};
inline constexpr Parameter paper_activation_um2{"cam.paper.activation_um2", 83.2, "um2",
                                                Label::recalled, "RAPIDNN's table"};
inline constexpr Parameter paper_encoding_um2{"cam.paper.encoding_um2", 83.2, "um2",
                                              Label::recalled, "RAPIDNN's table"};

inline constexpr Parameter node_nm{"node_nm", 45, "nm", Label::recalled,
                                   "RNSnet 45 nm, FloatPIM 28 nm: in conflict"};
inline constexpr Parameter crossbar_rows{"crossbar_rows", 1024, "", Label::recalled,
                                         "1K x 1K crossbar an RNA"};
inline constexpr Parameter product_bits{"product_bits", 16, "bit", Label::assumed,
                                        "8 fits 5 KB at w = u = 64"};
inline constexpr Parameter counter_bits{"counter_bits", 12, "bit", Label::assumed,
                                        "covers fan-in 4,095"};
inline constexpr Parameter counters_physical{
    "counters_physical", 256, "", Label::assumed,
    "4,096 counters alone would be 76 times the recalled RNA area"};
inline constexpr Parameter stage_bits{"stage_bits", 8, "bit", Label::recalled,
                                      "NDCAM stage, one cycle (0.5 ns recalled)"};
inline constexpr Parameter match_ns{
    "match_ns", 0.38, "ns", Label::derived,
    "Eva-CAM 2FeFET TCAM at 45 nm, 64 x 64: the slowest of its table (64 x 16: 0.193)"};
inline constexpr Parameter activation_rows{"activation_rows", 64, "", Label::recalled,
                                           "rows of the activation memory"};
inline constexpr Parameter value_bits{"value_bits", 16, "bit", Label::assumed,
                                      "value row of a memory"};
inline constexpr Parameter buffer_bits{"buffer_bits", 256, "bit", Label::assumed,
                                       "ISAAC-like buffer width"};
inline constexpr Parameter rnas_per_tile{"rnas_per_tile", 1000, "", Label::recalled,
                                         "1k RNA a tile"};
inline constexpr Parameter tiles_per_chip{"tiles_per_chip", 32, "", Label::recalled,
                                          "32 tiles a chip"};
}  // namespace parameter

/// All of the above, in order.
const std::vector<Parameter>& all_parameters();

const char* to_string(Label label);

/// A technology table of the parameters that have a unit of energy, time, power or area (keys
/// beginning "cam."); its sources begin with the label in capitals.
Technology default_technology();

}  // namespace imc::cam
