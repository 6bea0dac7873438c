// SPDX-License-Identifier: Apache-2.0
/// Speed of the crossbar kernels: rows of layers on each arithmetic path, and all rows of whole
/// networks.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "crossbar/kernel/analog_array.h"
#include "crossbar/kernel/programmed_array.h"

namespace {

using namespace imc::crossbar;

/// A convolution of square maps: `count` of it stand in the network.
struct Layer {
    int in, width, out, kernel, stride, count;
};

const std::vector<Layer> resnet18 = {
    {3, 224, 64, 7, 2, 1},   {64, 56, 64, 3, 1, 4},   {64, 56, 128, 3, 2, 1},
    {64, 56, 128, 1, 2, 1},  {128, 28, 128, 3, 1, 3}, {128, 28, 256, 3, 2, 1},
    {128, 28, 256, 1, 2, 1}, {256, 14, 256, 3, 1, 3}, {256, 14, 512, 3, 2, 1},
    {256, 14, 512, 1, 2, 1}, {512, 7, 512, 3, 1, 3},  {512, 1, 1000, 1, 1, 1}};
const std::vector<Layer> resnet20 = {
    {3, 32, 16, 3, 1, 1},  {16, 32, 16, 3, 1, 6}, {16, 32, 32, 3, 2, 1}, {32, 16, 32, 3, 1, 5},
    {32, 16, 64, 3, 2, 1}, {64, 8, 64, 3, 1, 5},  {64, 1, 10, 1, 1, 1}};

RowShape shape_of(const Layer& layer)
{
    RowShape shape;
    shape.in_channels = layer.in;
    shape.in_width = layer.width;
    shape.out_channels = layer.out;
    shape.kernel_h = shape.kernel_w = layer.kernel;
    shape.stride = layer.stride;
    shape.pad_left = layer.kernel / 2;
    shape.out_width = (layer.width + layer.stride - 1) / layer.stride;
    return shape;
}

/// A layer with weights drawn inside a block map of `mean_planes` on average, and one input row for
/// all of its rows.
struct Bench {
    RowShape shape;
    std::vector<std::uint8_t> planes;
    std::vector<std::int16_t> weights;
    std::vector<std::int32_t> input;
    std::vector<const std::int32_t*> rows;
    std::vector<std::int64_t> acc;

    Bench(const Layer& layer, double mean_planes, int activation_bits) : shape(shape_of(layer))
    {
        std::mt19937 random(1);
        std::binomial_distribution<int> draw(8, mean_planes / 8);
        const int h = (layer.out + 7) / 8;
        planes.resize(static_cast<std::size_t>((shape.k() + 8) / 9) * h);
        for (auto& p : planes)
            p = static_cast<std::uint8_t>(draw(random));
        for (int o = 0; o < layer.out; ++o)
            for (int k = 0; k < shape.k(); ++k) {
                const int top = (1 << planes[static_cast<std::size_t>(k / 9) * h + o / 8]) - 1;
                weights.push_back(
                    static_cast<std::int16_t>(static_cast<int>(random() % (2 * top + 1)) - top));
            }
        input.resize(static_cast<std::size_t>(layer.in) * layer.width);
        for (auto& code : input)
            code = static_cast<int>(random() % (1u << activation_bits));
        rows.assign(layer.kernel, input.data());
        acc.resize(static_cast<std::size_t>(layer.out) * shape.out_width);
    }

    double macs() const
    {
        return static_cast<double>(shape.out_channels) * shape.k() * shape.out_width;
    }

    ProgrammedArray array(const Config& config, int activation_bits) const
    {
        LayerWeights w;
        w.codes = weights.data();
        w.block_planes = planes.data();
        w.block_count = planes.size();
        return ProgrammedArray(config, shape, {activation_bits, false}, w);
    }
};

void report(benchmark::State& state, double macs)
{
    state.counters["MAC/s"] =
        benchmark::Counter(macs, benchmark::Counter::kIsIterationInvariantRate);
}

/// Arguments: path (1 integer, 2 bit-serial), ADC bits (4 cannot clip nine rows, 3 can).
void network_rows(benchmark::State& state, const std::vector<Layer>& layers, double mean_planes,
                  int bits)
{
    Config config;
    config.path = state.range(0) == 1 ? Path::integer : Path::bit_serial;
    config.adc_bits = static_cast<double>(state.range(1));
    std::vector<Bench> benches;
    std::vector<ProgrammedArray> arrays;
    std::vector<int> repeats;
    double macs = 0.0;
    for (const Layer& layer : layers) {
        benches.emplace_back(layer, mean_planes, bits);
        arrays.push_back(benches.back().array(config, bits));
        repeats.push_back(layer.count *
                          benches.back().shape.out_width);  // square maps: as many rows as columns
        macs += benches.back().macs() * repeats.back();
    }
    for (auto _ : state)
        for (std::size_t i = 0; i < arrays.size(); ++i)
            for (int row = 0; row < repeats[i]; ++row)
                arrays[i].run_row(benches[i].rows.data(), 0, benches[i].acc.data());
    report(state, macs);
}

void resnet18_imagenet(benchmark::State& state)
{
    network_rows(state, resnet18, 2.362, 4);
}
BENCHMARK(resnet18_imagenet)
    ->ArgNames({"path", "adc"})
    ->Args({1, 4})
    ->Args({2, 4})
    ->Args({2, 3})
    ->Unit(benchmark::kMillisecond);

void resnet20_cifar(benchmark::State& state)
{
    network_rows(state, resnet20, 7.0, 8);
}
BENCHMARK(resnet20_cifar)
    ->ArgNames({"path", "adc"})
    ->Args({1, 4})
    ->Args({2, 4})
    ->Unit(benchmark::kMillisecond);

void program_resnet18_layer(benchmark::State& state)
{
    const Bench bench({512, 7, 512, 3, 1, 1}, 2.362, 4);
    Config config;
    config.path = state.range(0) == 1 ? Path::integer : Path::bit_serial;
    config.adc_bits = static_cast<double>(state.range(1));
    for (auto _ : state)
        benchmark::DoNotOptimize(bench.array(config, 4).lossless());
}
BENCHMARK(program_resnet18_layer)
    ->ArgNames({"path", "adc"})
    ->Args({1, 4})
    ->Args({2, 4})
    ->Args({2, 3})
    ->Unit(benchmark::kMillisecond);

/// One row of a layer after the other, MAC/s and conversions/s.
void run_rows(benchmark::State& state, Bench& bench, const AnalogSpec& spec,
              const std::vector<imc_column_adc>& constants)
{
    AnalogArray array(spec, bench.shape, {8, false}, bench.weights.data(), constants.data(),
                      constants.size());
    std::uint64_t row = 0, conversions = 0;
    for (auto _ : state)
        conversions += array.run_row(bench.rows.data(), 0, row++, bench.acc.data()).conversions;
    report(state, bench.macs());
    state.counters["conversions/s"] =
        benchmark::Counter(static_cast<double>(conversions), benchmark::Counter::kIsRate);
}

/// One row of ResNet-18's 3x3, 128 -> 128 on 28 x 28, 8 x 8 bits, 2-bit cells, 8-bit ADC, 128 rows:
/// the peers' layer. Arguments: DAC bits, read noise, variation.
void per_conversion(benchmark::State& state)
{
    Bench bench({128, 28, 128, 3, 1, 1}, 7.0, 8);
    AnalogSpec spec;
    spec.dac_bits = static_cast<int>(state.range(0));
    spec.read_rows = AnalogSpec::kernel_intact_rows(128, bench.shape);
    spec.range = imc::adc::CodeRange::of_bits(8);
    spec.device.read_sigma = state.range(1) != 0 ? 0.05 : 0.0;
    spec.device.device_sigma = state.range(2) != 0 ? 0.1 : 0.0;
    imc_column_adc adc{};
    adc.step = spec.dac_bits == 1 ? 1.0 : 128.0;
    adc.scale = 1000.0;
    const std::size_t tiles = (bench.shape.k() + spec.read_rows - 1) / spec.read_rows;
    const std::vector<imc_column_adc> constants(tiles * spec.slices * 128, adc);
    for (auto& w : bench.weights)
        w = static_cast<std::int16_t>(w >> 1);
    run_rows(state, bench, spec, constants);
}
BENCHMARK(per_conversion)
    ->ArgNames({"dac", "read_noise", "variation"})
    ->ArgsProduct({{8, 1}, {0}, {0}})
    ->ArgsProduct({{8, 1}, {1}, {0, 1}})
    ->Unit(benchmark::kMicrosecond);

/// The same row as a plain layer: steps of one, two arrays subtracted digitally, one input bit a
/// cycle. Arguments: what is noisy (0 cells that vary, 1 converters, 2 reads), whether codes are
/// as after a ReLU (half of them 0, the others mostly small), and whether SerialReads may serve.
void plain_reads(benchmark::State& state)
{
    Bench bench({128, 28, 128, 3, 1, 1}, 7.0, 8);
    if (state.range(1) != 0) {
        std::mt19937 random(2);
        std::normal_distribution<double> normal(0.0, 40.0);
        for (auto& code : bench.input)
            code = std::min(255, std::max(0, static_cast<int>(normal(random))));
    }
    AnalogSpec spec;
    spec.dac_bits = 1;
    spec.bipolar_inputs = false;
    spec.coding = SliceCoding::split_polarity;
    spec.range = {0, (1 << 23) - 2};
    spec.serial = state.range(2) != 0;
    if (state.range(0) == 0) spec.device.device_sigma = 0.05;
    if (state.range(0) == 1) spec.device.adc_sigma = 0.5;
    if (state.range(0) == 2) spec.device.read_sigma = 0.05;
    const std::size_t tiles = (bench.shape.k() + spec.read_rows - 1) / spec.read_rows;
    const std::vector<imc_column_adc> constants(2 * tiles * spec.slices * 128,
                                                imc_column_adc{1.0, 1.0, 0, 0});
    run_rows(state, bench, spec, constants);
}
BENCHMARK(plain_reads)
    ->ArgNames({"noise", "relu", "serial"})
    ->ArgsProduct({{0, 1, 2}, {0, 1}, {0, 1}})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
