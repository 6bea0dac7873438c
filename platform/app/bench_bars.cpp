// SPDX-License-Identifier: Apache-2.0
#include "bench_bars.h"

#include <tuple>

namespace imc::app {

namespace {

using Kind = BenchJob::Kind;
using Quantity = BenchBar::Quantity;

BenchJob whole_run(const std::string& scenario, const std::vector<std::string>& overrides = {},
                   unsigned images = 1)
{
    BenchJob job{Kind::run, scenario, overrides, false, images};
    if (images != 1) job.overrides.push_back("run.images=" + std::to_string(images));
    return job;
}

BenchJob traced_run(const std::string& scenario)
{
    return {Kind::run, scenario, {}, true, 1};
}

BenchJob kernel(const std::string& name)
{
    return {Kind::kernel, name, {}, false, 1};
}

/// ResNet-20 with 8-bit weights and activations; converters that lose nothing.
BenchJob resnet20_lossless()
{
    return whole_run("infer_crossbar",
                     {"network={onnx: networks/resnet20_cifar10.onnx, weights: synthetic, seed: 1}",
                      "run.threads=1"},
                     300);
}

}  // namespace

bool operator==(const BenchJob& a, const BenchJob& b)
{
    return std::tie(a.kind, a.subject, a.overrides, a.traces, a.images) ==
           std::tie(b.kind, b.subject, b.overrides, b.traces, b.images);
}

bool less_is_better(BenchBar::Quantity quantity)
{
    return quantity == Quantity::seconds || quantity == Quantity::mebibytes ||
           quantity == Quantity::times_base;
}

const std::vector<BenchBar>& bench_bars()
{
    static const BenchJob cifar = whole_run("resnet18_bwq");
    static const BenchJob imagenet = whole_run("resnet18_imagenet_bwq");
    static const std::vector<BenchBar> bars{
        {"resnet18_bwq", Quantity::seconds, 0.7, cifar, {}},
        {"resnet18_bwq, all traces on", Quantity::times_base, 2, traced_run("resnet18_bwq"), cifar},
        {"resnet18_imagenet_bwq", Quantity::seconds, 1.5, imagenet, {}},
        {"resnet18_imagenet_bwq, memory", Quantity::mebibytes, 500, imagenet, {}},
        {"resnet18_imagenet_bwq, all traces on", Quantity::times_base, 2,
         traced_run("resnet18_imagenet_bwq"), imagenet},
        {"resnet18_imagenet_bwq, bit-serial path",
         Quantity::seconds,
         2,
         whole_run("resnet18_imagenet_bwq", {"run.kernel_path=bit_serial"}),
         {}},
        {"rv64 firmware, instructions counted",
         Quantity::mips,
         500,
         {Kind::firmware, "imc_bench_host", {}, false, 1},
         {}},
        {"ADC path, every conversion, 8 x 1 bit",
         Quantity::macs_per_s,
         6e9,
         kernel("per_conversion/dac:1/read_noise:0/variation:0"),
         {}},
        {"ADC path, full-width inputs",
         Quantity::macs_per_s,
         6e9,
         kernel("per_conversion/dac:8/read_noise:0/variation:0"),
         {}},
        {"ADC path with read noise, 8 x 1 bit",
         Quantity::macs_per_s,
         1e9,
         kernel("per_conversion/dac:1/read_noise:1/variation:0"),
         {}},
        {"ADC path with read noise, full width",
         Quantity::macs_per_s,
         1e9,
         kernel("per_conversion/dac:8/read_noise:1/variation:0"),
         {}},
        {"ResNet-20, 8 bits, lossless, 1 core",
         Quantity::images_per_s,
         300,
         resnet20_lossless(),
         {}},
        {"ResNet-18, 8 bits, AP, fast path",
         Quantity::seconds,
         1.5,
         whole_run("resnet18_hawq_int8"),
         {}},
        {"ResNet-18, 8 bits, AP, pass-exact",
         Quantity::seconds,
         5,
         whole_run("resnet18_hawq_int8", {"platform.associative.path=pass_exact"}),
         {}},
        {"MNIST MLP on RAPIDNN",
         Quantity::images_per_s,
         2000,
         whole_run("mnist_rapidnn", {}, 4000),
         {}},
        {"resnet18_rapidnn", Quantity::seconds, 2, whole_run("resnet18_rapidnn"), {}},
    };
    return bars;
}

}  // namespace imc::app
