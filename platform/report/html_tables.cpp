// SPDX-License-Identifier: Apache-2.0
#include "report/html_tables.h"

#include "report/html_parts.h"
#include "report/statistics.h"
#include "report/units.h"

#include <algorithm>
#include <cstdio>

namespace imc::report {

namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

/// A column of values that share one prefix.
class Column {
public:
    Column(const std::string& name, const std::string& unit, double largest)
        : m_unit(scaled_unit(largest, unit))
    {
        m_header = m_unit.name.empty() ? name : name + " (" + m_unit.name + ")";
    }
    const std::string& header() const { return m_header; }
    /// Two decimals; what would vanish keeps two digits.
    std::string text(double value) const
    {
        if (value == 0.0) return "0";
        const double scaled = value * m_unit.factor;
        if (scaled < 0.05) return significant(scaled, 2);
        char text[48];
        std::snprintf(text, sizeof text, "%.2f", scaled);
        return text;
    }

private:
    ScaledUnit m_unit;
    std::string m_header;
};

template <typename Row, typename Value>
double largest(const std::vector<Row>& rows, Value&& value)
{
    double maximum = 0.0;
    for (const Row& row : rows)
        maximum = std::max(maximum, static_cast<double>(value(row)));
    return maximum;
}

/// Operation, with the engine where a chip has several kinds.
std::string on_engine(const LayerRow& row, const RunResult& r)
{
    return r.platform.engine == "mixed" && !row.engine.empty() ? row.op + " (" + row.engine + ")"
                                                               : row.op;
}

void add_reference(Facts& facts, const RunResult& r)
{
    if (r.reference.compared == 0) {
        facts.emplace_back("Reference check", "not run");
        return;
    }
    facts.emplace_back("Outputs compared", grouped(r.reference.compared));
    facts.emplace_back("Outputs that differ",
                       grouped(r.reference.mismatches) +
                           (r.reference.exact_expected ? " (0 expected)" : " (noise allowed)"));
    if (r.reference.sqnr_db)
        facts.emplace_back("Signal to quantisation noise", si(*r.reference.sqnr_db, "dB"));
    if (!r.reference.first_mismatch.empty())
        facts.emplace_back("First difference", r.reference.first_mismatch);
}

void add_accuracy(Facts& facts, const RunResult& r)
{
    if (!r.accuracy) return;
    const auto [low, high] = wilson_interval(r.accuracy->top1, r.accuracy->images);
    facts.emplace_back("Top-1 accuracy", percent(r.accuracy->top1) + " (95 %: " + percent(low) +
                                             " to " + percent(high) + ", " +
                                             grouped(r.accuracy->images) + " images)");
    if (r.accuracy->float_top1)
        facts.emplace_back("Top-1 of the float network, same images",
                           percent(*r.accuracy->float_top1));
}

}  // namespace

std::string run_facts(const RunResult& r)
{
    Facts facts{
        {"Network", r.network.name},
        {"Weights", r.network.weights + (r.network.source.empty() ? "" : ", " + r.network.source)},
        {"Quantisation",
         r.quantization.scheme + ", weights " + significant(r.quantization.weight_bits_mean, 3) +
             " bit (mean), activations " + std::to_string(r.quantization.activation_bits) + " bit"},
        {"Platform", r.platform.name + ", " + r.platform.engine},
        {"Technology", r.platform.technology},
        {"Tiles", (r.platform.tiles_used != 0 ? grouped(r.platform.tiles_used) + " used of " : "") +
                      grouped(r.platform.tiles) + " on " + grouped(r.platform.chips) +
                      (r.platform.chips == 1 ? " chip" : " chips")}};
    if (!r.quantization.calibrated_on.empty())
        facts.emplace_back("Ranges from", r.quantization.calibrated_on);
    if (r.quantization.codebook)
        facts.emplace_back("Codebooks", codebook_text(*r.quantization.codebook));
    if (!r.platform.energy_mode.empty())
        facts.emplace_back("CAM energy", cam_energy_text(r.platform));
    if (!r.schedule.empty()) facts.emplace_back("Schedule", r.schedule);
    facts.emplace_back("Images", grouped(r.images));
    facts.emplace_back(
        "Host CPU",
        r.host.kind + (r.host.instructions ? ", " + grouped(*r.host.instructions) + " instructions"
                                           : std::string(", instructions not counted")));
    facts.emplace_back("Interrupts, register accesses",
                       grouped(r.host.interrupts) + ", " + grouped(r.host.register_accesses));
    facts.emplace_back("Weight upload (setup)",
                       si(r.setup.latency_s, "s") + ", " + si(r.setup.energy_j, "J"));
    facts.emplace_back("DRAM and host energy per image", si(r.external_energy_j, "J"));
    facts.emplace_back("Operations per image", grouped(r.ops));
    add_accuracy(facts, r);
    add_reference(facts, r);
    return html_facts(facts);
}

std::string components_table(const RunResult& r)
{
    std::vector<const ComponentRow*> rows;
    for (const ComponentRow& row : r.components)
        rows.push_back(&row);
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto* a, const auto* b) { return a->energy_j > b->energy_j; });
    const Column busy("Busy", "s",
                      largest(r.components, [](const auto& row) { return row.busy_s; }));
    const Column energy("Energy", "J", r.energy_j), dynamic("Dynamic", "J", r.energy_j);
    const Column leakage("Leakage", "J", r.energy_j),
        external("External", "J", r.external_energy_j);
    const Column bytes("Moved", "B",
                       largest(r.components, [](const auto& row) { return row.bytes; }));
    HtmlTable table(
        {"Component", "Kind", energy.header(), "Share", dynamic.header(), leakage.header(),
         external.header(), busy.header(), bytes.header(), "Area (mm²)"},
        {0, 1});
    for (const ComponentRow* row : rows)
        table.row({row->name, row->kind, energy.text(row->energy_j),
                   percent(r.energy_j > 0 ? row->energy_j / r.energy_j : 0.0),
                   dynamic.text(row->dynamic_energy_j), leakage.text(row->leakage_energy_j),
                   external.text(row->external_energy_j), busy.text(row->busy_s),
                   bytes.text(row->bytes), significant(row->area_mm2)});
    table.row({"Total", "", energy.text(r.energy_j), "100 %", "", "",
               external.text(r.external_energy_j), "", "", significant(r.area_mm2)},
              true);
    return table.str();
}

std::string layers_table(const RunResult& r)
{
    const Column start("Start", "s",
                       largest(r.layers, [](const auto& row) { return row.start_s; }));
    const Column latency("Latency", "s",
                         largest(r.layers, [](const auto& row) { return row.latency_s; }));
    const Column energy("Energy", "J",
                        largest(r.layers, [](const auto& row) { return row.energy_j; }));
    const Column macs("Work", "MAC", largest(r.layers, [](const auto& row) { return row.macs; }));
    HtmlTable table({"Layer", "Op", macs.header(), "W bits", "A bits", "Tiles", start.header(),
                     latency.header(), energy.header(), "Share", "Busy"},
                    {0, 1});
    for (const LayerRow& row : r.layers) {
        const bool shared = row.name == shared_layer_name;
        const bool weights = row.macs != 0;
        table.row({row.name, on_engine(row, r),
                   weights ? macs.text(static_cast<double>(row.macs)) : "",
                   weights ? significant(row.weight_bits_mean, 3) : "",
                   shared ? "" : std::to_string(row.activation_bits),
                   shared ? "" : std::to_string(row.tiles), shared ? "" : start.text(row.start_s),
                   shared ? "" : latency.text(row.latency_s), energy.text(row.energy_j),
                   percent(r.energy_j > 0 ? row.energy_j / r.energy_j : 0.0),
                   shared ? "" : percent(row.utilization)});
    }
    table.row({"Total", "", macs.text(static_cast<double>(r.network.macs)), "", "", "", "",
               latency.text(r.latency_s), energy.text(r.energy_j), "100 %", ""},
              true);
    return table.str();
}

std::string stalls_table(const RunResult& r)
{
    const Column work("At work", "s",
                      largest(r.layers, [](const auto& row) { return row.work_s; }));
    const Column input("Waiting for rows", "s",
                       largest(r.layers, [](const auto& row) { return row.stall_input_s; }));
    const Column credit("Waiting for room", "s",
                        largest(r.layers, [](const auto& row) { return row.stall_credit_s; }));
    const Column bytes("Sent", "B", largest(r.layers, [](const auto& row) { return row.bytes; }));
    HtmlTable table({"Layer", "Stages", work.header(), input.header(), credit.header(), "Stalled",
                     bytes.header(), "Area (mm²)"},
                    {0});
    LayerRow total;
    for (const LayerRow& row : r.layers) {
        const double stalls_s = row.stall_input_s + row.stall_credit_s;
        const bool staged = row.stages != 0;
        table.row({row.name, staged ? std::to_string(row.stages) : "",
                   staged ? work.text(row.work_s) : "", staged ? input.text(row.stall_input_s) : "",
                   staged ? credit.text(row.stall_credit_s) : "",
                   staged ? percent(stalls_s > 0 ? stalls_s / (row.work_s + stalls_s) : 0.0) : "",
                   bytes.text(row.bytes), significant(row.area_mm2)});
        total.stages += row.stages;
        total.work_s += row.work_s;
        total.stall_input_s += row.stall_input_s;
        total.stall_credit_s += row.stall_credit_s;
        total.bytes += row.bytes;
    }
    table.row({"Total", std::to_string(total.stages), work.text(total.work_s),
               input.text(total.stall_input_s), credit.text(total.stall_credit_s), "",
               bytes.text(total.bytes), significant(r.area_mm2)},
              true);
    return table.str();
}

std::string events_table(const RunResult& r)
{
    HtmlTable table(
        {"Component", "Event", "Count per image", "Energy each", "Energy per image", "Where"},
        {0, 1, 5});
    for (const ComponentRow& row : r.components)
        for (const EventRow& event : row.events)
            table.row({row.name, event.name, count_text(event.count),
                       si(event.energy_pj * 1e-12, "J"), si(event.energy_j, "J"),
                       event.external ? "external" : "accelerator"});
    return table.str();
}

namespace {

/// Times and bytes stand in other tables, with their units.
bool is_count(const std::string& name)
{
    const auto ends = [&](const std::string& end) {
        return name.size() >= end.size() &&
               name.compare(name.size() - end.size(), end.size(), end) == 0;
    };
    return !ends("_ps") && !ends(".bytes");
}

/// Observations named `stored_...` are no means (Ledger::observation).
std::string held_or_image(const std::string& name)
{
    return name.find(".stored_") != std::string::npos ? "the whole run" : "image";
}

}  // namespace

std::string observations_section(const RunResult& r)
{
    std::vector<std::string> names;
    for (const LayerRow& row : r.layers)
        for (const auto& entry : row.observed)
            if (is_count(entry.first) &&
                std::find(names.begin(), names.end(), entry.first) == names.end())
                names.push_back(entry.first);
    if (names.empty()) return "";
    HtmlTable table({"Layer", "Observation", "Count", "Of"}, {0, 1, 3});
    for (const std::string& name : names) {
        double total = 0.0;
        for (const LayerRow& row : r.layers)
            for (const auto& entry : row.observed)
                if (entry.first == name) {
                    table.row({row.name, name, count_text(entry.second), held_or_image(name)});
                    total += entry.second;
                }
        table.row({"Total", name, count_text(total), held_or_image(name)}, true);
    }
    return html_section("Observations",
                        "What the models noticed on the way, such as clipped ADC conversions or "
                        "bits of index that are stored: means per image, and what is held for the "
                        "whole run. Counts of zero are not listed.",
                        table.str());
}

std::string column_section(const RunResult& r)
{
    const auto total = r.column_work();
    if (!total) return "";
    HtmlTable table({"Layer", "Arrays", "Array reads", "Conversions", "Scale words", "MACs"}, {0});
    const auto add = [&](const std::string& name, const ColumnWork& work, bool last) {
        table.row({name, grouped(work.arrays), grouped(work.array_reads), grouped(work.conversions),
                   grouped(work.scale_words), grouped(work.macs)},
                  last);
    };
    for (const LayerRow& row : r.layers)
        if (row.column) add(row.name, *row.column, false);
    add("Total", *total, true);
    return html_section(
        "ColumnQuant workload",
        "Layers on ColumnQuant's arrays. Reads, conversions and MACs are per image; "
        "a scale word is stored for each group of columns that share one.",
        table.str());
}

std::string timeline_explanation(const std::vector<TimelineSpan>& timeline)
{
    std::uint32_t images = 0;
    for (const TimelineSpan& span : timeline)
        images = std::max(images, span.image + 1);
    return images == 1
               ? "When each layer was at work on the image; pauses shorter than a pixel or two are "
                 "closed."
               : "When each layer was at work on the first " + std::to_string(images) +
                     " images, a colour an image; pauses shorter than a pixel or two are closed.";
}

}  // namespace imc::report
