// SPDX-License-Identifier: Apache-2.0
/// Networks as matrix products (fact sheet, sections 2 and 5).
#pragma once

#include <vector>

#include "associative/cost/layer_cost.h"

namespace imc::associative {

struct Row {
    std::uint64_t channels;
    std::uint64_t length;
    std::uint64_t positions;
};

/// Section 2: ResNet-18, conv1 to fc.
inline const std::vector<Row> resnet18 = {
    {64, 147, 12544}, {64, 576, 3136},  {64, 576, 3136}, {64, 576, 3136},  {64, 576, 3136},
    {128, 576, 784},  {128, 1152, 784}, {128, 64, 784},  {128, 1152, 784}, {128, 1152, 784},
    {256, 1152, 196}, {256, 2304, 196}, {256, 128, 196}, {256, 2304, 196}, {256, 2304, 196},
    {512, 2304, 49},  {512, 4608, 49},  {512, 256, 49},  {512, 4608, 49},  {512, 4608, 49},
    {1000, 512, 1}};

inline const std::vector<Row> alexnet = {{64, 363, 3025},  {192, 1600, 729}, {384, 1728, 169},
                                         {256, 3456, 169}, {256, 2304, 169}, {4096, 9216, 1},
                                         {4096, 4096, 1},  {1000, 4096, 1}};

inline const std::vector<Row> vgg16 = {
    {64, 27, 50176},   {64, 576, 50176},  {128, 576, 12544}, {128, 1152, 12544},
    {256, 1152, 3136}, {256, 2304, 3136}, {256, 2304, 3136}, {512, 2304, 784},
    {512, 4608, 784},  {512, 4608, 784},  {512, 4608, 196},  {512, 4608, 196},
    {512, 4608, 196},  {4096, 25088, 1},  {4096, 4096, 1},   {1000, 4096, 1}};

/// ResNet-50 with the stride in the 3 x 3 convolutions.
inline std::vector<Row> resnet50()
{
    std::vector<Row> rows = {{64, 147, 12544}};
    std::uint64_t in = 64;
    std::uint64_t width = 64;
    std::uint64_t side = 56;
    for (const int blocks : {3, 4, 6, 3}) {
        for (int b = 0; b < blocks; ++b) {
            const std::uint64_t in_side = b == 0 && width != 64 ? 2 * side : side;
            rows.push_back({width, in, in_side * in_side});
            rows.push_back({width, 9 * width, side * side});
            rows.push_back({4 * width, width, side * side});
            if (b == 0) {
                rows.push_back({4 * width, in, side * side});
            }
            in = 4 * width;
        }
        width *= 2;
        side /= 2;
    }
    rows.push_back({1000, 2048, 1});
    return rows;
}

inline GemmShape shape(const Row& row, int bits)
{
    return {row.channels, row.length, row.positions, bits, bits};
}

}  // namespace imc::associative
