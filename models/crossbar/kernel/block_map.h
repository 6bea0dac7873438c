// SPDX-License-Identifier: Apache-2.0
/// How many bit planes each weight block of a layer holds: BWQ's bit-width table
/// (bwq.md 1.10, 2.10, 2.16).
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/kernel/row_shape.h"

namespace imc::crossbar {

/// Blocks of `block_rows` x `block_columns` weights, row-group v = 0..V-1 along K, column group h =
/// 0..H-1 along the outputs of a group; ragged edges are smaller blocks. A uniform layer has the
/// same planes everywhere.
class BlockMap {
public:
    /// `planes` in 0..16 for every block.
    BlockMap(const RowShape& shape, int block_rows, int block_columns, int planes);
    /// `planes` as [group][V][H]; throws InputError if `count` is not groups * V * H or an entry
    /// exceeds 16.
    BlockMap(const RowShape& shape, int block_rows, int block_columns, const std::uint8_t* planes,
             std::size_t count);

    int groups() const { return m_groups; }
    int row_groups() const { return m_row_groups; }        ///< V
    int column_groups() const { return m_column_groups; }  ///< H
    int block_rows() const { return m_block_rows; }
    int block_columns() const { return m_block_columns; }
    int rows(int v) const;     ///< wordlines of row group v that hold weights
    int columns(int h) const;  ///< outputs of column group h
    int planes(int group, int v, int h) const
    {
        return m_planes[(static_cast<std::size_t>(group) * m_row_groups + v) * m_column_groups + h];
    }
    int& planes(int group, int v, int h)
    {
        return m_planes[(static_cast<std::size_t>(group) * m_row_groups + v) * m_column_groups + h];
    }

    /// True if the blocks of both lie in the same cells.
    bool operator==(const BlockMap& o) const { return m_planes == o.m_planes; }

private:
    int m_groups, m_k, m_outputs, m_block_rows, m_block_columns, m_row_groups, m_column_groups;
    std::vector<int> m_planes;
};

}  // namespace imc::crossbar
