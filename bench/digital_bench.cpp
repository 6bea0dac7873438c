// SPDX-License-Identifier: Apache-2.0
/// Speed of the digital unit's kernels.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "digital/kernel/elementwise.h"

namespace {

using namespace imc::digital;

constexpr int channels = 64;
constexpr int width = 56;

void requantise(benchmark::State& state)
{
    std::mt19937 random(1);
    std::vector<std::int64_t> acc(channels * width);
    for (auto& a : acc)
        a = static_cast<int>(random() % 200000) - 100000;
    imc_requant r{};
    r.multiplier = state.range(0) == IMC_REQUANT_TFLITE ? 1518500250 : 1518500249;
    r.divisor = 8388609;
    r.shift = state.range(0) == IMC_REQUANT_DYADIC ? 40
              : state.range(0) == IMC_REQUANT_ONNX ? -17
                                                   : -9;
    const Requantizer requantizer(static_cast<imc_requant_kind>(state.range(0)),
                                  std::vector<imc_requant>(channels, r), {});
    std::vector<std::int32_t> out(acc.size());
    for (auto _ : state) {
        requantizer.run(acc.data(), channels, width, out.data());
        benchmark::DoNotOptimize(out.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(acc.size()));
}
BENCHMARK(requantise)
    ->ArgName("kind")
    ->Arg(IMC_REQUANT_DYADIC)
    ->Arg(IMC_REQUANT_ONNX)
    ->Arg(IMC_REQUANT_TFLITE);

void add_streams(benchmark::State& state)
{
    const std::vector<std::int32_t> a(channels * width, 17), b(channels * width, 99);
    std::vector<std::int32_t> out(a.size());
    imc_requant stream{}, common{};
    stream.multiplier = 12345;
    common.shift = 14;
    const Adder adder(IMC_REQUANT_DYADIC, {stream, stream, common}, {});
    const std::int32_t* streams[] = {a.data(), b.data()};
    for (auto _ : state) {
        adder.run(streams, static_cast<int>(a.size()), out.data());
        benchmark::DoNotOptimize(out.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(a.size()));
}
BENCHMARK(add_streams);

void max_pool(benchmark::State& state)
{
    PoolShape shape;
    shape.channels = channels;
    shape.in_width = 2 * width;
    shape.out_width = width;
    shape.kernel_h = shape.kernel_w = 3;
    shape.stride = 2;
    shape.pad_left = 1;
    const std::vector<std::int32_t> row(channels * 2 * width, 5);
    const std::int32_t* rows[] = {row.data(), row.data(), row.data()};
    std::vector<std::int32_t> out(channels * width);
    for (auto _ : state) {
        max_pool_row(shape, rows, 0, out.data());
        benchmark::DoNotOptimize(out.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(max_pool);

}  // namespace
