// SPDX-License-Identifier: Apache-2.0
/// Associative processor: the convolutions and the classifier of ResNet-18 (224 x 224, 1.81 GMAC)
/// at 8 bits, all sums and exact match and write counts, on one core.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "associative/kernel/gemm.h"
#include "associative/kernel/word_unit.h"
#include "common/random.h"

namespace {

using namespace imc::associative;

/// Output channels, dot-product length, output positions and how often the shape occurs (fact
/// sheet, section 2).
struct Shape {
    std::size_t channels;
    std::size_t length;
    std::size_t positions;
    int times;
};

constexpr Shape resnet18[] = {{64, 147, 12544, 1}, {64, 576, 3136, 4}, {128, 576, 784, 1},
                              {128, 1152, 784, 3}, {128, 64, 784, 1},  {256, 1152, 196, 1},
                              {256, 2304, 196, 3}, {256, 128, 196, 1}, {512, 2304, 49, 1},
                              {512, 4608, 49, 3},  {512, 256, 49, 1},  {1000, 512, 1, 1}};

struct Prepared {
    Shape shape;
    std::vector<std::int32_t> weights;
    std::vector<std::uint16_t> activations;
};

std::vector<Prepared> prepare_layers(int bits)
{
    std::vector<Prepared> layers;
    for (const Shape& shape : resnet18) {
        Prepared layer{shape, std::vector<std::int32_t>(shape.channels * shape.length),
                       std::vector<std::uint16_t>(shape.positions * shape.length)};
        for (std::size_t i = 0; i < layer.weights.size(); ++i) {
            layer.weights[i] =
                static_cast<std::int32_t>(imc::random_normal(1, i) * (1 << (bits - 1)) / 4.0);
            layer.weights[i] =
                std::clamp(layer.weights[i], -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
        }
        for (std::size_t i = 0; i < layer.activations.size(); ++i) {
            const std::uint64_t random = imc::random_bits(2, i);
            layer.activations[i] =
                (random & 1) ? static_cast<std::uint16_t>((random >> 8) & ((1u << bits) - 1)) : 0;
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

void resnet18_products(benchmark::State& state, Path path)
{
    const int bits = static_cast<int>(state.range(0));
    const std::vector<Prepared> layers = prepare_layers(bits);
    std::vector<std::int64_t> sums;
    std::uint64_t macs = 0;
    for (auto _ : state) {
        macs = 0;
        for (const Prepared& layer : layers) {
            const Shape& shape = layer.shape;
            for (int i = 0; i < shape.times; ++i) {
                GemmConfig config;
                config.weight_bits = bits;
                config.activation_bits = bits;
                config.path = path;
                config.expected_positions = shape.positions;
                const Gemm gemm(config, layer.weights.data(), shape.channels, shape.length);
                sums.resize(shape.channels * shape.positions);
                benchmark::DoNotOptimize(
                    gemm.run(layer.activations.data(), shape.positions, sums.data()));
                macs += shape.channels * shape.length * shape.positions;
            }
        }
    }
    state.counters["GMAC"] = static_cast<double>(macs) * 1e-9;
}

/// Requantisation of 16 channels x 3,136 positions of 26-bit sums with a 16-bit multiplier.
void requantization(benchmark::State& state, Path path)
{
    constexpr std::size_t rows = 3136;
    std::vector<std::uint64_t> sums(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        sums[i] = imc::random_bits(3, i) >> 38;
    }
    for (auto _ : state) {
        for (int channel = 0; channel < 16; ++channel) {
            WordUnit unit(path, rows);
            const WordUnit::Register r = unit.make(26);
            const WordUnit::Register p = unit.make(42);
            unit.load(r, sums.data());
            unit.multiply_constant(p, r, 0xb5a3);
            unit.add_constant(p, 12345);
            unit.drop_low(p, 20);
            unit.relu(p);
            unit.clip(p, 8);
            benchmark::DoNotOptimize(unit.counts().written);
        }
    }
    state.SetItemsProcessed(state.iterations() * 16 * static_cast<std::int64_t>(rows));
}

BENCHMARK_CAPTURE(requantization, fast, Path::fast)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(requantization, pass_exact, Path::pass_exact)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(resnet18_products, fast, Path::fast)
    ->Arg(8)
    ->Arg(4)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(resnet18_products, pass_exact, Path::pass_exact)
    ->Arg(8)
    ->Unit(benchmark::kMillisecond);

}  // namespace
