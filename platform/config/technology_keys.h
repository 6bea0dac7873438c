// SPDX-License-Identifier: Apache-2.0
/// The keys of technology files that some model reads: what is not among them is a mistake, and
/// what a platform needs of them must be there. A model's new number is one line of the table.
#pragma once

#include "accelerator/config.h"

#include <string>
#include <vector>

namespace imc::config {

/// Who cannot do without a number.
enum class Needed {
    always,        ///< the chip around the tiles, memory and host
    crossbar,      ///< platforms with crossbar tiles
    whole_arrays,  ///< crossbar tiles with activation: full_array, which may run scheme column
    comparator,    ///< crossbar tiles with sign: diff_analog
    converter,     ///< crossbar tiles whose converters scale by the file: at their resolution
    associative,   ///< platforms with associative tiles
    cam,           ///< platforms with CAM tiles
    exact_match,   ///< CAM tiles with search: exact
    several_chips  ///< networks that take more than one chip
};

struct TechnologyKey {
    const char* key;   ///< component.event; `*` stands for a resolution: 1bit to 16bit, ternary
    const char* unit;  ///< as files write it
    std::vector<Needed> needed;  ///< none: it counts as 0, or another key stands for it
    const char* charged;         ///< what it is of
};

const std::vector<TechnologyKey>& technology_keys();

/// Names of all keys, resolutions written out.
const std::vector<std::string>& technology_names();

/// The line of `key`, or null.
const TechnologyKey* find_technology_key(const std::string& key);

/// Whether numbers for `needed` may be charged on `platform`: its engines and how arrays are read;
/// converters, comparators and links wherever their engine is.
bool may_charge(Needed needed, const AcceleratorConfig& platform);

/// Keys that `platform`, with its number of chips, needs and its technology lacks, in the order of
/// the table.
std::vector<std::string> missing_technology(const AcceleratorConfig& platform);

/// The table for docs/technology.md.
std::string technology_reference();

}  // namespace imc::config
