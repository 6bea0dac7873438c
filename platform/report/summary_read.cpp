// SPDX-License-Identifier: Apache-2.0
#include "report/summary.h"

#include "common/error.h"
#include "report/text_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace imc::report {

namespace {

using Json = nlohmann::ordered_json;

const Json& member(const Json& object, const char* key)
{
    if (!object.is_object() || !object.contains(key))
        throw InputError(std::string("field \"") + key + "\" is missing");
    return object.at(key);
}

/// A field that every summary has.
template <typename T>
T need(const Json& object, const char* key)
{
    const Json& value = member(object, key);
    try {
        return value.get<T>();
    } catch (const Json::exception&) {
        throw InputError(std::string("field \"") + key + "\" has the wrong type");
    }
}

template <typename T>
std::optional<T> maybe(const Json& object, const char* key)
{
    if (!object.is_object() || !object.contains(key) || object.at(key).is_null())
        return std::nullopt;
    return need<T>(object, key);
}

/// A field of ours beyond the contract: absent in summaries of other writers.
template <typename T>
T extra(const Json& object, const char* key, T fallback)
{
    return maybe<T>(object, key).value_or(fallback);
}

std::vector<NamedValue> named(const Json& object, const char* key)
{
    std::vector<NamedValue> values;
    if (!object.contains(key)) return values;
    for (const auto& [name, value] : object.at(key).items()) {
        if (!value.is_number())
            throw InputError(std::string("field \"") + key + "\" has the wrong type");
        values.emplace_back(name, value.get<double>());
    }
    return values;
}

ColumnWork read_workload(const Json& json)
{
    return {need<std::uint64_t>(json, "arrays"), need<std::uint64_t>(json, "array_reads"),
            need<std::uint64_t>(json, "conversions"), need<std::uint64_t>(json, "scale_words"),
            need<std::uint64_t>(json, "macs")};
}

LayerRow read_layer(const Json& json)
{
    LayerRow row;
    row.name = need<std::string>(json, "name");
    row.op = need<std::string>(json, "op");
    row.engine = need<std::string>(json, "engine");
    row.macs = need<std::uint64_t>(json, "macs");
    row.weight_bits_mean = need<double>(json, "weight_bits_mean");
    row.activation_bits = need<unsigned>(json, "activation_bits");
    row.start_s = need<double>(json, "start_s");
    row.latency_s = need<double>(json, "latency_s");
    row.energy_j = need<double>(json, "energy_j");
    row.external_energy_j = extra<double>(json, "external_energy_j", 0.0);
    row.tiles = need<unsigned>(json, "tiles");
    row.utilization = need<double>(json, "utilization");
    row.stages = extra<unsigned>(json, "stages", 0);
    row.area_mm2 = extra<double>(json, "area_mm2", 0.0);
    row.bytes = extra<double>(json, "bytes", 0.0);
    row.work_s = extra<double>(json, "work_s", 0.0);
    row.stall_input_s = extra<double>(json, "stall_input_s", 0.0);
    row.stall_credit_s = extra<double>(json, "stall_credit_s", 0.0);
    row.energy_by_event = named(json, "energy_by_event_j");
    row.energy_by = named(json, "energy_by_component_j");
    row.busy_by = named(json, "busy_by_component_s");
    row.observed = named(json, "observed");
    if (json.contains("column_workload")) row.column = read_workload(json.at("column_workload"));
    return row;
}

ComponentRow read_component(const Json& json)
{
    ComponentRow row;
    row.name = need<std::string>(json, "name");
    row.kind = need<std::string>(json, "kind");
    row.busy_s = need<double>(json, "busy_s");
    row.energy_j = need<double>(json, "energy_j");
    row.dynamic_energy_j = extra<double>(json, "dynamic_energy_j", row.energy_j);
    row.leakage_energy_j = extra<double>(json, "leakage_energy_j", 0.0);
    row.external_energy_j = extra<double>(json, "external_energy_j", 0.0);
    row.area_mm2 = need<double>(json, "area_mm2");
    row.leakage_w = extra<double>(json, "leakage_w", 0.0);
    row.bytes = extra<double>(json, "bytes", 0.0);
    if (!json.contains("events")) return row;
    for (const Json& event : json.at("events"))
        row.events.push_back({need<std::string>(event, "name"), need<double>(event, "count"),
                              need<double>(event, "energy_pj"), need<double>(event, "energy_j"),
                              need<bool>(event, "external")});
    return row;
}

Status read_status(const Json& json)
{
    const auto text = need<std::string>(json, "status");
    for (const Status status : {Status::ok, Status::failed, Status::interrupted})
        if (text == to_string(status)) return status;
    throw InputError("field \"status\" is \"" + text + "\", expected ok, failed or interrupted");
}

void read_head(const Json& json, RunResult& r)
{
    r.scenario = need<std::string>(json, "scenario");
    r.vp_version = need<std::string>(json, "vp_version");
    r.seed = need<std::uint64_t>(json, "seed");
    r.status = read_status(json);
    r.status_reason = extra<std::string>(json, "status_reason", "");
    r.phase = extra<std::string>(json, "phase", "");
    r.diagnosis = extra<std::vector<std::string>>(json, "diagnosis", {});
    const Json& network = member(json, "network");
    r.network = {need<std::string>(network, "name"), need<std::uint64_t>(network, "macs"),
                 need<std::uint64_t>(network, "params"), need<std::string>(network, "weights"),
                 need<std::string>(network, "source")};
    const Json& quantization = member(json, "quantization");
    r.quantization = {need<std::string>(quantization, "scheme"),
                      need<double>(quantization, "weight_bits_mean"),
                      need<unsigned>(quantization, "activation_bits"),
                      extra<std::string>(quantization, "calibrated_on", ""), std::nullopt};
    if (quantization.contains("codebook")) {
        const Json& book = quantization.at("codebook");
        r.quantization.codebook =
            CodebookInfo{need<unsigned>(book, "weight_codes"), need<unsigned>(book, "input_codes"),
                         need<unsigned>(book, "product_bits"), need<double>(book, "quality_loss")};
    }
    const Json& platform = member(json, "platform");
    r.platform = {need<std::string>(platform, "name"),
                  need<std::string>(platform, "engine"),
                  need<unsigned>(platform, "tiles"),
                  need<std::string>(platform, "technology"),
                  extra<unsigned>(platform, "chips", 1u),
                  extra<unsigned>(platform, "tiles_used", 0u),
                  extra<std::uint64_t>(platform, "arrays_used", 0),
                  extra<std::string>(platform, "energy_mode", ""),
                  extra<std::uint64_t>(platform, "neurons_a_block", 0)};
    r.schedule = extra<std::string>(json, "schedule", "");
    const Json& host = member(json, "host");
    r.host = {need<std::string>(host, "kind"), maybe<std::uint64_t>(host, "instructions"),
              need<std::uint64_t>(host, "interrupts"),
              need<std::uint64_t>(host, "register_accesses")};
}

void read_totals(const Json& json, RunResult& r)
{
    r.images = need<unsigned>(json, "images");
    r.latency_s = need<double>(json, "latency_s");
    r.first_latency_s = extra<double>(json, "first_latency_s", r.latency_s);
    r.interval_s = extra<double>(json, "interval_s", 0.0);
    r.throughput_ips = need<double>(json, "throughput_ips");
    r.energy_j = need<double>(json, "energy_j");
    r.external_energy_j = need<double>(json, "external_energy_j");
    r.edp_js = need<double>(json, "edp_js");
    r.power_w = need<double>(json, "power_w");
    r.area_mm2 = need<double>(json, "area_mm2");
    r.used_area_mm2 = extra<double>(json, "used_area_mm2", r.area_mm2);
    r.ops = need<std::uint64_t>(json, "ops");
    r.tops = need<double>(json, "tops");
    r.tops_per_w = need<double>(json, "tops_per_w");
    const Json& setup = member(json, "setup");
    r.setup = {need<double>(setup, "latency_s"), need<double>(setup, "energy_j"),
               extra<double>(setup, "external_energy_j", 0.0)};
    r.first_doorbell_s = maybe<double>(json, "first_doorbell_s");
    r.lifetime_s = maybe<double>(json, "lifetime_s");
    if (const Json& accuracy = member(json, "accuracy"); !accuracy.is_null())
        r.accuracy =
            Accuracy{need<double>(accuracy, "top1"), need<std::uint64_t>(accuracy, "images"),
                     maybe<double>(accuracy, "float_top1")};
    const Json& reference = member(json, "reference");
    r.reference = {need<bool>(reference, "exact_expected"),
                   need<std::uint64_t>(reference, "compared"),
                   need<std::uint64_t>(reference, "mismatches"),
                   maybe<double>(reference, "sqnr_db"),
                   extra<std::string>(reference, "first_mismatch", ""),
                   extra<std::uint64_t>(reference, "clipped", 0)};
}

void read_tables(const Json& json, RunResult& r)
{
    for (const Json& layer : member(json, "layers"))
        r.layers.push_back(read_layer(layer));
    for (const Json& component : member(json, "components"))
        r.components.push_back(read_component(component));
    r.warnings = extra<std::vector<std::string>>(json, "warnings", {});
    r.command = extra<std::string>(json, "command", "");
    const Json& simulation = member(json, "simulation");
    r.simulation = {
        need<double>(simulation, "wall_s"),        need<double>(simulation, "reference_s"),
        need<double>(simulation, "compile_s"),     need<double>(simulation, "peak_rss_mb"),
        need<std::uint64_t>(simulation, "events"), need<std::uint64_t>(simulation, "transactions")};
}

std::string summary_path(const std::string& path)
{
    namespace fs = std::filesystem;
    if (!fs::exists(path))
        throw InputError(path + ": no such run; give the folder of a finished run");
    if (!fs::is_directory(path)) return path;
    const std::string file = path + "/summary.json";
    if (!fs::exists(file))
        throw InputError(path + ": holds no summary.json; give the folder of a finished run");
    return file;
}

}  // namespace

RunResult read_summary(const std::string& path)
{
    const std::string file = summary_path(path);
    const Json json = Json::parse(read_text_file(file), nullptr, false);
    if (json.is_discarded()) throw InputError(file + ": is not valid JSON; repeat the run");
    try {
        if (const int schema = need<int>(json, "schema"); schema != summary_schema)
            throw InputError("schema is " + std::to_string(schema) + ", this vp reads schema " +
                             std::to_string(summary_schema));
        RunResult result;
        read_head(json, result);
        read_totals(json, result);
        read_tables(json, result);
        return result;
    } catch (const InputError& error) {
        const bool known =
            json.is_object() && json.contains("vp_version") && json.at("vp_version").is_string();
        const std::string by = known ? json.at("vp_version").get<std::string>() : "";
        throw InputError(file + ": " + error.what() +
                         (by.empty() ? "" : " (written by vp " + by + ")") + "; repeat the run");
    }
}

}  // namespace imc::report
