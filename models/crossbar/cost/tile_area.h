// SPDX-License-Identifier: Apache-2.0
/// Area and leakage of one crossbar tile, component by component.
#pragma once

#include "common/ledger.h"
#include "common/technology.h"
#include "crossbar/config.h"

namespace imc::crossbar {

/// Area and energy of a wordline driver of `bits`, 1 to 8, over those of a 1-bit one: twice for
/// every further bit (MNSIM 2.0, Hardware_Model/DAC.py: 3.9 uW and 0.166 um2 at 1 bit, 31.2 uW
/// and 1.328 um2 at 4, 0.4992 mW and 21.248 um2 at 8).
double driver_scale(unsigned bits);

/// Adds one tile to the components of CrossbarCost. The technology gives area and leakage of one
/// array (a differential pair has two), one 1-bit driver (a wordline), one sample-and-hold (a
/// column of an array that is read whole; BWQ's banks have none, bwq.md 2.5), one shift-and-add
/// unit, one array's controller, the registers of eight arrays, and a tile's buffer, bus and
/// digital unit. Keys `<component>.area_mm2` and
/// `<component>.leakage_w`, 0 where the table has none. Shift-and-add units: four an array under
/// operation units (BWQ Table I), four for eight arrays else (ISAAC Table I). ADCs are the bank's.
void declare_tile_area(const Config& config, const Technology& technology, Ledger& ledger);

}  // namespace imc::crossbar
