// SPDX-License-Identifier: Apache-2.0
#include "report/summary.h"

#include "report/statistics.h"
#include "report/text_file.h"

#include <nlohmann/json.hpp>

namespace imc::report {

namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json named(const std::vector<NamedValue>& values)
{
    Json object = Json::object();
    for (const auto& [name, value] : values)
        object[name] = value;
    return object;
}

Json workload_json(const ColumnWork& work)
{
    return {{"arrays", work.arrays},
            {"array_reads", work.array_reads},
            {"conversions", work.conversions},
            {"scale_words", work.scale_words},
            {"macs", work.macs}};
}

Json layer_json(const LayerRow& row)
{
    Json json = {{"name", row.name},
                 {"op", row.op},
                 {"engine", row.engine},
                 {"macs", row.macs},
                 {"weight_bits_mean", row.weight_bits_mean},
                 {"activation_bits", row.activation_bits},
                 {"start_s", row.start_s},
                 {"latency_s", row.latency_s},
                 {"energy_j", row.energy_j},
                 {"external_energy_j", row.external_energy_j},
                 {"tiles", row.tiles},
                 {"utilization", row.utilization},
                 {"stages", row.stages},
                 {"area_mm2", row.area_mm2},
                 {"bytes", row.bytes},
                 {"work_s", row.work_s},
                 {"stall_input_s", row.stall_input_s},
                 {"stall_credit_s", row.stall_credit_s},
                 {"energy_by_event_j", named(row.energy_by_event)},
                 {"energy_by_component_j", named(row.energy_by)},
                 {"busy_by_component_s", named(row.busy_by)},
                 {"observed", named(row.observed)}};
    if (row.column) json["column_workload"] = workload_json(*row.column);
    return json;
}

Json component_json(const ComponentRow& row)
{
    Json events = Json::array();
    for (const EventRow& event : row.events)
        events.push_back({{"name", event.name},
                          {"count", event.count},
                          {"energy_pj", event.energy_pj},
                          {"energy_j", event.energy_j},
                          {"external", event.external}});
    return {{"name", row.name},
            {"kind", row.kind},
            {"busy_s", row.busy_s},
            {"energy_j", row.energy_j},
            {"dynamic_energy_j", row.dynamic_energy_j},
            {"leakage_energy_j", row.leakage_energy_j},
            {"external_energy_j", row.external_energy_j},
            {"area_mm2", row.area_mm2},
            {"leakage_w", row.leakage_w},
            {"bytes", row.bytes},
            {"events", events}};
}

Json accuracy_json(const std::optional<Accuracy>& accuracy)
{
    if (!accuracy) return nullptr;
    const auto [low, high] = wilson_interval(accuracy->top1, accuracy->images);
    return {{"top1", accuracy->top1},
            {"images", accuracy->images},
            {"float_top1", or_null(accuracy->float_top1)},
            {"top1_ci95", {low, high}}};
}

void put_head(Json& json, const RunResult& r)
{
    json["schema"] = summary_schema;
    json["scenario"] = r.scenario;
    json["vp_version"] = r.vp_version;
    json["seed"] = r.seed;
    json["status"] = to_string(r.status);
    json["status_reason"] = r.status_reason;
    if (!r.phase.empty()) json["phase"] = r.phase;
    json["diagnosis"] = r.diagnosis;
    json["network"] = {{"name", r.network.name},
                       {"macs", r.network.macs},
                       {"params", r.network.params},
                       {"weights", r.network.weights},
                       {"source", r.network.source}};
    json["quantization"] = {{"scheme", r.quantization.scheme},
                            {"weight_bits_mean", r.quantization.weight_bits_mean},
                            {"activation_bits", r.quantization.activation_bits},
                            {"calibrated_on", r.quantization.calibrated_on}};
    if (const auto& book = r.quantization.codebook)
        json["quantization"]["codebook"] = {{"weight_codes", book->weight_codes},
                                            {"input_codes", book->input_codes},
                                            {"product_bits", book->product_bits},
                                            {"quality_loss", book->quality_loss}};
    json["platform"] = {{"name", r.platform.name},
                        {"engine", r.platform.engine},
                        {"tiles", r.platform.tiles},
                        {"technology", r.platform.technology},
                        {"chips", r.platform.chips},
                        {"tiles_used", r.platform.tiles_used},
                        {"arrays_used", r.platform.arrays_used}};
    if (!r.platform.energy_mode.empty()) {
        json["platform"]["energy_mode"] = r.platform.energy_mode;
        json["platform"]["neurons_a_block"] = r.platform.neurons_a_block;
    }
    json["schedule"] = r.schedule;
    json["host"] = {{"kind", r.host.kind},
                    {"instructions", or_null(r.host.instructions)},
                    {"interrupts", r.host.interrupts},
                    {"register_accesses", r.host.register_accesses}};
}

void put_totals(Json& json, const RunResult& r)
{
    json["images"] = r.images;
    json["latency_s"] = r.latency_s;
    json["first_latency_s"] = r.first_latency_s;
    json["interval_s"] = r.interval_s;
    json["throughput_ips"] = r.throughput_ips;
    json["energy_j"] = r.energy_j;
    json["external_energy_j"] = r.external_energy_j;
    json["edp_js"] = r.edp_js;
    json["power_w"] = r.power_w;
    json["area_mm2"] = r.area_mm2;
    json["used_area_mm2"] = r.used_area_mm2;
    json["ops"] = r.ops;
    json["tops"] = r.tops;
    json["tops_per_w"] = r.tops_per_w;
    json["setup"] = {{"latency_s", r.setup.latency_s},
                     {"energy_j", r.setup.energy_j},
                     {"external_energy_j", r.setup.external_energy_j}};
    if (const auto work = r.column_work()) json["column_workload"] = workload_json(*work);
    if (r.first_doorbell_s) json["first_doorbell_s"] = *r.first_doorbell_s;
    if (r.lifetime_s) json["lifetime_s"] = *r.lifetime_s;
    json["accuracy"] = accuracy_json(r.accuracy);
    json["reference"] = {
        {"exact_expected", r.reference.exact_expected}, {"compared", r.reference.compared},
        {"mismatches", r.reference.mismatches},         {"sqnr_db", or_null(r.reference.sqnr_db)},
        {"first_mismatch", r.reference.first_mismatch}, {"clipped", r.reference.clipped}};
}

}  // namespace

Json summary_json(const RunResult& r)
{
    Json json;
    put_head(json, r);
    put_totals(json, r);
    json["layers"] = Json::array();
    for (const LayerRow& row : r.layers)
        json["layers"].push_back(layer_json(row));
    json["components"] = Json::array();
    for (const ComponentRow& row : r.components)
        json["components"].push_back(component_json(row));
    json["warnings"] = r.warnings;
    json["command"] = r.command;
    json["simulation"] = {
        {"wall_s", r.simulation.wall_s},       {"reference_s", r.simulation.reference_s},
        {"compile_s", r.simulation.compile_s}, {"peak_rss_mb", r.simulation.peak_rss_mb},
        {"events", r.simulation.events},       {"transactions", r.simulation.transactions}};
    return json;
}

void write_summary(const RunResult& result, const std::string& folder)
{
    write_text_file(folder + "/summary.json", summary_json(result).dump(2) + "\n");
}

}  // namespace imc::report
