// SPDX-License-Identifier: Apache-2.0
#include "report/svg_axis.h"
#include "report/svg_canvas.h"
#include "report/svg_charts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace imc::report {

namespace {

using Anchor = SvgCanvas::Anchor;

struct Range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    void take(double value)
    {
        low = std::min(low, value);
        high = std::max(high, value);
    }
};

/// At least 2 % of the values: what differs by less is drawn as flat as it is.
Range with_least_span(Range range)
{
    const double least = 0.02 * std::max(std::abs(range.low), std::abs(range.high));
    const double missing = least - (range.high - range.low);
    return missing > 0 ? Range{range.low - missing / 2, range.high + missing / 2} : range;
}

/// Air above and below, none beyond zero; factors where the axis is logarithmic.
Range padded(Range range, bool logarithmic, bool from_zero)
{
    if (logarithmic && range.low > 0) return {range.low / 1.2, range.high * 1.2};
    if (from_zero && range.low >= 0) range.low = 0.0;
    range = with_least_span(range);
    double air = 0.06 * (range.high - range.low);
    if (air == 0.0) air = range.high == 0.0 ? 1.0 : 0.1 * std::abs(range.high);
    return {range.low >= 0 ? std::max(0.0, range.low - air) : range.low - air, range.high + air};
}

struct Frame {
    double left, right, top, bottom;
};

/// The measured places themselves where they are few and apart, else round numbers.
std::vector<double> x_ticks(const LineChart& chart, const Axis& axis)
{
    std::set<double> places;
    for (const LineSeries& series : chart.series)
        for (const LinePoint& point : series.points)
            places.insert(point.x);
    if (places.size() > 10) return axis.ticks(8);
    double before = -1e9;
    for (const double place : places) {
        if (axis.pixel(place) - before < 34) return axis.ticks(8);
        before = axis.pixel(place);
    }
    return {places.begin(), places.end()};
}

void draw_grid(SvgCanvas& canvas, const LineChart& chart, const Axis& x, const Axis& y,
               const Frame& frame)
{
    const ScaledUnit x_unit = scaled_unit(x.high(), chart.x_unit),
                     y_unit = scaled_unit(y.high(), chart.y_unit);
    for (const double tick : y.ticks(6)) {
        canvas.line(frame.left, y.pixel(tick), frame.right, y.pixel(tick), color_grid);
        canvas.text(frame.left - 7, y.pixel(tick) + 4, tick_text(tick, y_unit), Anchor::end,
                    color_muted, 11);
    }
    for (const double tick : x_ticks(chart, x)) {
        canvas.line(x.pixel(tick), frame.bottom, x.pixel(tick), frame.bottom + 4, color_axis);
        canvas.text(x.pixel(tick), frame.bottom + 18, tick_text(tick, x_unit), Anchor::middle,
                    color_muted, 11);
    }
    canvas.line(frame.left, frame.bottom, frame.right, frame.bottom, color_axis);
    canvas.line(frame.left, frame.top, frame.left, frame.bottom, color_axis);
    canvas.text((frame.left + frame.right) / 2, frame.bottom + 38, axis_title(chart.x_name, x_unit),
                Anchor::middle);
    canvas.text(16, (frame.top + frame.bottom) / 2, axis_title(chart.y_name, y_unit),
                Anchor::middle, color_text, 12, false, true);
}

void draw_series(SvgCanvas& canvas, const LineSeries& series, const LineChart& chart, const Axis& x,
                 const Axis& y, const std::string& color)
{
    std::vector<SvgCanvas::Point> line;
    for (const LinePoint& point : series.points) {
        line.push_back({x.pixel(point.x), y.pixel(point.y)});
        if (point.low == point.high) continue;
        const double at = x.pixel(point.x);
        canvas.line(at, y.pixel(point.low), at, y.pixel(point.high), color, 1.2);
        for (const double end : {point.low, point.high})
            canvas.line(at - 3, y.pixel(end), at + 3, y.pixel(end), color, 1.2);
    }
    if (line.size() > 1) canvas.polyline(line, color);
    for (std::size_t i = 0; i < line.size(); ++i)
        canvas.circle(line[i].x, line[i].y, 3.2, color,
                      (series.name.empty() ? "" : series.name + ": ") +
                          si(series.points[i].x, chart.x_unit) + ", " +
                          si(series.points[i].y, chart.y_unit));
}

}  // namespace

std::string line_chart(const LineChart& chart, double width, double height)
{
    SvgCanvas canvas(width, height);
    canvas.text(62, 18, chart.title, Anchor::start, color_text, 14, true);
    Range x_range, y_range;
    double legend_width = 0.0;
    for (const LineSeries& series : chart.series) {
        if (!series.name.empty())
            legend_width = std::max(legend_width, 30 + text_width(series.name));
        for (const LinePoint& point : series.points) {
            x_range.take(point.x);
            for (const double value : {point.y, point.low, point.high})
                y_range.take(value);
        }
    }
    if (x_range.low > x_range.high) return canvas.str(chart.title);
    const Frame frame{62, width - 16 - legend_width, 32, height - 48};
    const Range xs = chart.log_x ? padded(x_range, true, false) : x_range,
                ys = padded(y_range, chart.log_y, chart.y_from_zero);
    const Axis x(xs.low, xs.high, frame.left + 10, frame.right - 10, chart.log_x);
    const Axis y(ys.low, ys.high, frame.bottom, frame.top, chart.log_y);
    draw_grid(canvas, chart, x, y, frame);
    double legend_y = frame.top + 10;
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        draw_series(canvas, chart.series[i], chart, x, y, series_color(i));
        if (chart.series[i].name.empty()) continue;
        canvas.line(frame.right + 8, legend_y - 4, frame.right + 24, legend_y - 4, series_color(i),
                    3);
        canvas.text(frame.right + 30, legend_y, chart.series[i].name);
        legend_y += 18;
    }
    return canvas.str(chart.title);
}

}  // namespace imc::report
