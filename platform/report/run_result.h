// SPDX-License-Identifier: Apache-2.0
/// Everything that is known of a finished run: what summary.json, the tables, the report and
/// comparisons are made of. Latency, energy, operations, layers and components are means per image
/// (docs/outputs.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imc::report {

enum class Status { ok, failed, interrupted };

struct NetworkInfo {
    std::string name;
    std::uint64_t macs = 0;  ///< per image
    std::uint64_t params = 0;
    std::string weights = "trained";  ///< "trained" or "synthetic"
    std::string source;               ///< file, or the seed that drew the weights
};

/// Sizes of product tables: the largest of the network's layers.
struct CodebookInfo {
    unsigned weight_codes = 0, input_codes = 0, product_bits = 0;
    double quality_loss = 0.0;  ///< the bound that chose the sizes; 0: they were given
};

struct QuantizationInfo {
    std::string scheme = "uniform";
    double weight_bits_mean = 0.0;
    unsigned activation_bits = 0;
    std::string calibrated_on;  ///< images that decided ranges; empty: the network brings them
    std::optional<CodebookInfo> codebook;
};

struct PlatformInfo {
    std::string name;
    std::string engine = "crossbar";  ///< crossbar, associative, cam or mixed
    unsigned tiles = 0;               ///< on all chips
    std::string technology;
    unsigned chips = 1;
    unsigned tiles_used = 0;
    std::uint64_t arrays_used = 0;      ///< of them: crossbar arrays, CAPs or RNA blocks
    std::string energy_mode;            ///< of CAM tiles, device or paper; "" without any
    std::uint64_t neurons_a_block = 0;  ///< most that an RNA block computes in turn
};

struct HostInfo {
    std::string kind = "rv64";
    std::optional<std::uint64_t> instructions;  ///< absent on the native host
    std::uint64_t interrupts = 0;
    std::uint64_t register_accesses = 0;
};

/// Weight upload, kept apart from inference.
struct SetupInfo {
    double latency_s = 0.0;
    double energy_j = 0.0;  ///< accelerator, leakage included
    double external_energy_j = 0.0;
};

struct Accuracy {
    double top1 = 0.0;  ///< share of images, 0..1
    std::uint64_t images = 0;
    std::optional<double> float_top1;
};

/// Outcome of the comparison with platform/reference.
struct ReferenceInfo {
    bool exact_expected = true;  ///< false with device noise, or where converters clipped
    std::uint64_t compared = 0;
    std::uint64_t mismatches = 0;
    std::optional<double> sqnr_db;  ///< absent where all values are equal or nothing was compared
    std::string first_mismatch;     ///< "" or a sentence that names image and position
    std::uint64_t clipped = 0;  ///< conversions of the run outside their converter's range, where
                                ///< the scheme does not define what clipping gives
};

using NamedValue = std::pair<std::string, double>;

/// What a ColumnQuant layer asks of arrays and converters (columnquant.md section 3).
struct ColumnWork {
    std::uint64_t arrays = 0;
    std::uint64_t array_reads = 0;  ///< per image, as conversions and macs
    std::uint64_t conversions = 0;
    std::uint64_t scale_words = 0;  ///< stored
    std::uint64_t macs = 0;
};

/// One layer as the user knows it, or the row "(shared)" for what belongs to no layer. Means per
/// image.
struct LayerRow {
    std::string name, op, engine;
    std::uint64_t macs = 0;
    double weight_bits_mean = 0.0;
    unsigned activation_bits = 0;
    unsigned tiles = 0;
    double start_s = 0.0;    ///< after the first activity of its image
    double latency_s = 0.0;  ///< first to last activity of the layer
    double energy_j = 0.0;
    double external_energy_j = 0.0;
    double utilization =
        0.0;                ///< busy time of its busiest component / (tiles x latency), at most 1
    unsigned stages = 0;    ///< shares of the layer on tiles: slices of channels, copies
    double area_mm2 = 0.0;  ///< of its tiles; a tile that several layers share counts in parts
    double bytes = 0.0;     ///< payload that its stages sent over the network
    double work_s = 0.0;    ///< time of its units, summed over stages
    double stall_input_s = 0.0;        ///< its stages waited for rows, the first of an image apart
    double stall_credit_s = 0.0;       ///< its stages waited for slots at their destinations
    std::optional<ColumnWork> column;  ///< of ColumnQuant's layers
    std::vector<NamedValue> energy_by_event;  ///< "component.event" -> J, external ones too
    std::vector<NamedValue> energy_by;  ///< component -> J, in the order of RunResult::components
    std::vector<NamedValue> busy_by;    ///< component -> s, summed over instances
    std::vector<NamedValue> observed;   ///< "component.name" -> mean count, e.g. adc.clipped
};

/// An energy event of a component. Means per image.
struct EventRow {
    std::string name;
    double count = 0.0;
    double energy_pj = 0.0;  ///< of one event
    double energy_j = 0.0;
    bool external = false;
};

/// One kind of hardware, all instances together. Means per image.
struct ComponentRow {
    std::string name, kind;
    double busy_s = 0.0;    ///< summed over instances
    double energy_j = 0.0;  ///< dynamic + leakage, inside the accelerator
    double dynamic_energy_j = 0.0;
    double leakage_energy_j = 0.0;
    double external_energy_j = 0.0;
    double area_mm2 = 0.0;
    double leakage_w = 0.0;
    double bytes = 0.0;  ///< moved by it or written into it; 0 for what only computes
    std::vector<EventRow> events;
};

/// Cost of the simulation itself: the only part that differs between two runs of one scenario.
struct SimulationInfo {
    double wall_s = 0.0;  ///< without reference_s
    double reference_s = 0.0;
    double compile_s = 0.0;
    double peak_rss_mb = 0.0;
    std::uint64_t events = 0;
    std::uint64_t transactions = 0;
};

struct RunResult {
    std::string scenario, vp_version;
    std::uint64_t seed = 0;
    Status status = Status::ok;
    std::string status_reason;  ///< why it failed; "" if ok
    std::string phase;  ///< an interrupted run was in: compiling, simulating, checking; else ""
    std::vector<std::string> diagnosis;  ///< who waits for what, of a run that starved or hung
    NetworkInfo network;
    QuantizationInfo quantization;
    PlatformInfo platform;
    HostInfo host;
    std::string schedule;  ///< pipelined or layer_sequential
    unsigned images = 1;   ///< completed
    double latency_s = 0.0, throughput_ips = 0.0;
    double first_latency_s = 0.0;  ///< of the first image, which waits for no other
    double interval_s =
        0.0;  ///< from one image's output to the next, mean; of one image its latency
    double energy_j = 0.0, external_energy_j = 0.0, edp_js = 0.0, power_w = 0.0, area_mm2 = 0.0;
    double used_area_mm2 = 0.0;  ///< of the tiles in use, a crossbar tile by its arrays in use
    std::uint64_t ops = 0;
    double tops = 0.0, tops_per_w = 0.0;
    SetupInfo setup;
    std::optional<double> first_doorbell_s;  ///< simulated time; none before there was one
    std::optional<double> lifetime_s;  ///< until the most written cell of an associative processor
                                       ///< is worn out, at this throughput without pause
    std::optional<Accuracy> accuracy;
    ReferenceInfo reference;
    std::vector<LayerRow> layers;  ///< the last one is "(shared)"
    /// Sum over ColumnQuant's layers; none without them.
    std::optional<ColumnWork> column_work() const;
    std::vector<ComponentRow> components;
    std::vector<std::string> warnings;
    std::string command;  ///< that repeats the run
    SimulationInfo simulation;
};

constexpr const char* shared_layer_name = "(shared)";

const char* to_string(Status status);
/// "16 x 16 codes, products of 16 bit", and the bound that chose them if one did.
std::string codebook_text(const CodebookInfo& book);
/// "device (counted events)" or "paper (recalled power x busy time)", and neurons a block.
std::string cam_energy_text(const PlatformInfo& platform);

}  // namespace imc::report
