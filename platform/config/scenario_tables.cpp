// SPDX-License-Identifier: Apache-2.0
/// The sections of a scenario, key by key.
#include "config/lists.h"
#include "config/run_config.h"

namespace imc::config {

namespace {

Table<NetworkConfig> network_table()
{
    Table<NetworkConfig> table("the network and where its weights come from");
    table.file("onnx", &NetworkConfig::onnx, "ONNX file of the network")
        .choice("weights", &NetworkConfig::weights, {"file", "synthetic"},
                "from the ONNX file, or drawn from the seed (said in every output)")
        .integer("seed", &NetworkConfig::seed, 0, table.unlimited, "",
                 "of synthetic weights and inputs");
    return table;
}

Table<CalibrationConfig> calibration_table()
{
    Table<CalibrationConfig> table("how ranges of activations are found");
    table
        .file(
            "images", &CalibrationConfig::images,
            "as the dataset's, after its preprocessing; without it the dataset's first ones, else "
            "seeded ones")
        .integer("count", &CalibrationConfig::count, 0, 100000, "images",
                 "images used; 0 = 64 of a file, or one seeded image")
        .choice("method", &CalibrationConfig::method, {"minmax", "percentile", "mse"},
                "largest value, a percentile, or least squared error")
        .number("percentile", &CalibrationConfig::percentile, 50, 100, "%",
                "of magnitudes kept, for `percentile`");
    return table;
}

Table<compiler::CodebookScheme> codebook_table()
{
    using C = compiler::CodebookScheme;
    Table<C> table("codebook: sizes and shapes of the tables (docs/models/cam.md)");
    table.integer("weight_codes", &C::weight_codes, 2, 64, "", "entries of a weight codebook")
        .integer("input_codes", &C::input_codes, 2, 64, "", "entries of an input codebook")
        .integer("product_bits", &C::product_bits, 2, 16, "bit", "of a product")
        .boolean("per_channel", &C::per_channel, "a weight codebook for each output channel")
        .boolean("tree", &C::tree, "binary-tree codebooks; sizes are powers of two")
        .integer("activation_rows", &C::activation_rows, 2, 256, "rows",
                 "of the table of a function that follows a layer")
        .boolean("slope_rows", &C::slope_rows, "rows dense where the function is steep")
        .integer("residual_codes", &C::residual_codes, 2, 64, "",
                 "of values that no product table reads: operands of additions and average pools; "
                 "input_codes if those are more")
        .integer("image_codes", &C::image_codes, 0, 64, "",
                 "of the network's input, 2 to 64; 0 = input_codes")
        .boolean(
            "compensate", &C::compensate,
            "layers are composed one after the other, fitted to what those before them make of "
            "32 or more calibration images")
        .number("quality_loss", &C::quality_loss, 0, 1, "",
                "takes the smallest tables that change at most this share of predictions on "
                "calibration images: of 64 or more on the second half, for tables of the first; "
                "0 = the sizes given");
    return table;
}

Table<compiler::ColumnOptions> column_table()
{
    using C = compiler::ColumnOptions;
    Table<C> table("column: ColumnQuant's arrays and converters (docs/compiler.md)");
    table.integer("cell_bits", &C::cell_bits, 1, 4, "bit", "of a weight in a cell")
        .number("adc_bits", &C::adc_bits, 1, 16, "bit",
                "of a conversion; 1.5 is ternary, 16 as good as ideal")
        .integer("array_rows", &C::array_rows, 0, 4096, "wordlines",
                 "of an array that a tile of whole kernels may take; 0 = platform.crossbar.rows")
        .choice("weights", &C::weights, {"layer", "array", "column"}, "what shares a weight scale")
        .choice("partial_sums", &C::partial_sums, {"layer", "array", "column"},
                "what shares a converter's step and centre")
        .boolean("split_polarity", &C::split_polarity,
                 "positive and negative arrays with a conversion each")
        .boolean("bit_serial_inputs", &C::bit_serial_inputs,
                 "a conversion after every input bit; not ColumnQuant itself")
        .integer("other_weight_bits", &C::other_weight_bits, 2, 16, "bit",
                 "of the layers outside its arrays")
        .integer("samples", &C::samples, 64, 65536, "patches",
                 "of a layer's input, to find steps and centres");
    return table;
}

Table<QuantizationConfig> quantization_table()
{
    using Q = QuantizationConfig;
    Table<Q> table("how weights and activations become integers");
    table
        .choice("scheme", &Q::scheme, {"uniform", "per_layer", "bwq", "column", "hawq", "codebook"},
                "how weights are quantised (`vp list schemes`)")
        .integer("weight_bits", &Q::weight_bits, 1, 16, "bit",
                 "of all layers that do not say otherwise")
        .choice(
            "weight_scale", &Q::weight_scale, {"channel", "tensor"},
            "uniform, per_layer, hawq: what shares a scale of weights, an output channel or the "
            "whole layer")
        .integer("bit_window", &Q::bit_window, 0, 15, "bit",
                 "uniform, per_layer: a weight's ones lie within so many neighbouring places "
                 "(SME: 3); 0 = anywhere")
        .number("weight_bits_mean", &Q::weight_bits_mean, 0, 16, "bit",
                "bwq: mean over all weights to reach; 0 = what the weights need");
    add_number_list(table, "block", &Q::block, 2, 1, 512,
                    "bwq: rows and columns of a block (one operation unit)");
    table
        .choice("granularity", &Q::granularity, {"block", "layer"},
                "bwq: what shares a precision; layer is BSQ's")
        .number("layer_gamma", &Q::layer_gamma, 0, 4, "",
                "bwq, synthetic weights: mean bits of a layer ~ (its weights)^-gamma");
    table.file("bit_map", &Q::bit_map, "bwq: bit width of every block, instead of a search")
        .file("parameters", &Q::parameters,
              "column: scales, steps and centres that training found, instead of calibration; "
              "codebook: codebooks that training found, instead of clustering")
        .text("borrowed_from", &Q::borrowed_from,
              "another network whose bit statistics these are; said in every output")
        .integer("activation_bits", &Q::activation_bits, 1, 16, "bit",
                 "of all layers that do not say otherwise")
        .integer("input_layer_bits", &Q::input_layer_bits, 1, 16, "bit",
                 "of the network's input and of the first layer's weights, unless `layers` names "
                 "that layer; scheme column: of the input alone");
    table.text(
        "preset", &Q::preset,
        "hawq: bits of ResNet-18's layers: int8, int4, latency_0.75, size_0.5, bops_0.25, ...");
    add_layer_bits(table, "layers", &Q::layers);
    table.section("column", &Q::column, column_table())
        .section("codebook", &Q::codebook, codebook_table())
        .integer(
            "lut_rows", &Q::lut_rows, 0, 256, "rows",
            "CAM rows of a function that stands on its own; 0 = one a code, on a chip with CAM "
            "tiles at most platform.cam.activation_rows")
        .section("calibration", &Q::calibration, calibration_table())
        .choice("requant", &Q::requant, {"automatic", "dyadic", "onnx", "tflite"},
                "rounding of requantisation (docs/numbers.md); automatic = dyadic, onnx for "
                "quantised models; associative processors have dyadic only, codebooks none");
    return table;
}

Table<HostConfig> host_table()
{
    Table<HostConfig> table("the CPU that runs the firmware");
    table
        .choice("cpu", &HostConfig::cpu, {"rv64", "native"},
                "RISC-V instruction simulator, or the firmware built natively")
        .integer("clock_mhz", &HostConfig::clock_mhz, 1, 10000, "MHz", "core clock")
        .integer("cycles_per_instruction", &HostConfig::cycles_per_instruction, 1, 100, "cycles",
                 "rv64: time of every instruction")
        .time("quantum", &HostConfig::quantum_ps, "local time a CPU may run ahead");
    return table;
}

Table<SocConfig> soc_table()
{
    Table<SocConfig> table("what stands around the accelerator");
    table.integer("ram_mb", &SocConfig::ram_mb, 512, 16384, "MiB", "main memory from 0x80000000 on")
        .number("ram_read_ns", &SocConfig::ram_read_ns, 0, 1e6, "ns", "latency of a read")
        .number("ram_write_ns", &SocConfig::ram_write_ns, 0, 1e6, "ns", "latency of a write")
        .number("ram_gbytes_per_s", &SocConfig::ram_gbytes_per_s, 0.001, 1e5, "GB/s",
                "bandwidth of the channel")
        .integer("bus_mhz", &SocConfig::bus_mhz, 1, 10000, "MHz", "bus clock")
        .integer("bus_bytes", &SocConfig::bus_bytes, 1, 1024, "byte", "a cycle and target")
        .integer("bus_latency_cycles", &SocConfig::bus_latency_cycles, 0, 10000, "cycles",
                 "of a transaction, there and back");
    return table;
}

Table<MappingConfig> mapping_table()
{
    Table<MappingConfig> table("how layers are placed on tiles");
    add_replicate(table);
    add_chips(table);
    add_engine_rules(table);
    add_count_map(table, "buffer_rows", &MappingConfig::buffer_rows, 1, 1u << 20, "rows",
                  "rows an edge `producer:consumer` may hold, instead of the compiler's");
    table.boolean("force", &MappingConfig::force, "build a program even where it can block");
    return table;
}

Table<RunSection> run_table()
{
    using R = RunSection;
    Table<R> table("what is run and checked");
    table.integer("images", &R::images, 1, 1'000'000, "images", "inferences")
        .choice("input", &R::input, {"synthetic", "dataset"},
                "seeded random images, or those of `dataset`")
        .choice("check", &R::check, {"none", "reference"},
                "compare outputs with the independent integer reference")
        .choice("schedule", &R::schedule, {"pipelined", "layer_sequential"},
                "layers overlap row by row, or run one after the other")
        .time("watchdog", &R::watchdog_ps,
              "simulated time without a finished image after which the run fails; 0 = never")
        .time("until", &R::until_ps, "simulated time at which the run stops; 0 = at its end")
        .boolean("timing_only", &R::timing_only,
                 "only time and energy are wanted: no reference check; values are computed all the "
                 "same, as counts depend on them")
        .integer(
            "threads", &R::threads, 0, 1024, "",
            "threads of the reference check; 0 = one a core; changes no result (the simulation "
            "itself has one)")
        .choice("kernel_path", &R::kernel_path, {"automatic", "integer", "bit_serial"},
                "how crossbar sums are computed on this machine; changes no result");
    add_precision(table);
    return table;
}

Table<DatasetConfig> dataset_table()
{
    using D = DatasetConfig;
    Table<D> table("images with labels");
    table.file("images", &D::images, "file or folder of images")
        .file("labels", &D::labels, "labels, where the format keeps them apart")
        .choice("format", &D::format,
                {"automatic", "npy", "idx", "cifar", "raw_u8", "raw_f32", "folder"},
                "automatic = by the file's name and head")
        .integer("first", &D::first, 0, 1u << 31, "images", "left out at the beginning")
        .number("divisor", &D::divisor, 1e-6, 1e6, "", "input = (x / divisor - mean) / std");
    add_number_list(table, "mean", &D::mean, 0, -1e6, 1e6, "one a channel, or one for all");
    add_number_list(table, "std", &D::std, 0, 1e-6, 1e6, "one a channel, or one for all");
    return table;
}

Table<TraceConfig> trace_table()
{
    Table<TraceConfig> table("files written beside summary.json; what is off costs nothing");
    table.boolean("perfetto", &TraceConfig::perfetto, "trace.pftrace for ui.perfetto.dev")
        .boolean("vcd", &TraceConfig::vcd, "power.vcd: power of every component over time")
        .boolean("csv", &TraceConfig::csv, "activities.csv: every activity as a line")
        .boolean("html", &TraceConfig::html, "report.html");
    return table;
}

Table<RunConfig> build_scenario_table()
{
    Table<RunConfig> table("a scenario");
    table.text("name", &RunConfig::name, "of the scenario; the run's folder is named after it")
        .text("description", &RunConfig::description, "one line for `vp list` and the report")
        .text("files", &RunConfig::files, "folder in which file names are looked up first")
        .section("network", &RunConfig::network, network_table())
        .section("quantization", &RunConfig::quantization, quantization_table())
        .section("platform", &RunConfig::platform, platform_table())
        .section("host", &RunConfig::host, host_table())
        .section("soc", &RunConfig::soc, soc_table())
        .section("mapping", &RunConfig::mapping, mapping_table())
        .section("run", &RunConfig::run, run_table())
        .section("dataset", &RunConfig::dataset, dataset_table())
        .section("trace", &RunConfig::trace, trace_table());
    return table;
}

}  // namespace

const Table<RunConfig>& scenario_table()
{
    static const Table<RunConfig> table = build_scenario_table();
    return table;
}

}  // namespace imc::config
