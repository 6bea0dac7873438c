// SPDX-License-Identifier: Apache-2.0
#include "report/html_plots.h"

#include "report/svg_canvas.h"
#include "report/svg_charts.h"
#include "report/units.h"

#include <algorithm>
#include <map>

namespace imc::report {

namespace {

constexpr std::size_t named_components = 8;
constexpr std::size_t other_color = 9;

/// The rows of `result`, sorted by `value`, largest first; equal ones by name.
template <typename Value>
std::vector<const ComponentRow*> ranked(const RunResult& result, Value&& value)
{
    std::vector<const ComponentRow*> rows;
    for (const ComponentRow& row : result.components)
        if (value(row) > 0) rows.push_back(&row);
    std::sort(rows.begin(), rows.end(), [&](const auto* a, const auto* b) {
        return value(*a) != value(*b) ? value(*a) > value(*b) : a->name < b->name;
    });
    return rows;
}

}  // namespace

ComponentColors::ComponentColors(const RunResult& result)
{
    const auto rows = ranked(result, [](const ComponentRow& row) { return row.energy_j; });
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i < named_components || rows.size() == named_components + 1)
            entries.push_back({rows[i]->name, series_color(i), rows[i]->energy_j});
        else if (i == named_components)
            entries.push_back({"other", series_color(other_color), rows[i]->energy_j});
        else
            entries.back().energy_j += rows[i]->energy_j;
    }
}

std::size_t ComponentColors::index_of(const std::string& name) const
{
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i].name == name) return i;
    return entries.size() - 1;
}

std::string layers_plot(const RunResult& result, const ComponentColors& colors)
{
    std::vector<const LayerRow*> rows;
    for (const LayerRow& row : result.layers)
        if (row.name != shared_layer_name) rows.push_back(&row);
    std::vector<std::string> labels;
    BarSeries latency{"", series_color(0), {}}, utilization{"", series_color(8), {}};
    BarPanel energy{"Energy per image", "J", {}, 1.0, 0.0};
    for (const auto& entry : colors.entries)
        energy.series.push_back({entry.name, entry.color, std::vector<double>(rows.size(), 0.0)});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const LayerRow& row = *rows[i];
        labels.push_back(row.name);
        latency.values.push_back(row.latency_s);
        utilization.values.push_back(100 * row.utilization);
        for (const auto& [component, joules] : row.energy_by)
            if (!colors.entries.empty())
                energy.series[colors.index_of(component)].values[i] += joules;
    }
    return bar_chart(labels, {{"Latency per image", "s", {latency}, 0.8, 0.0},
                              energy,
                              {"Utilisation", "%", {utilization}, 0.35, 100.0}});
}

std::string stalls_plot(const RunResult& result)
{
    std::vector<std::string> labels;
    BarSeries work{"at work", series_color(0), {}};
    BarSeries input{"waiting for rows", series_color(1), {}};
    BarSeries credit{"waiting for room", series_color(3), {}};
    BarSeries bytes{"", series_color(8), {}};
    for (const LayerRow& row : result.layers) {
        if (row.stages == 0) continue;
        labels.push_back(row.name);
        work.values.push_back(row.work_s / row.stages);
        input.values.push_back(row.stall_input_s / row.stages);
        credit.values.push_back(row.stall_credit_s / row.stages);
        bytes.values.push_back(row.bytes);
    }
    return bar_chart(labels, {{"Time of a stage, mean", "s", {work, input, credit}, 1.0, 0.0},
                              {"Sent over the network", "B", {bytes}, 0.35, 0.0}});
}

std::string energy_plot(const ComponentColors& colors)
{
    std::vector<Share> shares;
    for (const auto& entry : colors.entries)
        shares.push_back({entry.name, entry.color, entry.energy_j});
    return share_chart(shares, "J");
}

std::string area_plot(const RunResult& result)
{
    std::vector<Share> shares;
    const auto rows = ranked(result, [](const ComponentRow& row) { return row.area_mm2; });
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i <= named_components)
            shares.push_back({i < named_components ? rows[i]->name : "other",
                              series_color(i < named_components ? i : other_color),
                              rows[i]->area_mm2});
        else
            shares.back().value += rows[i]->area_mm2;
    }
    return share_chart(shares, "mm²");
}

namespace {

/// The first doorbell; the first activity in summaries that do not have it.
double timeline_zero_s(const RunResult& result, const std::vector<TimelineSpan>& timeline)
{
    if (result.first_doorbell_s) return *result.first_doorbell_s;
    std::uint64_t first_ps = timeline.empty() ? 0 : timeline.front().begin_ps;
    for (const TimelineSpan& span : timeline)
        first_ps = std::min(first_ps, span.begin_ps);
    return static_cast<double>(first_ps) * 1e-12;
}

}  // namespace

std::string timeline_plot(const RunResult& result, const std::vector<TimelineSpan>& timeline)
{
    std::vector<std::string> labels{shared_layer_name};
    std::map<std::string, std::size_t> row_of{{shared_layer_name, 0}};
    for (const LayerRow& row : result.layers)
        if (row_of.emplace(row.name, labels.size()).second) labels.push_back(row.name);
    std::vector<GanttSpan> spans;
    const double zero_s = timeline_zero_s(result, timeline);
    for (const TimelineSpan& span : timeline) {
        const auto row = row_of.find(span.layer);
        if (row == row_of.end()) continue;
        const double end_s = static_cast<double>(span.end_ps) * 1e-12 - zero_s;
        if (end_s <= 0.0) continue;
        const double begin_s = std::max(0.0, static_cast<double>(span.begin_ps) * 1e-12 - zero_s);
        spans.push_back({row->second, begin_s, end_s, span.image % 4,
                         span.layer + ", image " + std::to_string(span.image) + ": " +
                             si(end_s - begin_s, "s")});
    }
    return gantt_chart(labels, spans,
                       result.first_doorbell_s ? "time after the first doorbell" : "time");
}

}  // namespace imc::report
