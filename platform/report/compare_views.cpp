// SPDX-License-Identifier: Apache-2.0
#include "report/compare.h"
#include "report/html_parts.h"
#include "report/svg_canvas.h"
#include "report/svg_charts.h"
#include "report/text_file.h"
#include "report/text_table.h"
#include "report/units.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace imc::report {

namespace {

/// E.g. "12.3 µs (1.45x)"; the first run has no ratio.
std::string cell(const ComparedFigure& figure, std::size_t i)
{
    if (!figure.values[i]) return "-";
    const std::string value =
        figure.unit.empty() ? count_text(*figure.values[i]) : si(*figure.values[i], figure.unit);
    const auto ratio = i == 0 ? std::nullopt : figure.ratio(i);
    return ratio ? value + " (" + significant(*ratio, 3) + "x)" : value;
}

std::vector<std::string> headers(const char* first, const std::vector<NamedRun>& runs)
{
    std::vector<std::string> names{first};
    for (const NamedRun& run : runs)
        names.push_back(run.name);
    return names;
}

std::vector<std::string> cells(const ComparedFigure& figure)
{
    std::vector<std::string> texts{figure.name};
    for (std::size_t i = 0; i < figure.values.size(); ++i)
        texts.push_back(cell(figure, i));
    return texts;
}

std::string html_table(const char* first, const std::vector<NamedRun>& runs,
                       const std::vector<ComparedFigure>& figures)
{
    HtmlTable table(headers(first, runs), {0});
    for (const ComparedFigure& figure : figures)
        table.row(cells(figure));
    return table.str();
}

/// Components with energy, the one that is largest in any run first.
std::vector<const ComparedFigure*> by_energy(const std::vector<ComparedFigure>& components)
{
    const auto largest = [](const ComparedFigure& figure) {
        double maximum = 0.0;
        for (const auto& value : figure.values)
            maximum = std::max(maximum, value.value_or(0.0));
        return maximum;
    };
    std::vector<const ComparedFigure*> ranked;
    for (const ComparedFigure& figure : components)
        if (largest(figure) > 0) ranked.push_back(&figure);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [&](const auto* a, const auto* b) { return largest(*a) > largest(*b); });
    return ranked;
}

/// One bar a run, cut by component.
std::string energy_bars(const std::vector<NamedRun>& runs,
                        const std::vector<ComparedFigure>& components)
{
    BarPanel panel{"Energy per image", "J", {}, 1.0, 0.0};
    std::vector<std::string> labels;
    for (const NamedRun& run : runs)
        labels.push_back(run.name);
    constexpr std::size_t named = 9;
    const auto ranked = by_energy(components);
    for (std::size_t c = 0; c < ranked.size(); ++c) {
        if (c <= named)
            panel.series.push_back({c < named ? ranked[c]->name : "other", series_color(c),
                                    std::vector<double>(runs.size(), 0.0)});
        for (std::size_t run = 0; run < runs.size(); ++run)
            panel.series.back().values[run] += ranked[c]->values[run].value_or(0.0);
    }
    BarPanel latency{"Latency per image", "s", {{"", series_color(0), {}}}, 0.7, 0.0};
    for (const NamedRun& run : runs)
        latency.series[0].values.push_back(run.result.latency_s);
    return bar_chart(labels, {latency, panel});
}

nlohmann::ordered_json figure_json(const ComparedFigure& figure)
{
    nlohmann::ordered_json values = nlohmann::ordered_json::array(), ratios = values;
    for (std::size_t i = 0; i < figure.values.size(); ++i) {
        values.push_back(figure.values[i] ? nlohmann::ordered_json(*figure.values[i]) : nullptr);
        const auto ratio = figure.ratio(i);
        ratios.push_back(ratio ? nlohmann::ordered_json(*ratio) : nullptr);
    }
    return {{"name", figure.key},
            {"unit", figure.unit},
            {"values", values},
            {"ratio_to_first", ratios}};
}

/// "" if no run has synthetic weights.
std::string synthetic_note(const std::vector<NamedRun>& runs)
{
    std::string names;
    for (const NamedRun& run : runs)
        if (run.result.network.weights == "synthetic")
            names += (names.empty() ? "" : ", ") + run.name;
    return names.empty() ? ""
                         : "SYNTHETIC WEIGHTS in " + names +
                               ": drawn from a seed; outputs and accuracy mean nothing, costs do.";
}

}  // namespace

std::string compare_text(const std::vector<NamedRun>& runs)
{
    TextTable figures(headers("", runs));
    for (const ComparedFigure& figure : compared_figures(runs))
        figures.row(cells(figure));
    TextTable components(headers("Energy by component", runs));
    for (const ComparedFigure& figure : compared_components(runs))
        components.row(cells(figure));
    TextTable external(headers("External energy", runs));
    for (const ComparedFigure& figure : compared_components(runs, true))
        external.row(cells(figure));
    std::string notes;
    for (const std::string& note : unlike_conditions(runs))
        notes += "NOT ALIKE: " + note + ".\n";
    if (const std::string note = synthetic_note(runs); !note.empty()) notes += note + "\n";
    return figures.str(0) + "\n" + components.str(0) + "\n" + external.str(0) + "\nRatios are to " +
           runs.front().name + ".\n" + notes;
}

nlohmann::ordered_json compare_json(const std::vector<NamedRun>& runs)
{
    nlohmann::ordered_json json{{"runs", nlohmann::ordered_json::array()}};
    for (const NamedRun& run : runs)
        json["runs"].push_back(run.name);
    for (const NamedRun& run : runs)
        json["weights"].push_back(run.result.network.weights);
    for (const ComparedFigure& figure : compared_figures(runs))
        json["figures"].push_back(figure_json(figure));
    for (const ComparedFigure& figure : compared_components(runs))
        json["components"].push_back(figure_json(figure));
    for (const ComparedFigure& figure : compared_components(runs, true))
        json["external_components"].push_back(figure_json(figure));
    json["not_alike"] = unlike_conditions(runs);
    return json;
}

std::string compare_html(const std::vector<NamedRun>& runs)
{
    const auto components = compared_components(runs);
    std::string html =
        html_head("Comparison of runs") + "<header><h1>Comparison of runs</h1><p class=\"sub\">";
    for (std::size_t i = 0; i < runs.size(); ++i)
        html += (i == 0 ? "" : ", ") + html_escape(runs[i].name);
    html += "</p></header>\n";
    if (const std::string note = synthetic_note(runs); !note.empty())
        html += "<div class=\"notice\"><strong>" + html_escape(note) + "</strong></div>\n";
    for (const std::string& note : unlike_conditions(runs))
        html +=
            "<div class=\"notice\"><strong>Not alike</strong> " + html_escape(note) + "</div>\n";
    html += html_section("Figures", "In brackets: ratio to " + runs.front().name + ".",
                         html_table("", runs, compared_figures(runs)));
    html += html_section("Latency and energy", "", energy_bars(runs, components));
    html += html_section("Energy by component", "", html_table("Component", runs, components));
    html += html_section("External energy", "Main memory and host, outside the accelerator.",
                         html_table("Component", runs, compared_components(runs, true)));
    return html + html_foot();
}

}  // namespace imc::report
