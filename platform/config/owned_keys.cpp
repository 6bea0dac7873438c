// SPDX-License-Identifier: Apache-2.0
#include "config/owned_keys.h"

#include "config/engines.h"
#include "config/technology_keys.h"

#include <algorithm>
#include <map>

namespace imc::config {

namespace {

using Config = const RunConfig&;

struct Owner {
    std::vector<std::string> keys;  ///< a key, or with a dot at its end all below it
    bool (*reads)(Config);
    std::string mode;  ///< the key that decides; "": it and these stand in the same file
    std::string what, remedy;
};

bool has_crossbars(Config c)
{
    return has_engine(c.platform, IMC_ENGINE_CROSSBAR);
}

bool has_associative(Config c)
{
    return has_engine(c.platform, IMC_ENGINE_ASSOCIATIVE);
}

bool has_cam(Config c)
{
    return has_engine(c.platform, IMC_ENGINE_CAM);
}

bool by_unit(Config c)
{
    return c.platform.crossbar.activation == crossbar::Activation::operation_unit;
}

bool matches_exactly(Config c)
{
    return c.platform.cam.search == cam::Distance::exact;
}

template <Scheme scheme>
bool is_scheme(Config c)
{
    return c.quantization.scheme == scheme;
}

const std::string tiles = "platform.tiles", activation = "platform.crossbar.activation";

Owner of_engine(const std::string& section, bool (*reads)(Config), const std::string& engine)
{
    return {{section},
            reads,
            tiles,
            "belongs to " + engine + " tiles, which this platform lacks",
            "choose a platform with engine " + section.substr(9, section.size() - 10) +
                ", or leave it out"};
}

Owner of_scheme(std::vector<std::string> keys, bool (*reads)(Config), const std::string& scheme)
{
    return {std::move(keys), reads, "", "belongs to scheme " + scheme,
            "set scheme: " + scheme + ", or leave it out"};
}

const std::vector<Owner>& owners()
{
    static const std::vector<Owner> all{
        of_engine("platform.crossbar.", has_crossbars, "crossbar"),
        of_engine("platform.associative.", has_associative, "associative"),
        of_engine("platform.cam.", has_cam, "CAM"),
        {{"run.kernel_path"},
         has_crossbars,
         tiles,
         "belongs to crossbar tiles, which this platform lacks",
         "leave it out"},
        {{"platform.crossbar.ou_rows", "platform.crossbar.ou_columns",
          "platform.crossbar.ou_cycle_ns"},
         by_unit,
         activation,
         "is of operation units, and these arrays are read whole",
         "set activation: operation_unit, or leave it out"},
        {{"platform.crossbar.read_ns"},
         [](Config c) { return !by_unit(c); },
         activation,
         "is of arrays that are read whole, and these are read by operation units",
         "set ou_cycle_ns, or activation: full_array"},
        {{"platform.cam.node_nm", "platform.cam.power_gate"},
         [](Config c) { return c.platform.cam.energy == cam::EnergyMode::device; },
         "platform.cam.energy",
         "is of energy: device, and the recalled table of a block stands in for it",
         "set energy: device, or leave it out"},
        {{"platform.cam.match_ns"},
         matches_exactly,
         "platform.cam.search",
         "is of search: exact, and these memories look for the nearest row",
         "set search: exact, or leave it out"},
        {{"platform.cam.stage_bits"},
         [](Config c) { return !matches_exactly(c); },
         "platform.cam.search",
         "is of searches for the nearest row, and exact match compares all bits at once",
         "set match_ns, or search: absolute"},
        {{"host.cycles_per_instruction"},
         [](Config c) { return c.host.cpu == HostCpu::rv64; },
         "host.cpu",
         "is of the instruction simulator, and the firmware runs natively",
         "set cpu: rv64, or leave it out"},
        {{"quantization.weight_bits", "quantization.activation_bits",
          "quantization.column.cell_bits", "quantization.column.adc_bits",
          "quantization.column.array_rows", "quantization.column.weights",
          "quantization.column.partial_sums", "quantization.column.split_polarity",
          "quantization.column.bit_serial_inputs", "quantization.codebook.weight_codes",
          "quantization.codebook.input_codes", "quantization.codebook.residual_codes",
          "quantization.codebook.image_codes", "quantization.codebook.per_channel",
          "quantization.codebook.tree", "quantization.codebook.compensate",
          "quantization.codebook.quality_loss"},
         [](Config c) { return !c.quantization.parameters.given(); },
         "",
         "is decided by quantization.parameters",
         "leave it out"},
        of_scheme({"quantization.column."}, is_scheme<Scheme::column>, "column"),
        of_scheme({"quantization.codebook."}, is_scheme<Scheme::codebook>, "codebook"),
        {{"quantization.weight_bits", "quantization.activation_bits",
          "quantization.input_layer_bits", "quantization.calibration.method"},
         [](Config c) { return c.quantization.scheme != Scheme::codebook; },
         "",
         "is not read under scheme codebook, whose tables have sizes of their own",
         "write quantization.codebook, or leave it out"},
        of_scheme({"quantization.weight_bits_mean", "quantization.block",
                   "quantization.granularity", "quantization.layer_gamma", "quantization.bit_map"},
                  is_scheme<Scheme::bwq>, "bwq"),
    };
    return all;
}

bool owns(const Owner& owner, const std::string& key)
{
    return std::any_of(owner.keys.begin(), owner.keys.end(), [&](const std::string& own) {
        return own.back() == '.' ? key.rfind(own, 0) == 0 : key == own;
    });
}

/// How far below the command line a key was given: 0 there, 1 in the scenario, 2 and more in the
/// files that it includes, in the order in which they include each other.
std::size_t depth_of(const Place& place, const Reader& reader)
{
    if (place.line == 0) return 0;
    const auto& files = reader.included;
    const auto found = std::find(files.begin(), files.end(), place.file);
    return found == files.end() ? 1 : 2 + static_cast<std::size_t>(found - files.begin());
}

bool is_inherited(const std::string& key, const std::string& mode, const Reader& reader)
{
    const auto chosen = reader.places.find(mode);
    return chosen != reader.places.end() &&
           depth_of(reader.places.at(key), reader) > depth_of(chosen->second, reader);
}

/// Calls `take(owner, key)` for every key that was given, has not its default and is read by
/// nothing; on the command line a default counts too.
template <typename Take>
void for_each_unread(Config config, const Reader& reader, Take&& take)
{
    std::vector<Setting> settings, defaults;
    scenario_table().list(config, "", settings);
    scenario_table().list(RunConfig{}, "", defaults);
    std::map<std::string, std::string> usual;
    for (const auto& setting : defaults)
        usual[setting.path] = setting.value;
    for (const Owner& owner : owners()) {
        if (owner.reads(config)) continue;
        for (const auto& setting : settings) {
            if (!owns(owner, setting.path)) continue;
            const auto given = reader.places.find(setting.path);
            if (given == reader.places.end()) continue;
            if (setting.value != usual[setting.path] || given->second.line == 0)
                take(owner, setting.path);
        }
    }
}

/// Which engine, and which of its modes, charges numbers of `component`: the needs of all its keys
/// together.
bool reads_component(const std::string& component, const AcceleratorConfig& platform)
{
    for (const auto& key : technology_keys()) {
        const std::string name = key.key;
        if (name.substr(0, name.find('.')) != component) continue;
        if (std::any_of(key.needed.begin(), key.needed.end(),
                        [&](Needed needed) { return may_charge(needed, platform); }))
            return true;
    }
    return false;
}

/// Why nothing reads a number of CAM tiles, by their two modes of energy and their kind of search;
/// "" if something does.
std::string unread_cam_number(const std::string& key, Config config)
{
    const bool of_paper = key.rfind("cam.paper.", 0) == 0;
    const bool is_paper = config.platform.cam.energy == cam::EnergyMode::paper;
    if (is_paper && !of_paper && key != "cam.row_write_ns" && key != "cam.crossbar.row_write_ns")
        return "platform.cam.energy: paper takes the recalled table of a block (cam.paper)";
    if (!is_paper && of_paper) return "platform.cam.energy: device counts events";
    if (key == "cam.crossbar.nor_low_pj")
        return "it is a bound to compare with, and cam.crossbar.nor_pj is charged";
    if (key == "cam.search_row_bit_pj" && matches_exactly(config))
        return "platform.cam.search: exact takes cam.match_row_bit_pj";
    if (key == "cam.match_row_bit_pj" && !matches_exactly(config))
        return "it belongs to platform.cam.search: exact";
    return "";
}

/// Why nothing reads the number `key` on this platform; "" if something does.
std::string unread_technology(const std::string& key, Config config)
{
    const auto& x = config.platform.crossbar;
    const std::string component = key.substr(0, key.find('.'));
    if (!reads_component(component, config.platform))
        return "no tile of this platform is charged for '" + component + "'";
    if (component == "cam") return unread_cam_number(key, config);
    if (component == "sample_hold" && by_unit(config))
        return "bitlines are sampled in arrays that are read whole alone";
    if (key.rfind("adc.comparator_", 0) == 0 && x.sign != crossbar::SignMode::diff_analog)
        return "comparators belong to sign: diff_analog";
    const bool of_family = x.adc_scaling != adc::Scaling::technology;
    if (of_family && (key.rfind("adc.conversion_pj", 0) == 0 || key.rfind("adc.area_mm2", 0) == 0))
        return "platform.crossbar.adc_scaling takes a family of converters instead";
    return "";
}

}  // namespace

std::vector<std::string> inherited_unread(Config config, const Reader& reader)
{
    std::vector<std::string> keys;
    for_each_unread(config, reader, [&](const Owner& owner, const std::string& key) {
        if (is_inherited(key, owner.mode, reader)) keys.push_back(key);
    });
    return keys;
}

void check_owned_keys(Config config, Reader& reader)
{
    for_each_unread(config, reader, [&](const Owner& owner, const std::string& key) {
        if (!reader.errors.has(key) && !is_inherited(key, owner.mode, reader))
            reader.errors.add(reader.place(key), key, owner.what, owner.remedy);
    });
}

void check_owned_technology(Config config, Reader& reader)
{
    const auto& values = config.platform.technology.values();
    const auto depth = [&](const std::string& key) {
        const auto place = reader.places.find(key);
        return place == reader.places.end() ? std::size_t{2} : depth_of(place->second, reader);
    };
    const bool is_file = std::any_of(values.begin(), values.end(), [&](const auto& value) {
        return depth("technology." + value.first) > 1;
    });
    for (const auto& [name, value] : values) {
        const std::string key = "technology." + name;
        const std::string nearest = depth(key + ".value") < depth(key) ? key + ".value" : key;
        if (depth(nearest) > (is_file ? 1 : 0)) continue;
        const std::string why = unread_technology(name, config);
        if (!why.empty())
            reader.errors.add(reader.place(nearest), key, "changes nothing: " + why,
                              "leave it out");
    }
}

}  // namespace imc::config
