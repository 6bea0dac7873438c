// SPDX-License-Identifier: Apache-2.0
#include "report/console_summary.h"

#include "report/statistics.h"
#include "report/svg_canvas.h"
#include "report/text_table.h"
#include "report/units.h"

#include <algorithm>

namespace imc::report {

namespace {

constexpr std::size_t shown_rows = 8;

/// Pointers to `rows` that have a value, largest first, in the given order where equal.
template <typename Row, typename Value>
std::vector<const Row*> largest_first(const std::vector<Row>& rows, Value&& value)
{
    std::vector<const Row*> sorted;
    for (const Row& row : rows)
        if (value(row) > 0) sorted.push_back(&row);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const Row* a, const Row* b) { return value(*a) > value(*b); });
    return sorted;
}

std::string fact(const std::string& name, const std::string& value)
{
    return "  " + name + std::string(name.size() < 13 ? 13 - name.size() : 1, ' ') + value + "\n";
}

std::string head(const RunResult& r, const TextStyle& style)
{
    const std::string& color = r.status == Status::ok ? style.green : style.red;
    std::string text =
        style.bold + r.scenario + style.reset + "  " + color + to_string(r.status) + style.reset;
    if (!r.status_reason.empty()) text += ": " + r.status_reason;
    text += "\n";
    text += fact("network", r.network.name + ", " + si(static_cast<double>(r.network.macs), "MAC") +
                                ", " + scaled_count(r.network.params) + " parameters");
    if (r.network.weights == "synthetic")
        text += fact("weights", style.yellow + "SYNTHETIC (" + r.network.source +
                                    "): outputs mean nothing" + style.reset);
    if (r.quantization.codebook) text += fact("codebooks", codebook_text(*r.quantization.codebook));
    if (!r.platform.energy_mode.empty()) text += fact("cam energy", cam_energy_text(r.platform));
    return text +
           fact("platform", r.platform.name + ", " + r.platform.engine + ", " +
                                counted(r.platform.tiles, "tile") + ", " + r.quantization.scheme +
                                " quantisation, host " + r.host.kind);
}

std::string figures(const RunResult& r, const TextStyle& style)
{
    const std::string outside = " (outside: " + si(r.external_energy_j, "J") + ")";
    std::string text;
    if (r.images == 0) {
        text += fact("latency", "no image was finished");
        text += fact("energy",
                     si(r.energy_j, "J") + " after the setup, " + si(r.power_w, "W") + outside);
    } else {
        text += fact("latency", style.bold + si(r.latency_s, "s") + style.reset + " per image, " +
                                    significant(r.throughput_ips) + " images/s");
        text += fact("energy", style.bold + si(r.energy_j, "J") + style.reset + " per image, " +
                                   si(r.power_w, "W") + ", EDP " + si(r.edp_js, "J·s") + outside);
    }
    const std::string area = significant(r.area_mm2) + " mm²";
    text += r.images == 0 ? fact("area", area)
                          : fact("efficiency", si(r.tops * 1e12, "OP/s") + ", " +
                                                   si(r.tops_per_w * 1e12, "OP/s/W") + ", " + area);
    text += fact("setup", si(r.setup.latency_s, "s") + ", " + si(r.setup.energy_j, "J") +
                              " for the weights");
    if (r.images > 1)
        text += fact("pipeline", "first image after " + si(r.first_latency_s, "s") +
                                     ", then one every " + si(r.interval_s, "s"));
    if (const auto work = r.column_work())
        text +=
            fact("columnquant", grouped(work->arrays) + " arrays, " + grouped(work->array_reads) +
                                    " reads, " + grouped(work->conversions) + " conversions, " +
                                    grouped(work->scale_words) + " scale words, " +
                                    grouped(work->macs) + " MACs");
    if (r.lifetime_s)
        text += fact("lifetime", long_time(*r.lifetime_s) + " of continuous work (busiest cell)");
    if (r.accuracy) {
        const auto [low, high] = wilson_interval(r.accuracy->top1, r.accuracy->images);
        text +=
            fact("top-1",
                 percent(r.accuracy->top1) + " of " + grouped(r.accuracy->images) +
                     " images (95 %: " + percent(low) + " to " + percent(high) + ")" +
                     (r.accuracy->float_top1 ? ", float " + percent(*r.accuracy->float_top1) : ""));
    }
    if (r.reference.compared == 0) return text + fact("reference", "not compared");
    const bool wrong = r.reference.exact_expected && r.reference.mismatches != 0;
    return text + fact("reference",
                       (wrong ? style.red : style.green) + grouped(r.reference.mismatches) +
                           " mismatches" + style.reset + " of " + grouped(r.reference.compared) +
                           " outputs" +
                           (r.reference.sqnr_db ? ", SQNR " + si(*r.reference.sqnr_db, "dB") : ""));
}

std::string components_table(const RunResult& r)
{
    TextTable table({"component", "energy", "share", "busy", "area (mm²)"});
    const auto rows =
        largest_first(r.components, [](const ComponentRow& row) { return row.energy_j; });
    double rest = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i >= shown_rows)
            rest += rows[i]->energy_j;
        else
            table.row({rows[i]->name, si(rows[i]->energy_j, "J"),
                       percent(rows[i]->energy_j / r.energy_j), si(rows[i]->busy_s, "s"),
                       significant(rows[i]->area_mm2)});
    }
    if (rest > 0) table.row({"others", si(rest, "J"), percent(rest / r.energy_j), "", ""});
    return table.str();
}

std::string layers_table(const RunResult& r)
{
    const auto rows = largest_first(r.layers, [](const LayerRow& row) { return row.latency_s; });
    TextTable table({"slowest layers", "op", "latency", "energy", "tiles", "busy"});
    for (std::size_t i = 0; i < std::min(rows.size(), shown_rows); ++i)
        table.row({shortened(rows[i]->name, 36), rows[i]->op, si(rows[i]->latency_s, "s"),
                   si(rows[i]->energy_j, "J"), std::to_string(rows[i]->tiles),
                   percent(rows[i]->utilization)});
    return rows.empty() ? "" : table.str();
}

}  // namespace

std::string console_summary(const RunResult& r, bool color)
{
    const TextStyle style(color);
    std::string text = head(r, style) + figures(r, style);
    if (r.energy_j > 0) text += "\n" + components_table(r);
    if (const std::string layers = layers_table(r); !layers.empty()) text += "\n" + layers;
    for (const std::string& warning : r.warnings)
        text += style.yellow + "warning: " + style.reset + warning + "\n";
    text += style.dim + "  simulated in " + si(r.simulation.wall_s, "s", 3) + ", compiled in " +
            si(r.simulation.compile_s, "s", 3) + ", reference " +
            si(r.simulation.reference_s, "s", 3) + ", " + significant(r.simulation.peak_rss_mb, 3) +
            " MiB" + style.reset + "\n";
    return text;
}

}  // namespace imc::report
