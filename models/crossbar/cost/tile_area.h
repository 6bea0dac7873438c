// SPDX-License-Identifier: Apache-2.0
/// Area and leakage of one crossbar tile, component by component.
#pragma once

#include "common/ledger.h"
#include "common/technology.h"
#include "crossbar/config.h"

namespace imc::crossbar {

/// Adds one tile to the components of CrossbarCost. The technology gives area and leakage of one
/// array (a differential pair has two), one driver (a wordline), one sample-and-hold (a column
/// of an array that is read whole; BWQ's banks have none, bwq.md 2.5), one shift-and-add unit, one
/// array's controller, the registers of eight arrays, and a tile's buffer, bus and digital unit.
/// Keys `<component>.area_mm2` and
/// `<component>.leakage_w`, 0 where the table has none. Shift-and-add units: four an array under
/// operation units (BWQ Table I), four for eight arrays else (ISAAC Table I). ADCs are the bank's.
void declare_tile_area(const Config& config, const Technology& technology, Ledger& ledger);

}  // namespace imc::crossbar
