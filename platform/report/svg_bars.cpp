// SPDX-License-Identifier: Apache-2.0
#include "report/svg_axis.h"
#include "report/svg_canvas.h"
#include "report/svg_charts.h"

#include <algorithm>

namespace imc::report {

namespace {

using Anchor = SvgCanvas::Anchor;

constexpr double row_height = 18, bar_height = 12, header_height = 44, panel_gap = 28;

double stacked_maximum(const BarPanel& panel, std::size_t rows)
{
    double maximum = 0.0;
    for (std::size_t row = 0; row < rows; ++row) {
        double sum = 0.0;
        for (const BarSeries& series : panel.series)
            sum += series.values.at(row);
        maximum = std::max(maximum, sum);
    }
    return maximum;
}

void draw_axis(SvgCanvas& canvas, const BarPanel& panel, const Axis& axis, const ScaledUnit& unit,
               double left, double bottom)
{
    canvas.text(left, 14, axis_title(panel.title, unit), Anchor::start, color_text, 13, true);
    for (const double tick : axis.ticks(panel.share < 0.5 ? 2 : 4)) {
        const double x = axis.pixel(tick);
        canvas.line(x, header_height - 6, x, bottom, color_grid);
        canvas.text(x, header_height - 10, tick_text(tick, unit), Anchor::middle, color_muted, 11);
    }
    canvas.line(left, header_height - 6, left, bottom, color_axis);
}

void draw_panel(SvgCanvas& canvas, const std::vector<std::string>& labels, const BarPanel& panel,
                double left, double right)
{
    const double maximum =
        panel.maximum > 0 ? panel.maximum : stacked_maximum(panel, labels.size());
    const ScaledUnit unit = scaled_unit(maximum, panel.unit);
    const Axis axis(0.0, maximum, left, right);
    draw_axis(canvas, panel, axis, unit, left,
              header_height + row_height * static_cast<double>(labels.size()));
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const double y =
            header_height + row_height * static_cast<double>(row) + (row_height - bar_height) / 2;
        double from = 0.0;
        for (const BarSeries& series : panel.series) {
            const double value = series.values.at(row);
            if (value <= 0) continue;
            const double x = axis.pixel(from);
            const std::string name = series.name.empty() ? "" : ", " + series.name;
            canvas.rect(x, y, std::max(0.3, axis.pixel(from + value) - x), bar_height, series.color,
                        labels[row] + name + ": " + si(value, panel.unit));
            from += value;
        }
    }
}

/// Names and colours of the panels' series that have names, each once.
std::vector<std::pair<std::string, std::string>> legend_of(const std::vector<BarPanel>& panels)
{
    std::vector<std::pair<std::string, std::string>> legend;
    for (const BarPanel& panel : panels)
        for (const BarSeries& series : panel.series)
            if (!series.name.empty() &&
                std::find(legend.begin(), legend.end(), std::pair{series.name, series.color}) ==
                    legend.end())
                legend.emplace_back(series.name, series.color);
    return legend;
}

/// Draws legend entries in lines from `top` on; returns the height used. Draws nothing for a null
/// canvas.
double draw_legend(SvgCanvas* canvas,
                   const std::vector<std::pair<std::string, std::string>>& entries, double left,
                   double right, double top)
{
    double x = left, y = top + 12;
    for (const auto& [name, color] : entries) {
        const double needed = 18 + text_width(name) + 18;
        if (x + needed > right && x > left) {
            x = left;
            y += 18;
        }
        if (canvas != nullptr) {
            canvas->rect(x, y - 9, 11, 11, color);
            canvas->text(x + 16, y + 1, name);
        }
        x += needed;
    }
    return entries.empty() ? 0.0 : y + 10 - top;
}

}  // namespace

std::string bar_chart(const std::vector<std::string>& labels, const std::vector<BarPanel>& panels,
                      double width)
{
    const double bottom = header_height + row_height * static_cast<double>(labels.size());
    const auto legend = legend_of(panels);
    const LabelColumn column(labels);
    const double legend_height = draw_legend(nullptr, legend, column.width, width, 0);
    SvgCanvas canvas(width, bottom + 10 + legend_height);
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const double y = header_height + row_height * static_cast<double>(row);
        if (row % 2 == 1) canvas.rect(0, y, width, row_height, "#f5f7f9");
        column.draw(canvas, labels[row], y + 13);
    }
    double shares = 0.0;
    for (const BarPanel& panel : panels)
        shares += panel.share;
    const double room =
        width - column.width - 16 - panel_gap * static_cast<double>(panels.size() - 1);
    double left = column.width;
    for (const BarPanel& panel : panels) {
        const double right = left + room * panel.share / shares;
        draw_panel(canvas, labels, panel, left, right);
        left = right + panel_gap;
    }
    draw_legend(&canvas, legend, column.width, width, bottom + 8);
    return canvas.str(panels.empty() ? "bars" : panels.front().title + " by row");
}

std::string share_chart(const std::vector<Share>& shares, const std::string& unit, double width)
{
    double total = 0.0;
    for (const Share& share : shares)
        total += share.value;
    std::vector<std::pair<std::string, std::string>> legend;
    for (const Share& share : shares)
        if (share.value > 0)
            legend.emplace_back(
                share.name + "  " + si(share.value, unit, 3) + "  " + percent(share.value / total),
                share.color);
    SvgCanvas canvas(width, 36 + draw_legend(nullptr, legend, 0, width, 0) + 6);
    const Axis axis(0.0, total, 0, width);
    double from = 0.0;
    for (const Share& share : shares) {
        if (share.value <= 0) continue;
        const double x = axis.pixel(from), right = axis.pixel(from += share.value);
        canvas.rect(
            x, 0, std::max(0.3, right - x), 28, share.color,
            share.name + ": " + si(share.value, unit) + ", " + percent(share.value / total));
        const std::string inside = percent(share.value / total);
        if (right - x > text_width(inside) + 8)
            canvas.text((x + right) / 2, 18, inside, Anchor::middle, "#ffffff", 12, true);
    }
    draw_legend(&canvas, legend, 0, width, 36);
    return canvas.str("shares");
}

}  // namespace imc::report
