// SPDX-License-Identifier: Apache-2.0
/// Passes over whole columns: the loops under the microcode interpreter.
#pragma once

#include "associative/kernel/lane_kernels.h"
#include "associative/kernel/lane_vector.h"
#include "associative/kernel/plane_passes.h"

namespace imc::associative {
namespace {

PassResult run_pass(const PassColumns& columns)
{
    Lanes matches = {};
    Lanes flips = {};
    for (std::size_t w = 0; w < columns.words; w += lane_words) {
        Lanes tag = load_lanes(columns.active + w);
        for (std::size_t k = 0; k < columns.keys; ++k) {
            tag &= load_lanes(columns.key[k] + w) ^ columns.invert[k];
        }
        store_lanes(columns.tags + w, tag);
        matches += popcount(tag);
        for (std::size_t k = 0; k < columns.writes; ++k) {
            const Lanes change = tag & (load_lanes(columns.write[k] + w) ^ columns.value[k]);
            flips += popcount(change);
            store_lanes(columns.write[k] + w, load_lanes(columns.write[k] + w) ^ change);
        }
    }
    return {sum_lanes(matches), sum_lanes(flips)};
}

constexpr unsigned roles_used(const PassTable& table)
{
    unsigned roles = roles_written(table);
    for (int p = 0; p < table.count; ++p) {
        roles |= table.passes[p].key;
    }
    return roles;
}

template <const PassTable& table>
TableResult run_columns(const TableColumns& columns)
{
    constexpr unsigned used = roles_used(table), written = roles_written(table);
    Lanes matches[PassTable::max_passes] = {};
    Lanes flips = {};
    for (std::size_t w = 0; w < columns.words; w += lane_words) {
        Lanes cell[role_count] = {};
        for (int r = 0; r < role_count; ++r) {
            if ((used >> r) & 1) {
                cell[r] = load_lanes(columns.column[r] + w);
            }
        }
        run_table<table>(load_lanes(columns.active + w), cell, matches, &flips);
        for (int r = 0; r < role_count; ++r) {
            if ((written >> r) & 1) {
                store_lanes(columns.column[r] + w, cell[r]);
            }
        }
    }
    TableResult result;
    for (int p = 0; p < table.count; ++p) {
        result.matches[p] = sum_lanes(matches[p]);
        result.flips +=
            always_flips(table)
                ? result.matches[p] * static_cast<unsigned>(cells_written(table.passes[p]))
                : 0;
    }
    result.flips += sum_lanes(flips);
    return result;
}

TableResult run_known(const TableColumns& columns)
{
    switch (columns.table) {
        case KnownTable::add_in_place:
            return run_columns<add_in_place>(columns);
        case KnownTable::add_constant_0:
            return run_columns<add_constant_0>(columns);
        case KnownTable::add_constant_1:
            return run_columns<add_constant_1>(columns);
        case KnownTable::copy_bit:
            return run_columns<copy_bit>(columns);
        case KnownTable::max_bit:
            return run_columns<max_bit>(columns);
        case KnownTable::min_constant_0:
            return run_columns<min_constant_0>(columns);
        case KnownTable::min_constant_1:
            return run_columns<min_constant_1>(columns);
        case KnownTable::none:
            break;
    }
    return {};
}

}  // namespace
}  // namespace imc::associative
