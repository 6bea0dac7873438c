// SPDX-License-Identifier: Apache-2.0
/// A scenario as plain structs, validated. Defaults stand here once: tables, `vp config` and the
/// reference page read them.
#pragma once

#include "accelerator/config.h"
#include "compiler/quantize/options.h"
#include "config/table.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace imc::config {

enum class Weights { file, synthetic };

struct NetworkConfig {
    FileName onnx;
    Weights weights = Weights::file;
    std::uint64_t seed = 0;  ///< of synthetic weights and of the synthetic input
};

enum class Scheme { uniform, per_layer, bwq, column, hawq, codebook };
enum class RangeMethod { minmax, percentile, mse };
enum class Requant { automatic, dyadic, onnx, tflite };

struct CalibrationConfig {
    FileName images;     ///< none: the dataset's first ones, else seeded ones
    unsigned count = 0;  ///< images used; 0 = 64 of a file, or one seeded image
    RangeMethod method = RangeMethod::minmax;
    double percentile = 99.99;
};

/// Bits of one layer by name; 0 = the scheme's own.
struct LayerBits {
    std::string name;
    unsigned weight_bits = 0, activation_bits = 0;
};

/// What shares a weight scale, scheme column apart.
enum class WeightScale { channel, tensor };

/// What shares a precision in scheme bwq.
enum class Granularity { block, layer };

struct QuantizationConfig {
    Scheme scheme = Scheme::uniform;
    unsigned weight_bits = 8;
    WeightScale weight_scale = WeightScale::channel;
    unsigned bit_window = 0;  ///< uniform, per_layer: places that may hold a weight's ones; 0 = all
    double weight_bits_mean = 0;  ///< bwq: target over all weights; 0 = what the weights need
    std::vector<unsigned> block{9, 8};
    Granularity granularity = Granularity::block;  ///< bwq: layer = one precision a layer (BSQ)
    double layer_gamma = 0.6;  ///< bwq, synthetic: a layer's mean bits ~ params^-gamma
    compiler::ColumnOptions column;
    FileName bit_map;
    FileName parameters;  ///< column, codebook: what training found (docs/training.md)
    std::string
        borrowed_from;  ///< says so in every output where the statistics are another network's
    unsigned activation_bits = 8;
    unsigned input_layer_bits = 8;
    std::string preset;  ///< hawq: a published configuration of ResNet-18
    std::vector<LayerBits> layers;
    compiler::CodebookScheme codebook;
    unsigned lut_rows = 0;  ///< rows of the CAM table of a function on its own; 0 = one a code
    CalibrationConfig calibration;
    Requant requant = Requant::automatic;
};

enum class HostCpu { rv64, native };

struct HostConfig {
    HostCpu cpu = HostCpu::rv64;
    unsigned clock_mhz = 1000;
    unsigned cycles_per_instruction = 1;  ///< rv64: of every instruction
    std::uint64_t quantum_ps = 1'000'000;
};

struct SocConfig {
    unsigned ram_mb = 1024;
    double ram_read_ns = 50, ram_write_ns = 20;
    double ram_gbytes_per_s = 12.8;  ///< one DDR4-1600 channel of 64 bits (JESD79-4)
    unsigned bus_mhz = 1000;
    unsigned bus_bytes = 16;          ///< a cycle
    unsigned bus_latency_cycles = 4;  ///< there and back
};

enum class Replicate { none, balance, list };

struct MappingConfig {
    Replicate replicate = Replicate::none;
    std::map<std::string, unsigned> copies;  ///< Replicate::list: by layer
    unsigned chips = 0;                      ///< 0 = as many as the network needs
    std::map<std::string, unsigned>
        buffer_rows;  ///< rows of an edge `producer:consumer` instead of the compiler's
    std::map<std::string, imc_engine> engines;  ///< by layer, operation or `default`
    bool force = false;  ///< build programs that can block, to study how they starve
};

enum class RunInput { synthetic, dataset };
enum class Check { none, reference };
enum class Schedule { pipelined, layer_sequential };

struct RunSection {
    unsigned images = 1;
    RunInput input = RunInput::synthetic;
    std::vector<std::string> precision;  ///< that images take in turn: uniform ones or HAWQ presets
    Check check = Check::reference;
    Schedule schedule = Schedule::pipelined;
    std::uint64_t watchdog_ps = 1'000'000'000'000;  ///< simulated time without a finished image
    std::uint64_t until_ps = 0;                     ///< 0 = to the end
    bool timing_only = false;
    unsigned threads = 0;  ///< of the reference check; 0 = one a core; never changes a result
    crossbar::Path kernel_path = crossbar::Path::automatic;
};

enum class DatasetFormat { automatic, npy, idx, cifar, raw_u8, raw_f32, folder };

struct DatasetConfig {
    FileName images, labels;
    DatasetFormat format = DatasetFormat::automatic;
    unsigned first = 0;             ///< images left out at the beginning
    double divisor = 1.0;           ///< input = (x / divisor - mean) / std
    std::vector<double> mean, std;  ///< one a channel, or one for all
};

struct TraceConfig {
    bool perfetto = true, vcd = true, csv = true, html = true;
};

struct RunConfig {
    std::string name;
    std::string description;
    std::string scenario_path;  ///< the file
    std::string
        files;  ///< folder in which file names are looked up first; the scenario's own by default
    NetworkConfig network;
    QuantizationConfig quantization;
    AcceleratorConfig platform;  ///< technology inside
    HostConfig host;
    SocConfig soc;
    MappingConfig mapping;
    RunSection run;
    DatasetConfig dataset;
    TraceConfig trace;
};

/// The table of the whole scenario (technology is a table of its own kind: see technology_file.h).
const Table<RunConfig>& scenario_table();
/// The table of a platform file.
const Table<AcceleratorConfig>& platform_table();
/// Table of the crossbar engine, a part of the platform.
Table<crossbar::Config> crossbar_table();
/// Table of the CAM engine, a part of the platform.
Table<cam::Config> cam_table();
/// Table of associative processors, a part of the platform.
Table<associative::Config> associative_table();

/// "w8a4" of run.precision: bits of all weights and activations; nullopt for other names.
struct UniformPrecision {
    unsigned weight_bits = 0, activation_bits = 0;
};
std::optional<UniformPrecision> uniform_precision(const std::string& name);

}  // namespace imc::config
