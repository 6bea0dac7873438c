// SPDX-License-Identifier: Apache-2.0
/// Noisy reads of plain layers one bit at a time: codes against the general loops where nothing is
/// drawn in a read, exact distributions where something is.
#include "crossbar/kernel/serial_reads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "common/random.h"
#include "crossbar/kernel/analog_array.h"
#include "models/crossbar/naive_conv.h"
#include "support/simd_levels.h"

namespace {

using namespace imc::crossbar;
using imc::SimdLevel;
using imc::test::Problem;

/// A plain layer: a random problem, converters of step one.
struct Layer {
    Problem problem;
    AnalogSpec spec;
    std::vector<std::uint8_t> planes;

    explicit Layer(std::mt19937& random) : problem(Problem::random(random, 8))
    {
        spec.cell_bits = 1 + static_cast<int>(random() % 3);
        spec.slices = (problem.weight_bits - 1 + spec.cell_bits - 1) / spec.cell_bits;
        spec.coding = random() % 2 == 0 ? SliceCoding::signed_digits : SliceCoding::split_polarity;
        spec.dac_bits = 1;
        spec.bipolar_inputs = false;
        const int rows[] = {9, 32, 50, 128, 256};
        spec.read_rows = rows[random() % 5];
        const bool pair = spec.coding == SliceCoding::signed_digits;
        const int high = random() % 2 == 0 ? 7 : (1 << 23) - 2;
        spec.range = {pair ? -high : 0, high};
        if (random() % 3 == 0) leave_out_blocks(random);
    }

    /// Every third block of eight outputs lacks its planes.
    void leave_out_blocks(std::mt19937& random)
    {
        constexpr int columns = 8;
        const auto& s = problem.shape;
        const int tiles = (s.k() + spec.read_rows - 1) / spec.read_rows;
        const int across = (s.outputs_per_group() + columns - 1) / columns;
        for (int b = 0; b < s.groups * tiles * across; ++b)
            planes.push_back(
                static_cast<std::uint8_t>(random() % 3 == 0 ? 0 : spec.slices * spec.cell_bits));
        for (int o = 0; o < s.out_channels; ++o)
            for (int k = 0; k < s.k(); ++k) {
                const int group = o / s.outputs_per_group(), column = o % s.outputs_per_group();
                const int block =
                    (group * tiles + k / spec.read_rows) * across + column / columns;
                if (planes[block] == 0) problem.weights[static_cast<std::size_t>(o) * s.k() + k] = 0;
            }
        spec.blocks.emplace(s, spec.read_rows, columns, planes.data(), planes.size());
    }

    struct Result {
        std::vector<std::int64_t> acc;
        std::uint64_t clipped = 0;
        bool operator==(const Result& o) const { return acc == o.acc && clipped == o.clipped; }
    };
    Result run(bool serial, std::uint64_t key = 0) const
    {
        AnalogSpec s = spec;
        s.serial = serial;
        const int tiles = (problem.shape.k() + spec.read_rows - 1) / spec.read_rows;
        const std::vector<imc_column_adc> adc(
            static_cast<std::size_t>(spec.polarities()) * spec.slices * tiles *
                problem.shape.out_channels,
            imc_column_adc{1.0, 1.0, 0, 0});
        AnalogArray array(s, problem.shape, problem.format, problem.weights.data(), adc.data(),
                          adc.size());
        Result result;
        result.acc.resize(static_cast<std::size_t>(problem.shape.out_channels) *
                          problem.shape.out_width);
        result.clipped = array.run_row(problem.row_pointers().data(), problem.pad_code, key,
                                       result.acc.data())
                             .clipped;
        return result;
    }
};

using SerialLevels = imc::test::SimdLevels;

TEST_P(SerialLevels, RealCellsGiveTheCodesOfTheGeneralLoops)
{
    std::mt19937 random(21);
    std::uint64_t clipped = 0;
    for (int trial = 0; trial < 60; ++trial) {
        Layer layer(random);
        layer.spec.device.device_sigma = 0.2;
        layer.spec.device.on_off_ratio = trial % 2 == 0 ? 0.0 : 15.0;
        layer.spec.device.stuck_on = 0.02;
        const auto ours = layer.run(true);
        ASSERT_EQ(ours, layer.run(false)) << trial << ": " << layer.problem.describe();
        clipped += ours.clipped;
    }
    EXPECT_GT(clipped, 1000u);
}

TEST_P(SerialLevels, NoiseThatVanishesGivesTheCodesOfQuietCells)
{
    std::mt19937 random(22);
    for (int trial = 0; trial < 60; ++trial) {
        Layer layer(random);
        (trial % 2 == 0 ? layer.spec.device.adc_sigma : layer.spec.device.read_sigma) = 1e-9;
        const auto ours = layer.run(true);
        layer.spec.device = {};
        ASSERT_EQ(ours, layer.run(false)) << trial << ": " << layer.problem.describe();
    }
}

INSTANTIATE_TEST_SUITE_P(Simd, SerialLevels,
                         testing::Values(SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512),
                         [](const auto& info) { return std::string(imc::to_string(info.param)); });

}  // namespace
