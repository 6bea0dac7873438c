// SPDX-License-Identifier: Apache-2.0
#include "report/svg_axis.h"
#include "report/svg_canvas.h"
#include "report/svg_charts.h"
#include "report/units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace {

using namespace imc::report;

TEST(Units, PrefixKeepsOneToThreeDigitsBeforeThePoint)
{
    EXPECT_EQ(si(1.2346e-5, "s"), "12.35 µs");
    EXPECT_EQ(si(999.96e-6, "s"), "1.000 ms");
    EXPECT_EQ(si(0.0, "J"), "0 J");
    EXPECT_EQ(si(2.5e12, "OP/s", 3), "2.50 TOP/s");
    EXPECT_EQ(si(1234.5, "mm²"), "1234 mm²");  // areas take no prefix: it would be squared
    EXPECT_EQ(significant(std::numeric_limits<double>::infinity()), "-");
}

TEST(Units, CountsAreGrouped)
{
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(scaled_count(11173962), "11.2 M");
    EXPECT_EQ(count_text(2.5), "2.500");
    EXPECT_EQ(percent(0.0001), "< 0.1 %");
}

TEST(Axis, TicksAreRoundAndInside)
{
    EXPECT_EQ(linear_ticks(0.0, 10.0, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
    EXPECT_EQ(linear_ticks(47.0, 95.0, 6), (std::vector<double>{50, 60, 70, 80, 90}));
    const auto decades = log_ticks(0.5, 2000.0, 8);
    EXPECT_EQ(decades.front(), 1.0);
    EXPECT_EQ(decades.back(), 1000.0);
}

TEST(Axis, LogarithmicMiddleIsTheGeometricMean)
{
    const Axis axis(1.0, 100.0, 0.0, 200.0, true);
    EXPECT_DOUBLE_EQ(axis.pixel(10.0), 100.0);
}

/// Every opened tag is closed, nothing but SVG is in it, no script and no reference to elsewhere.
void expect_self_contained(const std::string& svg)
{
    EXPECT_EQ(svg.rfind("<svg", 0), 0u);
    EXPECT_NE(svg.find("</svg>"), std::string::npos);
    EXPECT_EQ(svg.find("<script"), std::string::npos);
    EXPECT_EQ(svg.find("href"), std::string::npos);
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(Charts, HoldUpWithoutDataAndWithZeros)
{
    expect_self_contained(bar_chart({}, {}));
    expect_self_contained(bar_chart({"a"}, {{"t", "s", {{"", "#000", {0.0}}}, 1.0, 0.0}}));
    expect_self_contained(share_chart({}, "J"));
    expect_self_contained(share_chart({{"a", "#000", 0.0}}, "J"));
    expect_self_contained(gantt_chart({"a"}, {}));
    expect_self_contained(line_chart({"t", "x", "", "y", "", false, false, false, {}}));
    expect_self_contained(
        line_chart({"t", "x", "", "y", "", true, true, false, {{"s", {{1, 5, 5, 5}}}}}));
}

/// Text of the y axis' labels: they end at the axis.
std::vector<std::string> labels_of(const std::string& svg)
{
    std::vector<std::string> labels;
    const std::string mark = "text-anchor=\"end\"";
    for (auto at = svg.find(mark); at != std::string::npos; at = svg.find(mark, at + 1)) {
        const auto begin = svg.find('>', at) + 1;
        labels.push_back(svg.substr(begin, svg.find('<', begin) - begin));
    }
    return labels;
}

TEST(Charts, WhatDiffersByPicosecondsIsFlatAndHasDistinctTicks)
{
    const double us = 109.2e-6, ps = 1e-12;
    const std::string svg =
        line_chart({"t",
                    "x",
                    "",
                    "y",
                    "s",
                    false,
                    false,
                    false,
                    {{"s", {{1, us, us, us}, {2, us + ps, us + ps, us + ps}}}}});
    auto labels = labels_of(svg);
    ASSERT_GE(labels.size(), 3u);
    std::sort(labels.begin(), labels.end());
    EXPECT_EQ(std::adjacent_find(labels.begin(), labels.end()), labels.end());
    // Both points at the same height to a tenth of a pixel.
    const auto first = svg.find("cy=\""), second = svg.find("cy=\"", first + 1);
    EXPECT_NEAR(std::stod(svg.substr(first + 4)), std::stod(svg.substr(second + 4)), 0.1);
}

TEST(Charts, NamesAreEscaped)
{
    const std::string svg = bar_chart({"<b>&"}, {{"t", "s", {{"", "#000", {1.0}}}, 1.0, 0.0}});
    EXPECT_EQ(svg.find("<b>"), std::string::npos);
    EXPECT_NE(svg.find("&lt;b&gt;&amp;"), std::string::npos);
}

TEST(Canvas, LongNamesKeepTheirEnd)
{
    EXPECT_EQ(shortened("conv1", 28), "conv1");
    EXPECT_EQ(shortened("abcdefghijklmnopqrstuvwxyz", 10), "abc…uvwxyz");
}

}  // namespace
