// SPDX-License-Identifier: Apache-2.0
/// The few SVG shapes that charts are made of. No script; colours and sizes as attributes, so that
/// a picture stands alone.
#pragma once

#include <string>
#include <vector>

namespace imc::report {

/// Colours that stay apart for colour-blind readers and in print (Okabe and Ito 2008, black
/// replaced by grey at the end).
const std::string& series_color(std::size_t index);

constexpr const char* color_text = "#1f2933";
constexpr const char* color_muted = "#66727f";
constexpr const char* color_grid = "#e1e6eb";
constexpr const char* color_axis = "#9aa5b1";

class SvgCanvas {
public:
    enum class Anchor { start, middle, end };
    struct Point {
        double x, y;
    };

    SvgCanvas(double width, double height) : m_width(width), m_height(height) {}

    /// `title` is shown when the pointer rests on the shape; "" for none.
    void rect(double x, double y, double width, double height, const std::string& fill,
              const std::string& title = "");
    void line(double x1, double y1, double x2, double y2, const std::string& stroke,
              double stroke_width = 1);
    void polyline(const std::vector<Point>& points, const std::string& stroke,
                  double stroke_width = 2);
    void polygon(const std::vector<Point>& points, const std::string& fill, double opacity);
    void circle(double x, double y, double radius, const std::string& fill,
                const std::string& title = "");
    void text(double x, double y, const std::string& text, Anchor anchor = Anchor::start,
              const std::string& fill = color_text, double size = 12, bool bold = false,
              bool rotated = false);

    /// The whole <svg> element.
    std::string str(const std::string& description) const;

private:
    double m_width, m_height;
    std::string m_body;
};

/// Width of `text` in px at `size`, by the mean advance of common sans-serif fonts (0.54 em).
double text_width(const std::string& text, double size = 12);

/// `text` cut in the middle to at most `characters`, with an ellipsis.
std::string shortened(const std::string& text, std::size_t characters);

/// The column of row labels at the left of a chart: as wide as the longest label needs, within
/// bounds that leave room for the chart; labels beyond that are shortened.
struct LabelColumn {
    explicit LabelColumn(const std::vector<std::string>& labels);
    /// Writes `label` against the right edge of the column.
    void draw(SvgCanvas& canvas, const std::string& label, double baseline) const;
    double width;
};

}  // namespace imc::report
