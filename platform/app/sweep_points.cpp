// SPDX-License-Identifier: Apache-2.0
#include "sweep_points.h"

#include "common/error.h"

#include <fstream>
#include <sstream>

namespace imc::app {

SweepAxis parse_axis(const std::string& text)
{
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
        throw InputError(text +
                         ": is not key.path=v1,v2; write such as platform.crossbar.adc_bits=4,6,8");
    SweepAxis axis{text.substr(0, equals), {""}};
    int depth = 0;
    for (const char c : text.substr(equals + 1)) {
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
        if (c == ',' && depth == 0)
            axis.values.emplace_back();
        else
            axis.values.back() += c;
    }
    for (const auto& value : axis.values) {
        if (value.empty()) throw InputError(text + ": has an empty value; remove the extra comma");
    }
    return axis;
}

std::vector<SweepPoint> grid_points(const std::vector<SweepAxis>& axes)
{
    std::vector<SweepPoint> points{{}};
    for (const auto& axis : axes) {
        std::vector<SweepPoint> longer;
        for (const auto& point : points) {
            for (const auto& value : axis.values) {
                longer.push_back(point);
                longer.back().push_back(axis.key + "=" + value);
            }
        }
        points.swap(longer);
    }
    return points;
}

std::string key_of(const std::string& override_text)
{
    return override_text.substr(0, override_text.find('='));
}

std::string value_of(const std::string& override_text)
{
    return override_text.substr(override_text.find('=') + 1);
}

std::vector<SweepPoint> list_points(const std::string& path)
{
    std::ifstream in(path);
    if (!in) throw InputError(path + ": cannot be opened; give a file with a point a line");
    std::vector<SweepPoint> points;
    std::string line;
    while (std::getline(in, line)) {
        std::istringstream words(line);
        std::vector<SweepAxis> axes;
        for (std::string word; words >> word && (word[0] != '#' || !axes.empty());)
            axes.push_back(parse_axis(word));
        if (axes.empty()) continue;
        for (auto& point : grid_points(axes))
            points.push_back(std::move(point));
    }
    if (points.empty())
        throw InputError(path +
                         ": has no points; write overrides such as run.images=4 on each line");
    return points;
}

}  // namespace imc::app
