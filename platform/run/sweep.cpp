// SPDX-License-Identifier: Apache-2.0
#include "run/sweep.h"

#include "common/error.h"
#include "report/statistics.h"
#include "report/svg_charts.h"
#include "report/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <map>

namespace imc::run {

namespace {

std::string safe_name(const std::string& text)
{
    std::string name = text;
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = '_';
    return name;
}

std::string value_of(const std::string& override_text)
{
    return override_text.substr(override_text.find('=') + 1);
}

std::optional<double> number(const std::string& text)
{
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end != '\0') return std::nullopt;
    return value;
}

/// First axis whose values are all numbers; the first axis if there is none.
std::size_t number_axis(const std::vector<Axis>& axes)
{
    for (std::size_t a = 0; a < axes.size(); ++a)
        if (std::all_of(axes[a].values.begin(), axes[a].values.end(),
                        [](const std::string& v) { return number(v).has_value(); }))
            return a;
    return 0;
}

using Reading = std::function<std::optional<report::LinePoint>(double x, const report::RunResult&)>;

std::string chart(const std::string& title, const std::string& unit, const std::vector<Axis>& axes,
                  const std::vector<Outcome>& outcomes, const Reading& read)
{
    const std::size_t across = number_axis(axes);
    std::map<std::string, report::LineSeries> lines;
    for (const auto& outcome : outcomes) {
        if (!outcome.result) continue;
        const std::string& at = outcome.point.overrides[across];
        const auto& values = axes[across].values;
        const double place = static_cast<double>(
            std::find(values.begin(), values.end(), value_of(at)) - values.begin());
        const auto point = read(number(value_of(at)).value_or(place), *outcome.result);
        if (!point) continue;
        std::string name;
        for (std::size_t a = 0; a < axes.size(); ++a)
            if (a != across)
                name += (name.empty() ? "" : ", ") + value_of(outcome.point.overrides[a]);
        lines[name].name = name;
        lines[name].points.push_back(*point);
    }
    report::LineChart picture;
    picture.title = title;
    picture.x_name = axes[across].key;
    picture.y_name = title;
    picture.y_unit = unit;
    for (auto& [name, line] : lines)
        picture.series.push_back(std::move(line));
    return report::line_chart(picture, 760, 420);
}

std::optional<report::LinePoint> accuracy_point(double x, const report::RunResult& result)
{
    if (!result.accuracy) return std::nullopt;
    const auto [low, high] =
        report::wilson_interval(result.accuracy->top1, result.accuracy->images);
    return report::LinePoint{x, 100.0 * result.accuracy->top1, 100.0 * low, 100.0 * high};
}

}  // namespace

Axis parse_axis(const std::string& text)
{
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        throw InputError("sweep: '" + text + "' is no axis; write key.path=value,value,...");
    Axis axis{text.substr(0, equals), {}};
    for (std::size_t begin = equals + 1; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        if (end == begin) throw InputError("sweep: '" + text + "' has an empty value");
        axis.values.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return axis;
}

std::vector<Point> grid(const std::vector<Axis>& axes)
{
    std::vector<Point> points{Point{}};
    for (const auto& axis : axes) {
        std::vector<Point> longer;
        for (const auto& point : points)
            for (const auto& value : axis.values) {
                Point next = point;
                next.overrides.push_back(axis.key + "=" + value);
                next.folder += (next.folder.empty() ? "" : "_") + safe_name(value);
                longer.push_back(std::move(next));
            }
        points = std::move(longer);
    }
    return points;
}

std::string sweep_csv(const std::vector<Axis>& axes, const std::vector<Outcome>& outcomes)
{
    std::string csv;
    for (const auto& axis : axes)
        csv += report::csv_field(axis.key) + ",";
    csv +=
        "status,top1,top1_low,top1_high,float_top1,images,latency_s,throughput_ips,energy_j,area_"
        "mm2,mismatches\n";
    for (const auto& outcome : outcomes) {
        for (const auto& text : outcome.point.overrides)
            csv += report::csv_field(value_of(text)) + ",";
        if (!outcome.result) {
            csv += "failed,,,,,,,,,,\n";
            continue;
        }
        const auto& r = *outcome.result;
        csv += report::to_string(r.status);
        if (r.accuracy) {
            const auto [low, high] = report::wilson_interval(r.accuracy->top1, r.accuracy->images);
            csv += fmt::format(
                ",{},{},{},{}", r.accuracy->top1, low, high,
                r.accuracy->float_top1 ? fmt::format("{}", *r.accuracy->float_top1) : "");
        } else {
            csv += ",,,,";
        }
        csv += fmt::format(",{},{},{},{},{},{}\n", r.images, r.latency_s, r.throughput_ips,
                           r.energy_j, r.area_mm2, r.reference.mismatches);
    }
    return csv;
}

std::string sweep_html(const std::string& title, const std::vector<Axis>& axes,
                       const std::vector<Outcome>& outcomes)
{
    const bool known = std::any_of(outcomes.begin(), outcomes.end(),
                                   [](const Outcome& o) { return o.result && o.result->accuracy; });
    std::string page = fmt::format(
        "<!DOCTYPE html><html lang=\"en\"><head><meta "
        "charset=\"utf-8\"><title>{0}</title><style>body{{font-family:sans-serif;"
        "max-width:60rem;margin:2rem auto}}svg{{display:block;margin:1rem "
        "0}}</style></head><body><h1>{0}</h1>\n",
        report::html_escape(title));
    if (known) page += chart("top-1 accuracy", "%", axes, outcomes, accuracy_point);
    page +=
        chart("energy per image", "J", axes, outcomes, [](double x, const report::RunResult& r) {
            return report::LinePoint{x, r.energy_j, r.energy_j, r.energy_j};
        });
    page +=
        chart("latency per image", "s", axes, outcomes, [](double x, const report::RunResult& r) {
            return report::LinePoint{x, r.latency_s, r.latency_s, r.latency_s};
        });
    return page + "</body></html>\n";
}

}  // namespace imc::run
