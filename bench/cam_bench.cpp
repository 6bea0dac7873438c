// SPDX-License-Identifier: Apache-2.0
/// Speed of the CAM engine's kernels: sums and exact counts of the reference's networks, one
/// thread.
#include "cam/kernel/code_ops.h"
#include "cam/kernel/rna_layer.h"
#include "common/random.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using imc::cam::LayerTables;
using imc::cam::RnaLayer;

struct Shape {
    unsigned outputs, fan_in, positions;
};

/// Weights of a bell shape on the codes, one input code in two at zero (ReLU).
LayerTables make_tables(const Shape& shape, unsigned codes, std::uint64_t seed)
{
    LayerTables t;
    t.outputs = shape.outputs;
    t.fan_in = shape.fan_in;
    t.weight_codes = t.input_codes = codes;
    for (std::size_t n = 0; n < std::size_t{shape.outputs} * shape.fan_in; ++n) {
        const double g =
            imc::random_normal(imc::random_key(seed, 1), n) * codes / 5.0 + codes / 2.0;
        t.weight_code.push_back(static_cast<std::uint8_t>(g < 0           ? 0
                                                          : g > codes - 1 ? codes - 1
                                                                          : g));
    }
    for (unsigned i = 0; i < codes; ++i)
        for (unsigned j = 0; j < codes; ++j)
            t.product.push_back(static_cast<std::int16_t>(
                (static_cast<int>(i) * 2 + 1 - static_cast<int>(codes)) * static_cast<int>(j) * 8));
    return t;
}

std::vector<std::uint8_t> make_inputs(const Shape& shape, unsigned codes, std::uint64_t seed)
{
    std::vector<std::uint8_t> inputs;
    for (std::size_t n = 0; n < std::size_t{shape.fan_in} * shape.positions; ++n) {
        const auto bits = imc::random_bits(imc::random_key(seed, 2), n);
        inputs.push_back(static_cast<std::uint8_t>(bits % 2 == 0 ? 0 : (bits >> 8) % codes));
    }
    return inputs;
}

/// All layers of a network; `layer_times` repeats shapes that occur more than once.
void run_network(benchmark::State& state, const std::vector<std::pair<Shape, unsigned>>& network)
{
    const auto codes = static_cast<unsigned>(state.range(0));
    const bool counts = state.range(1) != 0;
    std::vector<RnaLayer> layers;
    std::vector<std::vector<std::uint8_t>> inputs;
    double macs = 0;
    std::size_t largest = 0;
    for (const auto& [shape, times] : network) {
        layers.emplace_back(make_tables(shape, codes, layers.size()));
        inputs.push_back(make_inputs(shape, codes, layers.size()));
        macs += static_cast<double>(times) * shape.outputs * shape.fan_in * shape.positions;
        largest = std::max(largest, std::size_t{shape.outputs} * shape.positions);
    }
    std::vector<std::int32_t> sums(largest);
    std::vector<std::uint16_t> nonzero(largest), addends(largest);
    for (auto _ : state)
        for (std::size_t n = 0; n < layers.size(); ++n)
            for (unsigned time = 0; time < network[n].second; ++time) {
                const auto positions = network[n].first.positions;
                if (counts)
                    layers[n].sums_and_counts(inputs[n].data(), positions, sums.data(),
                                              nonzero.data(), addends.data());
                else
                    layers[n].sums(inputs[n].data(), positions, sums.data());
                benchmark::DoNotOptimize(sums.data());
            }
    state.counters["MAC/s"] =
        benchmark::Counter(macs, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["images/s"] =
        benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
}

void cam_mnist_mlp(benchmark::State& state)
{
    run_network(state, {{{512, 784, 1}, 1}, {{512, 512, 1}, 1}, {{10, 512, 1}, 1}});
}

void cam_resnet18_cifar(benchmark::State& state)
{
    run_network(state, {{{64, 27, 1024}, 1},
                        {{64, 576, 1024}, 4},
                        {{128, 576, 256}, 1},
                        {{128, 1152, 256}, 3},
                        {{128, 64, 256}, 1},
                        {{256, 1152, 64}, 1},
                        {{256, 2304, 64}, 3},
                        {{256, 128, 64}, 1},
                        {{512, 2304, 16}, 1},
                        {{512, 4608, 16}, 3},
                        {{512, 256, 16}, 1},
                        {{10, 512, 1}, 1}});
}

void cam_nearest_search(benchmark::State& state)
{
    std::vector<std::int32_t> keys, queries, rows(4096);
    for (int n = 0; n < state.range(0); ++n)
        keys.push_back(n * 997 - 30000);
    for (int n = 0; n < 4096; ++n)
        queries.push_back(static_cast<std::int32_t>(imc::random_bits(1, n) % 65536) - 32768);
    const imc::cam::NearestTable table(keys);
    for (auto _ : state) {
        table.find_many(queries.data(), queries.size(), rows.data());
        benchmark::DoNotOptimize(rows.data());
    }
    state.counters["searches/s"] =
        benchmark::Counter(4096, benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(cam_mnist_mlp)
    ->ArgNames({"codes", "counts"})
    ->ArgsProduct({{4, 16, 64}, {0, 1}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(cam_resnet18_cifar)
    ->ArgNames({"codes", "counts"})
    ->ArgsProduct({{4, 16, 64}, {0, 1}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(cam_nearest_search)->ArgName("rows")->Arg(16)->Arg(64);

}  // namespace
