// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/slice_blocks.h"

#include <algorithm>

namespace imc::compiler {

std::vector<std::uint8_t> slice_blocks(const QLayer& layer, const QNet& net, ChannelRange outputs,
                                       ChannelRange inputs)
{
    const QBlockBits& map = *layer.blocks;
    const unsigned groups = layer.geometry.groups;
    const unsigned channels = net.tensors[layer.output].channels;
    const unsigned kernel = layer.geometry.kernel_h * layer.geometry.kernel_w;
    const unsigned outs = groups == 1 ? outputs.size() : channels / groups;
    const unsigned k = groups == 1 ? inputs.size() * kernel
                                   : static_cast<unsigned>(layer.weights.size() / channels);
    const unsigned first_row = groups == 1 ? inputs.begin * kernel / map.ou_rows : 0;
    const unsigned rows = (k + map.ou_rows - 1) / map.ou_rows;
    const unsigned columns = (outs + map.ou_columns - 1) / map.ou_columns;
    std::vector<std::uint8_t> bits;
    for (unsigned first = outputs.begin; first < outputs.end; first += outs)
        for (unsigned v = 0; v < rows; ++v)
            for (unsigned h = 0; h < columns; ++h) {
                // Outputs of this group under column h may straddle two blocks of the map: the
                // larger counts.
                const unsigned begin = first + h * map.ou_columns;
                const unsigned end = std::min(begin + map.ou_columns, first + outs);
                const auto* row = map.bits.data() + std::size_t{first_row + v} * map.columns;
                bits.push_back(*std::max_element(row + begin / map.ou_columns,
                                                 row + (end - 1) / map.ou_columns + 1));
            }
    return bits;
}

}  // namespace imc::compiler
