// SPDX-License-Identifier: Apache-2.0
#include "report/timeline_file.h"

#include "common/error.h"
#include "report/run_result.h"
#include "report/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <tuple>

namespace imc::report {

namespace {

constexpr const char* header = "image,begin_ps,end_ps,layer,weights";

/// Order of layers in the file: "(shared)", then by layer number.
unsigned rank(LayerId layer)
{
    return layer == shared_layer ? 0 : layer + 1u;
}

/// Takes an unsigned number and the comma after it off the front of `line`; false if there is none.
bool take_number(std::string& line, std::uint64_t& value)
{
    const char* end = line.data() + line.size();
    const auto result = std::from_chars(line.data(), end, value);
    if (result.ec != std::errc() || result.ptr == end || *result.ptr != ',') return false;
    line.erase(0, static_cast<std::size_t>(result.ptr - line.data()) + 1);
    return true;
}

/// Takes the last field, which has no quotes, off the end of `line`; false if there is none.
bool drop_last(std::string& line)
{
    const std::size_t comma = line.rfind(',');
    if (comma == std::string::npos) return false;
    line.resize(comma);
    return true;
}

/// The rest of a line as one CSV field.
std::string unquoted(const std::string& field)
{
    if (field.size() < 2 || field.front() != '"') return field;
    std::string text;
    for (std::size_t i = 1; i + 1 < field.size(); ++i) {
        if (field[i] == '"') ++i;
        text += field[i];
    }
    return text;
}

}  // namespace

std::vector<TimelineSpan> timeline_spans(const trace::Timeline& timeline,
                                         const std::vector<std::string>& layer_names)
{
    std::vector<const trace::Timeline::Row*> rows;
    for (const auto& row : timeline.rows())
        rows.push_back(&row);
    std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
        return std::tuple(rank(a->layer), a->image) < std::tuple(rank(b->layer), b->image);
    });
    std::vector<TimelineSpan> spans;
    for (const auto* row : rows) {
        const std::string name =
            row->layer < layer_names.size() ? layer_names[row->layer] : shared_layer_name;
        for (const auto& span : row->spans.spans())
            spans.push_back({name, row->image, span.begin_ps, span.end_ps});
    }
    return spans;
}

void write_timeline(const std::vector<TimelineSpan>& spans, const std::string& weights,
                    const std::string& folder)
{
    std::string csv = std::string(header) + "\n";
    for (const TimelineSpan& span : spans)
        csv += std::to_string(span.image) + "," + std::to_string(span.begin_ps) + "," +
               std::to_string(span.end_ps) + "," + csv_field(span.layer) + "," + weights + "\n";
    write_text_file(folder + "/timeline.csv", csv);
}

std::vector<TimelineSpan> read_timeline(const std::string& folder, const std::string& written_by)
{
    const std::string path = folder + "/timeline.csv";
    std::vector<TimelineSpan> spans;
    if (!std::filesystem::exists(path)) return spans;
    std::istringstream lines(read_text_file(path));
    std::string line;
    if (!std::getline(lines, line) || line != header)
        throw InputError(
            fmt::format("{0}: was written by vp {1} with columns '{2}', this vp reads '{3}'; "
                        "repeat the run (vp "
                        "run {4}/scenario.lock.yaml --out {4}), or use that vp",
                        path, written_by, line, header, folder));
    for (std::size_t number = 2; std::getline(lines, line); ++number) {
        std::uint64_t image = 0;
        TimelineSpan span;
        const bool good = take_number(line, image) && take_number(line, span.begin_ps) &&
                          take_number(line, span.end_ps) && span.begin_ps <= span.end_ps &&
                          drop_last(line);
        if (!good)
            throw InputError(path + ":" + std::to_string(number) +
                             ": malformed line; repeat the run");
        span.image = static_cast<std::uint32_t>(image);
        span.layer = unquoted(line);
        spans.push_back(span);
    }
    return spans;
}

}  // namespace imc::report
