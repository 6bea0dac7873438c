// SPDX-License-Identifier: Apache-2.0
#include "sweep_table.h"

#include "report/html_parts.h"
#include "report/statistics.h"
#include "report/svg_charts.h"
#include "report/text_file.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

namespace imc::app {

namespace {

using report::RunResult;

struct Figure {
    const char* name;
    const char* unit;
    std::function<std::optional<double>(const RunResult&)> get;
};

const std::vector<Figure>& figures()
{
    static const std::vector<Figure> all{
        {"top1", "",
         [](const RunResult& r) {
             return r.accuracy ? std::optional(r.accuracy->top1) : std::nullopt;
         }},
        {"float_top1", "",
         [](const RunResult& r) { return r.accuracy ? r.accuracy->float_top1 : std::nullopt; }},
        {"first_latency_s", "s",
         [](const RunResult& r) { return std::optional(r.first_latency_s); }},
        {"interval_s", "s", [](const RunResult& r) { return std::optional(r.interval_s); }},
        {"throughput_ips", "1/s",
         [](const RunResult& r) { return std::optional(r.throughput_ips); }},
        {"energy_j", "J", [](const RunResult& r) { return std::optional(r.energy_j); }},
        {"first_edp_js", "Js",
         [](const RunResult& r) { return std::optional(r.energy_j * r.first_latency_s); }},
        {"tops_per_w", "TOP/s/W", [](const RunResult& r) { return std::optional(r.tops_per_w); }},
        {"area_mm2", "mm²", [](const RunResult& r) { return std::optional(r.area_mm2); }},
        {"used_area_mm2", "mm²", [](const RunResult& r) { return std::optional(r.used_area_mm2); }},
        {"arrays", "",
         [](const RunResult& r) {
             return std::optional(static_cast<double>(r.platform.arrays_used));
         }},
    };
    return all;
}

/// Mean of a figure over a point's runs; none if a run failed or lacks it.
std::optional<double> mean(const SweptPoint& swept, const Figure& figure)
{
    if (!swept.ok()) return std::nullopt;
    double sum = 0.0;
    for (const auto& run : swept.runs) {
        const auto value = figure.get(run);
        if (!value) return std::nullopt;
        sum += *value;
    }
    if (swept.runs.empty()) return std::nullopt;
    return sum / static_cast<double>(swept.runs.size());
}

/// Where the accuracy lies: see sweep_csv.
std::optional<std::pair<double, double>> accuracy_range(const SweptPoint& swept)
{
    if (!mean(swept, figures().front())) return std::nullopt;
    const auto& first = *swept.runs.front().accuracy;
    if (swept.runs.size() == 1) return report::wilson_interval(first.top1, first.images);
    std::pair<double, double> range{first.top1, first.top1};
    for (const auto& run : swept.runs)
        range = {std::min(range.first, run.accuracy->top1),
                 std::max(range.second, run.accuracy->top1)};
    return range;
}

/// All swept keys in the order in which points name them.
std::vector<std::string> keys_of(const std::vector<SweptPoint>& swept)
{
    std::vector<std::string> keys;
    for (const auto& one : swept)
        for (const auto& text : one.point)
            if (std::find(keys.begin(), keys.end(), key_of(text)) == keys.end())
                keys.push_back(key_of(text));
    return keys;
}

/// A point's value of a key, "" if it leaves the scenario's.
std::string value_at(const SweepPoint& point, const std::string& key)
{
    for (const auto& text : point)
        if (key_of(text) == key) return value_of(text);
    return "";
}

/// Value on the x axis: the number of the last key, or its place in the order of appearance.
class XAxis {
public:
    double at(const std::string& value)
    {
        double number = 0;
        const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
        if (parsed.ec == std::errc() && parsed.ptr == value.data() + value.size()) return number;
        for (std::size_t i = 0; i < m_words.size(); ++i) {
            if (m_words[i] == value) return static_cast<double>(i);
        }
        m_words.push_back(value);
        return static_cast<double>(m_words.size() - 1);
    }

private:
    std::vector<std::string> m_words;
};

/// The keys that tell lines apart: not the x axis, and not what the keys before it decide already.
std::vector<std::string> line_keys(const std::vector<SweptPoint>& swept, const std::string& x)
{
    std::vector<std::string> chosen;
    for (const auto& key : keys_of(swept)) {
        if (key == x) continue;
        std::map<std::vector<std::string>, std::string> decided;
        bool tells = false;
        for (const auto& one : swept) {
            std::vector<std::string> before;
            for (const auto& earlier : chosen)
                before.push_back(value_at(one.point, earlier));
            const auto value = value_at(one.point, key);
            tells = tells || decided.emplace(before, value).first->second != value;
        }
        if (tells) chosen.push_back(key);
    }
    return chosen;
}

std::string last_word(const std::string& key)
{
    return key.substr(key.rfind('.') + 1);
}

/// `key`, and behind it the keys that have its value at every point: "weights/partial_sums".
std::string key_label(const std::string& key, const std::vector<SweptPoint>& swept,
                      const std::string& x)
{
    std::string label = last_word(key);
    for (const auto& other : keys_of(swept)) {
        if (other == key || other == x) continue;
        const bool same = std::all_of(swept.begin(), swept.end(), [&](const auto& one) {
            return value_at(one.point, other) == value_at(one.point, key);
        });
        if (same) label += "/" + last_word(other);
    }
    return label;
}

std::string line_name(const SweepPoint& point, const std::vector<std::string>& keys,
                      const std::map<std::string, std::string>& labels)
{
    std::string name;
    for (const auto& key : keys)
        if (const auto value = value_at(point, key); !value.empty())
            name += (name.empty() ? "" : ", ") + labels.at(key) + " " + value;
    return name.empty() ? "all" : name;
}

report::LinePoint line_point(const SweptPoint& swept, const Figure& figure, double x, double y)
{
    if (std::string(figure.name) != "top1") return {x, y, y, y};
    const auto range = accuracy_range(swept);
    return {x, y, range->first, range->second};
}

std::string plot(const Figure& figure, const std::vector<SweptPoint>& swept)
{
    report::LineChart chart;
    const std::string x_key = key_of(swept.front().point.back());
    chart.title = figure.name;
    chart.x_name = x_key;
    chart.y_name = figure.name;
    chart.y_unit = figure.unit;
    XAxis axis;
    const auto keys = line_keys(swept, x_key);
    std::map<std::string, std::string> labels;
    for (const auto& key : keys)
        labels[key] = key_label(key, swept, x_key);
    for (const auto& one : swept) {
        const double x = axis.at(value_at(one.point, x_key));
        const auto y = mean(one, figure);
        if (!y) continue;
        const std::string name = line_name(one.point, keys, labels);
        auto series = std::find_if(chart.series.begin(), chart.series.end(),
                                   [&](const auto& s) { return s.name == name; });
        if (series == chart.series.end())
            series = chart.series.insert(series, report::LineSeries{name, {}});
        series->points.push_back(line_point(one, figure, x, *y));
    }
    return chart.series.empty() ? "" : report::line_chart(chart);
}

/// The table's cells as text: what the CSV and the page show.
std::vector<std::string> cells(const SweptPoint& one, const std::vector<std::string>& keys)
{
    std::vector<std::string> row;
    for (const auto& key : keys)
        row.push_back(value_at(one.point, key));
    row.emplace_back(one.ok() ? "ok" : "failed");
    row.push_back(one.runs.empty() ? "" : std::to_string(one.runs.front().images));
    row.push_back(std::to_string(one.runs.size()));
    for (const auto& figure : figures()) {
        const auto value = mean(one, figure);
        row.push_back(value ? report::exact_number(*value) : "");
        if (std::string(figure.name) != "top1") continue;
        const auto range = accuracy_range(one);
        row.push_back(range ? report::exact_number(range->first) : "");
        row.push_back(range ? report::exact_number(range->second) : "");
    }
    std::uint64_t mismatches = 0;  // of a failed point too: they say why
    for (const auto& run : one.runs)
        mismatches += run.reference.mismatches;
    row.push_back(one.runs.empty() ? "" : std::to_string(mismatches));
    row.push_back(one.runs.empty() ? "" : one.runs.front().network.weights);
    return row;
}

std::vector<std::string> headers(const std::vector<std::string>& keys)
{
    auto row = keys;
    row.insert(row.end(), {"status", "images", "runs"});
    for (const auto& figure : figures()) {
        row.emplace_back(figure.name);
        if (row.back() == "top1") row.insert(row.end(), {"top1_low", "top1_high"});
    }
    row.insert(row.end(), {"mismatches", "weights"});
    return row;
}

std::string csv_line(const std::vector<std::string>& row)
{
    std::string text;
    for (const auto& cell : row)
        text += (&cell == row.data() ? "" : ",") + report::csv_field(cell);
    return text + "\n";
}

}  // namespace

bool SweptPoint::ok() const
{
    return failed == 0 && std::all_of(runs.begin(), runs.end(), [](const auto& run) {
               return run.status == report::Status::ok;
           });
}

SweepPoint without(const SweepPoint& point, const std::vector<std::string>& keys)
{
    SweepPoint kept;
    for (const auto& text : point)
        if (std::find(keys.begin(), keys.end(), key_of(text)) == keys.end()) kept.push_back(text);
    return kept;
}

std::string sweep_csv(const std::vector<SweptPoint>& swept)
{
    const auto keys = keys_of(swept);
    std::string text = csv_line(headers(keys));
    for (const auto& one : swept)
        text += csv_line(cells(one, keys));
    return text;
}

std::map<std::string, std::string> sweep_plots(const std::vector<SweptPoint>& swept)
{
    std::map<std::string, std::string> plots;
    for (const auto& figure : figures())
        if (auto svg = plot(figure, swept); !svg.empty()) plots[figure.name] = std::move(svg);
    return plots;
}

std::string sweep_html(const std::string& title, const std::vector<SweptPoint>& swept)
{
    std::string page = report::html_head(title);
    const auto plots = sweep_plots(swept);
    for (const auto& figure : figures())
        if (const auto found = plots.find(figure.name); found != plots.end())
            page += report::html_section(figure.name, "", found->second);
    const auto keys = keys_of(swept);
    report::HtmlTable table(headers(keys), {});
    for (const auto& one : swept)
        table.row(cells(one, keys));
    return page + report::html_section("Points", "", table.str()) + report::html_foot();
}

}  // namespace imc::app
