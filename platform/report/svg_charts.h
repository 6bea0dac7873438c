// SPDX-License-Identifier: Apache-2.0
/// Charts of reports, sweeps and docs, each a complete <svg> element.
#pragma once

#include <string>
#include <vector>

namespace imc::report {

/// Values of one colour, one a row.
struct BarSeries {
    std::string name, color;
    std::vector<double> values;
};

/// Rows of bars beside each other in panels; the series of a panel are stacked.
struct BarPanel {
    std::string title, unit;
    std::vector<BarSeries> series;
    double share = 1.0;    ///< of the width, beside the other panels
    double maximum = 0.0;  ///< of the axis; 0: the longest bar
};

/// Horizontal bars: row labels at the left, then the panels. All series have labels.size() values
/// >= 0.
std::string bar_chart(const std::vector<std::string>& labels, const std::vector<BarPanel>& panels,
                      double width = 960);

/// One bar cut into shares, with a legend that gives value and percentage. Entries of zero are left
/// out.
struct Share {
    std::string name, color;
    double value;
};
std::string share_chart(const std::vector<Share>& shares, const std::string& unit,
                        double width = 960);

/// Spans of time on labelled rows, from time 0 on.
struct GanttSpan {
    std::size_t row;
    double begin, end;  ///< s, >= 0
    std::size_t color;  ///< of series_color()
    std::string title;
};
std::string gantt_chart(const std::vector<std::string>& labels, const std::vector<GanttSpan>& spans,
                        const std::string& time_name = "time", double width = 960);

/// A line with optional error range.
struct LinePoint {
    double x, y;
    double low, high;  ///< equal to y: no range
};
struct LineSeries {
    std::string name;
    std::vector<LinePoint> points;
};
struct LineChart {
    std::string title, x_name, x_unit, y_name, y_unit;
    bool log_x = false, log_y = false;
    bool y_from_zero = false;
    std::vector<LineSeries> series;
};
/// An empty picture with its title if no series has a point.
std::string line_chart(const LineChart& chart, double width = 640, double height = 380);

}  // namespace imc::report
