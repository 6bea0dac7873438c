// SPDX-License-Identifier: Apache-2.0
#include "report/compare.h"

#include "common/error.h"
#include "report/summary.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include <fmt/format.h>

namespace imc::report {

namespace {

std::string folder_name(const std::string& path)
{
    std::filesystem::path p = std::filesystem::path(path).lexically_normal();
    if (p.filename() == "summary.json") p = p.parent_path();
    return p.has_filename() ? p.filename().string() : p.parent_path().filename().string();
}

struct FigureKind {
    const char *name, *key, *unit;
    std::function<std::optional<double>(const RunResult&)> value;
};

const std::vector<FigureKind>& figure_kinds()
{
    using R = const RunResult&;
    static const std::vector<FigureKind> kinds{
        {"Latency per image", "latency_s", "s", [](R r) { return r.latency_s; }},
        {"First image's latency", "first_latency_s", "s", [](R r) { return r.first_latency_s; }},
        {"Interval of images", "interval_s", "s", [](R r) { return r.interval_s; }},
        {"Throughput", "throughput_ips", "images/s", [](R r) { return r.throughput_ips; }},
        {"Energy per image", "energy_j", "J", [](R r) { return r.energy_j; }},
        {"External energy", "external_energy_j", "J", [](R r) { return r.external_energy_j; }},
        {"Energy-delay product", "edp_js", "J·s", [](R r) { return r.edp_js; }},
        {"Power", "power_w", "W", [](R r) { return r.power_w; }},
        {"Area", "area_mm2", "mm²", [](R r) { return r.area_mm2; }},
        {"Rate", "ops_per_s", "OP/s", [](R r) { return r.tops * 1e12; }},
        {"Efficiency", "ops_per_s_per_w", "OP/s/W", [](R r) { return r.tops_per_w * 1e12; }},
        {"Tiles", "tiles", "", [](R r) { return r.platform.tiles; }},
        {"Mean weight bits", "weight_bits_mean", "bit",
         [](R r) { return r.quantization.weight_bits_mean; }},
        {"Setup latency", "setup_latency_s", "s", [](R r) { return r.setup.latency_s; }},
        {"Setup energy", "setup_energy_j", "J", [](R r) { return r.setup.energy_j; }},
        {"Top-1", "top1", "%",
         [](R r) {
             return r.accuracy ? std::optional<double>(100 * r.accuracy->top1) : std::nullopt;
         }},
        {"Mismatches", "mismatches", "", [](R r) {
             return r.reference.compared != 0
                        ? std::optional<double>(static_cast<double>(r.reference.mismatches))
                        : std::nullopt;
         }}};
    return kinds;
}

}  // namespace

std::vector<NamedRun> read_runs(const std::vector<std::string>& paths)
{
    if (paths.size() < 2)
        throw InputError("compare needs at least two runs; give the folders of finished runs");
    std::vector<NamedRun> runs;
    for (const std::string& path : paths) {
        RunResult result = read_summary(path);
        runs.push_back({result.scenario, std::move(result)});
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool twice = std::count_if(runs.begin(), runs.end(), [&](const NamedRun& run) {
                               return run.result.scenario == runs[i].result.scenario;
                           }) > 1;
        if (twice) runs[i].name = folder_name(paths[i]);
    }
    return runs;
}

std::optional<double> ComparedFigure::ratio(std::size_t i) const
{
    if (!values[0] || !values[i] || *values[0] == 0.0) return std::nullopt;
    return *values[i] / *values[0];
}

std::vector<std::string> unlike_conditions(const std::vector<NamedRun>& runs)
{
    std::vector<std::string> notes;
    const auto note = [&](const char* what, const char* consequence, auto value) {
        const auto first = value(runs.front().result);
        std::string values;
        bool differ = false;
        for (const NamedRun& run : runs) {
            differ = differ || value(run.result) != first;
            values +=
                fmt::format("{}{} in {}", values.empty() ? "" : ", ", value(run.result), run.name);
        }
        if (differ) notes.push_back(fmt::format("{}: {}; {}", what, values, consequence));
    };
    note("images",
         "latency_s is a mean over images that were announced together, so it and the energy-delay "
         "product grow with them; first_latency_s does not",
         [](const RunResult& r) { return r.images; });
    note("schedule", "layers overlap in one and not in the other",
         [](const RunResult& r) { return r.schedule; });
    const auto charges = [&](const char* mode) {
        return std::any_of(runs.begin(), runs.end(), [&](const NamedRun& run) {
            return run.result.platform.energy_mode == mode;
        });
    };
    if (charges("device") && charges("paper"))
        note("CAM energy",
             "device energy counts events without controller and periphery, paper energy is "
             "recalled power times busy time: they do not compare",
             [](const RunResult& r) {
                 return r.platform.energy_mode.empty() ? std::string("none")
                                                       : r.platform.energy_mode;
             });
    return notes;
}

std::vector<ComparedFigure> compared_figures(const std::vector<NamedRun>& runs)
{
    std::vector<ComparedFigure> figures;
    for (const FigureKind& kind : figure_kinds()) {
        ComparedFigure figure{kind.name, kind.key, kind.unit, {}};
        bool any = false;
        for (const NamedRun& run : runs) {
            figure.values.push_back(kind.value(run.result));
            any = any || figure.values.back();
        }
        if (any) figures.push_back(std::move(figure));
    }
    return figures;
}

std::vector<ComparedFigure> compared_components(const std::vector<NamedRun>& runs, bool external)
{
    std::vector<ComparedFigure> figures;
    for (std::size_t i = 0; i < runs.size(); ++i)
        for (const ComponentRow& row : runs[i].result.components) {
            const double energy_j = external ? row.external_energy_j : row.energy_j;
            if (external ? energy_j == 0.0 : energy_j == 0.0 && row.external_energy_j != 0.0)
                continue;
            auto figure = std::find_if(figures.begin(), figures.end(),
                                       [&](const ComparedFigure& f) { return f.name == row.name; });
            if (figure == figures.end())
                figure = figures.insert(figures.end(), {row.name, row.name, "J", {}});
            figure->values.resize(runs.size());
            figure->values[i] = energy_j;
        }
    return figures;
}

}  // namespace imc::report
