// SPDX-License-Identifier: Apache-2.0
#include "report/svg_axis.h"
#include "report/svg_canvas.h"
#include "report/svg_charts.h"

#include <algorithm>

namespace imc::report {

std::string gantt_chart(const std::vector<std::string>& labels, const std::vector<GanttSpan>& spans,
                        const std::string& time_name, double width)
{
    constexpr double row_height = 18, bar_height = 12, top = 26;
    const LabelColumn column(labels);
    double last = 0.0;
    for (const GanttSpan& span : spans)
        last = std::max(last, span.end);
    const double bottom = top + row_height * static_cast<double>(labels.size());
    SvgCanvas canvas(width, bottom + 26);
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const double y = top + row_height * static_cast<double>(row);
        if (row % 2 == 1) canvas.rect(0, y, width, row_height, "#f5f7f9");
        column.draw(canvas, labels[row], y + 13);
    }
    const ScaledUnit unit = scaled_unit(last, "s");
    const Axis axis(0.0, last, column.width, width - 16);
    for (const double tick : axis.ticks(8)) {
        const double x = axis.pixel(tick);
        canvas.line(x, top - 6, x, bottom, color_grid);
        canvas.text(x, top - 10, tick_text(tick, unit), SvgCanvas::Anchor::middle, color_muted, 11);
    }
    canvas.line(column.width, top - 6, column.width, bottom, color_axis);
    for (const GanttSpan& span : spans) {
        const double x = axis.pixel(span.begin);
        const double y =
            top + row_height * static_cast<double>(span.row) + (row_height - bar_height) / 2;
        canvas.rect(x, y, std::max(0.5, axis.pixel(span.end) - x), bar_height,
                    series_color(span.color), span.title);
    }
    canvas.text(width - 16, bottom + 18, axis_title(time_name, unit), SvgCanvas::Anchor::end,
                color_muted, 12);
    return canvas.str("timeline");
}

}  // namespace imc::report
