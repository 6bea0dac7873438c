// SPDX-License-Identifier: Apache-2.0
#include "report/svg_axis.h"
#include "report/svg_canvas.h"
#include "report/svg_charts.h"

#include <algorithm>

namespace imc::report {

std::string gantt_chart(const std::vector<std::string>& labels, const std::vector<GanttSpan>& spans,
                        double width)
{
    constexpr double row_height = 18, bar_height = 12, top = 26, label_width = 190;
    double first = spans.empty() ? 0.0 : spans.front().begin, last = first;
    for (const GanttSpan& span : spans) {
        first = std::min(first, span.begin);
        last = std::max(last, span.end);
    }
    const double bottom = top + row_height * static_cast<double>(labels.size());
    SvgCanvas canvas(width, bottom + 26);
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const double y = top + row_height * static_cast<double>(row);
        if (row % 2 == 1) canvas.rect(0, y, width, row_height, "#f5f7f9");
        canvas.text(label_width - 8, y + 13, shortened(labels[row], 28), SvgCanvas::Anchor::end);
    }
    const ScaledUnit unit = scaled_unit(last - first, "s");
    const Axis axis(0.0, last - first, label_width, width - 16);
    for (const double tick : axis.ticks(8)) {
        const double x = axis.pixel(tick);
        canvas.line(x, top - 6, x, bottom, color_grid);
        canvas.text(x, top - 10, tick_text(tick, unit), SvgCanvas::Anchor::middle, color_muted, 11);
    }
    canvas.line(label_width, top - 6, label_width, bottom, color_axis);
    for (const GanttSpan& span : spans) {
        const double x = axis.pixel(span.begin - first);
        const double y =
            top + row_height * static_cast<double>(span.row) + (row_height - bar_height) / 2;
        canvas.rect(x, y, std::max(0.5, axis.pixel(span.end - first) - x), bar_height,
                    series_color(span.color), span.title);
    }
    canvas.text(width - 16, bottom + 18, axis_title("time", unit), SvgCanvas::Anchor::end,
                color_muted, 12);
    return canvas.str("timeline");
}

}  // namespace imc::report
