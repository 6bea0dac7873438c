// SPDX-License-Identifier: Apache-2.0
#include "sweep_table.h"

#include "report/html_parts.h"
#include "report/statistics.h"
#include "report/svg_charts.h"
#include "report/text_file.h"

#include <charconv>
#include <functional>

namespace imc::app {

namespace {

using report::RunResult;

std::string key_of(const std::string& override_text)
{
    return override_text.substr(0, override_text.find('='));
}

std::string value_of(const std::string& override_text)
{
    return override_text.substr(override_text.find('=') + 1);
}

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
        {"latency_s", "s", [](const RunResult& r) { return std::optional(r.latency_s); }},
        {"throughput_ips", "1/s",
         [](const RunResult& r) { return std::optional(r.throughput_ips); }},
        {"energy_j", "J", [](const RunResult& r) { return std::optional(r.energy_j); }},
        {"edp_js", "Js", [](const RunResult& r) { return std::optional(r.edp_js); }},
        {"tops_per_w", "TOP/s/W", [](const RunResult& r) { return std::optional(r.tops_per_w); }},
        {"area_mm2", "mm²", [](const RunResult& r) { return std::optional(r.area_mm2); }},
    };
    return all;
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

std::string series_name(const SweepPoint& point)
{
    std::string name;
    for (std::size_t i = 0; i + 1 < point.size(); ++i)
        name += (i ? ", " : "") + point[i];
    return name.empty() ? "all" : name;
}

report::LinePoint line_point(const RunResult& result, const Figure& figure, double x, double y)
{
    if (std::string(figure.name) != "top1") return {x, y, y, y};
    const auto [low, high] = report::wilson_interval(y, result.accuracy->images);
    return {x, y, low, high};
}

std::string plot(const Figure& figure, const std::vector<SweptPoint>& swept)
{
    report::LineChart chart;
    chart.title = figure.name;
    chart.x_name = key_of(swept.front().point.back());
    chart.y_name = figure.name;
    chart.y_unit = figure.unit;
    XAxis axis;
    for (const auto& one : swept) {
        const double x = axis.at(value_of(one.point.back()));
        const auto y = one.result ? figure.get(*one.result) : std::nullopt;
        if (!y) continue;
        const std::string name = series_name(one.point);
        if (chart.series.empty() || chart.series.back().name != name)
            chart.series.push_back({name, {}});
        chart.series.back().points.push_back(line_point(*one.result, figure, x, *y));
    }
    return chart.series.empty() ? "" : report::line_chart(chart);
}

}  // namespace

std::string sweep_csv(const std::vector<SweptPoint>& swept)
{
    std::string text;
    for (const auto& override_text : swept.front().point)
        text += report::csv_field(key_of(override_text)) + ",";
    text += "status,images";
    for (const auto& figure : figures())
        text += std::string(",") + figure.name;
    text += ",mismatches\n";
    for (const auto& one : swept) {
        for (const auto& override_text : one.point)
            text += report::csv_field(value_of(override_text)) + ",";
        text += one.result ? report::to_string(one.result->status) : "failed";
        text += "," + (one.result ? std::to_string(one.result->images) : "");
        for (const auto& figure : figures()) {
            const auto value = one.result ? figure.get(*one.result) : std::nullopt;
            text += "," + (value ? report::exact_number(*value) : "");
        }
        text += "," + (one.result ? std::to_string(one.result->reference.mismatches) : "") + "\n";
    }
    return text;
}

std::string sweep_html(const std::string& title, const std::vector<SweptPoint>& swept)
{
    std::string page = report::html_head(title);
    for (const auto& figure : figures()) {
        const std::string svg = plot(figure, swept);
        if (!svg.empty()) page += report::html_section(figure.name, "", svg);
    }
    std::vector<std::string> headers;
    for (const auto& override_text : swept.front().point)
        headers.push_back(key_of(override_text));
    for (const auto& figure : figures())
        headers.emplace_back(figure.name);
    report::HtmlTable table(headers, {});
    for (const auto& one : swept) {
        std::vector<std::string> cells;
        for (const auto& override_text : one.point)
            cells.push_back(value_of(override_text));
        for (const auto& figure : figures()) {
            const auto value = one.result ? figure.get(*one.result) : std::nullopt;
            cells.push_back(value ? report::exact_number(*value) : "-");
        }
        table.row(cells);
    }
    return page + report::html_section("Points", "", table.str()) + report::html_foot();
}

}  // namespace imc::app
