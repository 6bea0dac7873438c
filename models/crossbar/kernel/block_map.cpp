// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/block_map.h"

#include <algorithm>
#include <string>

#include "common/error.h"

namespace imc::crossbar {

namespace {

constexpr int most_planes = 16;

}  // namespace

BlockMap::BlockMap(const RowShape& shape, int block_rows, int block_columns, int planes)
    : m_groups(shape.groups),
      m_k(shape.k()),
      m_outputs(shape.outputs_per_group()),
      m_block_rows(block_rows),
      m_block_columns(block_columns)
{
    shape.validate();
    if (block_rows < 1 || block_columns < 1)
        throw InputError("block map: block size " + std::to_string(block_rows) + " x " +
                         std::to_string(block_columns) + ": both must be at least 1");
    if (planes < 0 || planes > most_planes)
        throw InputError("block map: " + std::to_string(planes) + " planes: must be 0 to 16");
    m_row_groups = (m_k + block_rows - 1) / block_rows;
    m_column_groups = (m_outputs + block_columns - 1) / block_columns;
    m_planes.assign(static_cast<std::size_t>(m_groups) * m_row_groups * m_column_groups, planes);
}

BlockMap::BlockMap(const RowShape& shape, int block_rows, int block_columns,
                   const std::uint8_t* planes, std::size_t count)
    : BlockMap(shape, block_rows, block_columns, 0)
{
    if (count != m_planes.size())
        throw InputError("block map: " + std::to_string(count) + " entries, but the layer has " +
                         std::to_string(m_planes.size()) + " blocks (groups x V x H)");
    for (std::size_t i = 0; i < count; ++i) {
        if (planes[i] > most_planes)
            throw InputError("block map: entry " + std::to_string(i) + " is " +
                             std::to_string(planes[i]) + "; a block holds 0 to 16 planes");
        m_planes[i] = planes[i];
    }
}

int BlockMap::rows(int v) const
{
    return std::min(m_block_rows, m_k - v * m_block_rows);
}

int BlockMap::columns(int h) const
{
    return std::min(m_block_columns, m_outputs - h * m_block_columns);
}

}  // namespace imc::crossbar
