// SPDX-License-Identifier: Apache-2.0
/// Import and float evaluation on the shipped topologies, weights from a seed.
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/passes.h"
#include "compiler/import/onnx_import.h"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace imc::compiler;

std::string shipped(const char* name)
{
    return std::string(IMC_SOURCE_DIR) + "/scenarios/networks/" + name + ".onnx";
}

void import_topology(benchmark::State& state, const char* name)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(import_onnx(shipped(name)));
}
BENCHMARK_CAPTURE(import_topology, resnet18_imagenet, "resnet18_imagenet")
    ->Unit(benchmark::kMillisecond);

/// One core; items are images.
void float_images(benchmark::State& state, const char* name, std::size_t images)
{
    Graph graph = import_onnx(shipped(name));
    fold_affine(graph);
    fill_synthetic(graph, 1);
    FloatEvaluator evaluator(graph);
    const std::vector<float> batch(
        static_cast<std::size_t>(graph.shape(graph.input).size()) * images, 0.25f);
    for (auto _ : state)
        benchmark::DoNotOptimize(evaluator.run(batch.data(), images));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * images));
}
BENCHMARK_CAPTURE(float_images, resnet20_cifar10, "resnet20_cifar10", 64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(float_images, resnet18_imagenet, "resnet18_imagenet", 2)
    ->Unit(benchmark::kMillisecond);

}  // namespace
