// SPDX-License-Identifier: Apache-2.0
#include "report/svg_canvas.h"

#include "report/text_file.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace imc::report {

namespace {

constexpr double label_gap = 16;  ///< around the labels of rows

/// Coordinates to a hundredth of a pixel: small files, equal bytes everywhere.
std::string px(double value)
{
    const double rounded = std::round(value * 100) / 100;
    return exact_number(rounded == 0.0 ? 0.0 : rounded);
}

std::string path_points(const std::vector<SvgCanvas::Point>& points)
{
    std::string text;
    for (const auto& point : points)
        text += (text.empty() ? "" : " ") + px(point.x) + "," + px(point.y);
    return text;
}

std::string closed_with(const std::string& element, const std::string& title)
{
    if (title.empty()) return "/>\n";
    return "><title>" + html_escape(title) + "</title></" + element + ">\n";
}

/// Characters of UTF-8 text.
std::size_t characters(const std::string& text)
{
    std::size_t n = 0;
    for (const char c : text)
        n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return n;
}

}  // namespace

const std::string& series_color(std::size_t index)
{
    static const std::array<std::string, 10> colors{"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                                    "#56b4e9", "#d55e00", "#8c6bb1", "#b8a900",
                                                    "#5b6b7a", "#b0bac4"};
    return colors[index % colors.size()];
}

void SvgCanvas::rect(double x, double y, double width, double height, const std::string& fill,
                     const std::string& title)
{
    m_body += "<rect x=\"" + px(x) + "\" y=\"" + px(y) + "\" width=\"" + px(width) +
              "\" height=\"" + px(height) + "\" fill=\"" + fill + "\"" + closed_with("rect", title);
}

void SvgCanvas::line(double x1, double y1, double x2, double y2, const std::string& stroke,
                     double stroke_width)
{
    m_body += "<line x1=\"" + px(x1) + "\" y1=\"" + px(y1) + "\" x2=\"" + px(x2) + "\" y2=\"" +
              px(y2) + "\" stroke=\"" + stroke + "\" stroke-width=\"" + px(stroke_width) + "\"/>\n";
}

void SvgCanvas::polyline(const std::vector<Point>& points, const std::string& stroke,
                         double stroke_width)
{
    m_body += "<polyline points=\"" + path_points(points) + "\" fill=\"none\" stroke=\"" + stroke +
              "\" stroke-width=\"" + px(stroke_width) + "\" stroke-linejoin=\"round\"/>\n";
}

void SvgCanvas::polygon(const std::vector<Point>& points, const std::string& fill, double opacity)
{
    m_body += "<polygon points=\"" + path_points(points) + "\" fill=\"" + fill +
              "\" fill-opacity=\"" + px(opacity) + "\"/>\n";
}

void SvgCanvas::circle(double x, double y, double radius, const std::string& fill,
                       const std::string& title)
{
    m_body += "<circle cx=\"" + px(x) + "\" cy=\"" + px(y) + "\" r=\"" + px(radius) + "\" fill=\"" +
              fill + "\"" + closed_with("circle", title);
}

void SvgCanvas::text(double x, double y, const std::string& text, Anchor anchor,
                     const std::string& fill, double size, bool bold, bool rotated)
{
    m_body += "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" fill=\"" + fill + "\" font-size=\"" +
              px(size) + "\"";
    if (anchor != Anchor::start)
        m_body +=
            std::string(" text-anchor=\"") + (anchor == Anchor::middle ? "middle" : "end") + "\"";
    if (bold) m_body += " font-weight=\"600\"";
    if (rotated) m_body += " transform=\"rotate(-90 " + px(x) + " " + px(y) + ")\"";
    m_body += ">" + html_escape(text) + "</text>\n";
}

std::string SvgCanvas::str(const std::string& description) const
{
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + px(m_width) + " " +
           px(m_height) + "\" width=\"" + px(m_width) + "\" height=\"" + px(m_height) +
           "\" font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif\" "
           "role=\"img\" aria-label=\"" +
           html_escape(description) + "\">\n" + m_body + "</svg>\n";
}

double text_width(const std::string& text, double size)
{
    return 0.54 * size * static_cast<double>(characters(text));
}

std::string shortened(const std::string& text, std::size_t limit)
{
    if (characters(text) <= limit || limit < 4) return text;
    const std::size_t tail =
        (limit - 1) * 2 / 3;  // the end of a layer's name tells more than its beginning
    std::size_t begin = text.size(), kept = 0;
    while (begin > 0 && kept < tail)
        kept += (static_cast<unsigned char>(text[--begin]) & 0xC0) != 0x80;
    std::size_t head = 0;
    for (std::size_t n = 0; head < begin; ++head)
        if ((static_cast<unsigned char>(text[head]) & 0xC0) != 0x80 && ++n > limit - 1 - tail)
            break;
    return text.substr(0, head) + "…" + text.substr(begin);
}

LabelColumn::LabelColumn(const std::vector<std::string>& labels)
{
    constexpr double least = 190, most = 330;  // of charts 960 px wide
    double longest = 0.0;
    for (const std::string& label : labels)
        longest = std::max(longest, text_width(label));
    width = std::clamp(longest + label_gap, least, most);
}

void LabelColumn::draw(SvgCanvas& canvas, const std::string& label, double baseline) const
{
    const auto room = static_cast<std::size_t>(std::lround((width - label_gap) / text_width("x")));
    canvas.text(width - 8, baseline, shortened(label, room), SvgCanvas::Anchor::end);
}

}  // namespace imc::report
