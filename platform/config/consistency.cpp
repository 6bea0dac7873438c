// SPDX-License-Identifier: Apache-2.0
/// Rules over several keys of a scenario: what contradicts what, with the remedy.
#include "config/engines.h"
#include "config/scenario.h"

#include <algorithm>
#include <cmath>
#include <regex>

namespace imc::config {

namespace {

class Checker {
public:
    Checker(const RunConfig& config, Reader& reader) : m_config(config), m_reader(reader) {}

    void check()
    {
        check_name();
        check_arrays();
        check_devices();
        check_chip();
        check_quantization();
        check_columns();
        check_bwq();
        check_run();
    }

private:
    void refuse(bool wrong, const char* key, const std::string& what, const std::string& remedy)
    {
        if (wrong && !m_reader.errors.has(key))
            m_reader.errors.add(m_reader.place(key), key, what, remedy);
    }

    bool given(const char* key) const { return m_reader.places.count(key) != 0; }

    void check_name()
    {
        const std::string& name = m_config.name;
        refuse(name.find_first_not_of(
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") !=
                       std::string::npos ||
                   name.find_first_not_of('.') == std::string::npos,
               "name", fmt::format("'{}' cannot name a folder", name),
               "use letters, digits, '_', '-' and '.'");
    }

    void check_arrays()
    {
        const auto& x = m_config.platform.crossbar;
        const bool by_unit = x.activation == crossbar::Activation::operation_unit;
        refuse(by_unit && x.ou_rows > x.rows, "platform.crossbar.ou_rows",
               fmt::format("{} wordlines are more than the array's {}", x.ou_rows, x.rows),
               "make the operation unit smaller or the array taller");
        refuse(by_unit && x.ou_columns > x.columns, "platform.crossbar.ou_columns",
               fmt::format("{} bitlines are more than the array's {}", x.ou_columns, x.columns),
               "make the operation unit smaller or the array wider");
        refuse(x.adcs_per_array > x.columns, "platform.crossbar.adcs_per_array",
               fmt::format("{} converters for {} bitlines", x.adcs_per_array, x.columns),
               "give at most one a bitline");
        refuse(x.adc_bits != std::floor(x.adc_bits) && x.adc_bits != 1.5,
               "platform.crossbar.adc_bits", fmt::format("{} bits is no converter", x.adc_bits),
               "write a whole number, or 1.5 for ternary");
        refuse(!by_unit && x.skipping != crossbar::Skipping::none, "platform.crossbar.skipping",
               "needs operation units", "set activation: operation_unit, or skipping: none");
        refuse(
            x.skipping != crossbar::Skipping::sre && x.zero_inputs != crossbar::ZeroInputs::formed,
            "platform.crossbar.zero_inputs", "belongs to skipping: sre",
            "set skipping: sre, or leave it out");
        refuse(x.calibrated_gain != 1.0 && x.variant.empty(), "platform.crossbar.calibrated_gain",
               "a fitted constant without its label", "add variant: 'calibrated:<constant>'");
    }

    void check_devices()
    {
        const auto& x = m_config.platform.crossbar;
        const auto& d = x.device;
        const bool by_unit = x.activation == crossbar::Activation::operation_unit;
        const unsigned read_rows = by_unit ? x.ou_rows : x.rows;
        refuse(x.sign == crossbar::SignMode::offset && d.active(), "platform.crossbar.sign",
               "offset has no model of real devices", "use diff_analog or diff_digital");
        for (const auto& fault : d.faults())
            refuse(true, ("platform.crossbar.device." + fault.field).c_str(), "cannot be",
                   fault.remedy);
        refuse(
            d.read_sigma != 0.0 && read_rows > 256, "platform.crossbar.device.read_sigma",
            fmt::format("read noise is defined for reads of at most 256 rows, not {}", read_rows),
            by_unit ? "make ou_rows smaller" : "set platform.crossbar.rows: 256 or fewer");
        refuse(d.verify_tolerance != 0.0 && !x.write_verify,
               "platform.crossbar.device.verify_tolerance",
               "needs cells that are read after writing",
               "set write_verify: true, or leave it out");
    }

    void check_chip()
    {
        const auto& p = m_config.platform;
        const unsigned burst = p.dma.burst_bytes;
        refuse((burst & (burst - 1)) != 0, "platform.dma.burst_bytes",
               fmt::format("{} is no power of two", burst), "write 64, 128, 256 ...");
        const std::uint64_t tiles =
            std::uint64_t{p.tiles_per_chip()} * std::max(1u, m_config.mapping.chips);
        refuse(tiles > 60000, given("mapping.chips") ? "mapping.chips" : "platform.tiles",
               fmt::format("{} tiles in all are more than node numbers allow", tiles),
               "keep it to 60000 tiles");
    }

    void check_quantization()
    {
        const auto& q = m_config.quantization;
        refuse(q.scheme == Scheme::per_layer && q.layers.empty(), "quantization.layers",
               "is missing",
               "scheme per_layer needs layers: {name: {weight_bits: 4, activation_bits: 4}}");
        refuse(q.scheme == Scheme::hawq && q.preset.empty() && q.layers.empty() &&
                   m_config.run.precision.empty(),
               "quantization.preset", "is missing",
               "scheme hawq needs preset: int8, latency_0.5, ..., or layers");
        check_precision();
        refuse(q.scheme != Scheme::hawq && !q.preset.empty(), "quantization.preset",
               "belongs to scheme hawq", "set scheme: hawq, or leave it out");
        refuse(q.scheme != Scheme::uniform && q.scheme != Scheme::per_layer && q.bit_window != 0,
               "quantization.bit_window", "belongs to schemes uniform and per_layer",
               "set scheme: uniform, or leave it out");
        refuse(q.weight_scale == WeightScale::tensor && q.scheme != Scheme::uniform &&
                   q.scheme != Scheme::per_layer && q.scheme != Scheme::hawq,
               "quantization.weight_scale", "belongs to schemes uniform, per_layer and hawq",
               "set scheme: uniform, or leave it out");
        refuse(q.scheme == Scheme::codebook && !has_engine(m_config.platform, IMC_ENGINE_CAM),
               "quantization.scheme", "codebook needs CAM tiles, which this platform lacks",
               "choose a platform with engine cam");
        refuse(q.scheme == Scheme::column &&
                   m_config.platform.crossbar.activation != crossbar::Activation::full_array,
               "quantization.scheme", "column needs arrays that are read whole",
               "choose a platform with activation: full_array");
        refuse(q.scheme != Scheme::column && q.scheme != Scheme::codebook && q.parameters.given(),
               "quantization.parameters", "belongs to schemes column and codebook",
               "set scheme: column or codebook, or leave it out");
        refuse(q.calibration.method != RangeMethod::percentile &&
                   q.calibration.percentile != CalibrationConfig{}.percentile,
               "quantization.calibration.percentile", "is used by method percentile alone",
               "set method: percentile, or leave it out");
    }

    void check_precision()
    {
        const auto& q = m_config.quantization;
        const auto& turns = m_config.run.precision;
        if (turns.empty()) return;
        refuse(!has_engine(m_config.platform, IMC_ENGINE_ASSOCIATIVE), "run.precision",
               "needs associative processors", "choose a platform with engine associative");
        refuse(m_config.platform.associative.batch != 1, "run.precision",
               "images of a batch share one precision", "set platform.associative.batch: 1");
        const auto uniform = static_cast<std::size_t>(
            std::count_if(turns.begin(), turns.end(),
                          [](const std::string& name) { return uniform_precision(name); }));
        static const std::regex form("w[0-9]+a[0-9]+");
        for (const std::string& name : turns)
            refuse(std::regex_match(name, form) && !uniform_precision(name), "run.precision",
                   fmt::format("'{}' has bits outside 1 to 16", name), "write 1 to 16 bits each");
        refuse(uniform != 0 && uniform != turns.size(), "run.precision",
               "mixes names of HAWQ-V3 with uniform bits", "write one kind");
        refuse(uniform != 0 && q.scheme != Scheme::uniform, "run.precision",
               "uniform bits need scheme uniform", "set quantization: {scheme: uniform}");
        refuse(uniform == 0 && (q.scheme != Scheme::hawq || !q.preset.empty()), "run.precision",
               "names of HAWQ-V3 need scheme hawq without a preset",
               "set quantization: {scheme: hawq}, or write uniform bits such as [w8a8, w4a4]");
    }

    void check_columns()
    {
        const auto& q = m_config.quantization;
        const unsigned rows = m_config.platform.crossbar.rows;
        if (q.scheme != Scheme::column) return;
        const double bits = q.column.adc_bits;
        refuse(bits != std::floor(bits) && bits != 1.5, "quantization.column.adc_bits",
               fmt::format("{} bits is no converter", bits),
               "write a whole number, or 1.5 for ternary");
        refuse(q.activation_bits > 8 && !q.column.bit_serial_inputs, "quantization.activation_bits",
               fmt::format("{} bits cannot enter an array at full width", q.activation_bits),
               "write at most 8, or set column: {bit_serial_inputs: true}");
        refuse(q.column.array_rows > rows, "quantization.column.array_rows",
               fmt::format("{} wordlines are more than the array's {}", q.column.array_rows, rows),
               "write 0 for all of them, or set platform.crossbar.rows");
    }

    void check_bwq()
    {
        const auto& q = m_config.quantization;
        const auto& x = m_config.platform.crossbar;
        if (q.scheme != Scheme::bwq) return;
        refuse(!has_engine(m_config.platform, IMC_ENGINE_CROSSBAR), "quantization.scheme",
               "bwq needs crossbar tiles, which this platform lacks",
               "choose a platform with engine crossbar");
        refuse(q.weight_bits > 8, "quantization.weight_bits", "bwq starts from at most 8 planes",
               "write 1 to 8");
        refuse(q.weight_bits_mean > q.weight_bits, "quantization.weight_bits_mean",
               fmt::format("a mean of {} bits is above weight_bits {}", q.weight_bits_mean,
                           q.weight_bits),
               "ask for a smaller mean");
        refuse(q.weight_bits_mean > 0 && q.bit_map.given(), "quantization.weight_bits_mean",
               "a bit map fixes the mean already", "leave one of the two out");
        refuse(x.sign == crossbar::SignMode::offset, "platform.crossbar.sign",
               "offset fills the empty planes that bwq skips", "use diff_analog or diff_digital");
        refuse(x.cell_bits != 1, "platform.crossbar.cell_bits", "bwq stores one plane a cell",
               "set cell_bits: 1");
        const bool by_unit = x.activation == crossbar::Activation::operation_unit;
        refuse(by_unit && (q.block[0] != x.ou_rows || q.block[1] != x.ou_columns),
               "quantization.block",
               fmt::format("[{}, {}] is not the platform's operation unit [{}, {}]", q.block[0],
                           q.block[1], x.ou_rows, x.ou_columns),
               "a block is exactly one operation unit");
    }

    void check_run()
    {
        const auto& run = m_config.run;
        refuse(run.input == RunInput::dataset && !m_config.dataset.images.given(), "run.input",
               "dataset is not described", "add dataset: {images: file, labels: file}");
        refuse(run.timing_only && run.check == Check::reference && given("run.check"), "run.check",
               "a timing-only run has no values to compare", "set check: none");
        refuse(m_config.dataset.mean.size() != m_config.dataset.std.size() &&
                   !m_reader.errors.has("dataset.mean"),
               "dataset.std",
               fmt::format("has {} numbers and mean has {}", m_config.dataset.std.size(),
                           m_config.dataset.mean.size()),
               "give both, one a channel");
        refuse(m_config.host.quantum_ps == 0, "host.quantum", "is zero",
               "write a time such as `1 us`");
    }

    const RunConfig& m_config;
    Reader& m_reader;
};

}  // namespace

void check_consistency(const RunConfig& config, Reader& reader)
{
    Checker(config, reader).check();
}

}  // namespace imc::config
