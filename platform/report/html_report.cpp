// SPDX-License-Identifier: Apache-2.0
#include "report/html_report.h"

#include "report/html_parts.h"
#include "report/html_plots.h"
#include "report/html_tables.h"
#include "report/statistics.h"
#include "report/summary.h"
#include "report/text_file.h"
#include "report/units.h"

namespace imc::report {

namespace {

std::string notice(const std::string& kind, const std::string& strong, const std::string& text)
{
    return "<div class=\"notice " + kind + "\"><strong>" + html_escape(strong) + "</strong> " +
           html_escape(text) + "</div>\n";
}

/// " (555.4 MMAC, 11.2 M parameters)"; "" of a network that was not read.
std::string size_text(const NetworkInfo& network)
{
    if (network.macs == 0) return "";
    return " (" + si(static_cast<double>(network.macs), "MAC") + ", " +
           scaled_count(network.params) + " parameters)";
}

std::string page_header(const RunResult& r)
{
    const std::string status = to_string(r.status);
    std::string html = "<header>\n<h1>" + html_escape(r.scenario) + "<span class=\"badge " +
                       status + "\">" + status + "</span></h1>\n<p class=\"sub\">" +
                       html_escape(r.network.name) + size_text(r.network) + " on " +
                       html_escape(r.platform.name) + ", " + html_escape(r.quantization.scheme) +
                       " quantisation</p>\n</header>\n";
    if (r.status != Status::ok)
        html += notice(r.status == Status::failed ? "bad" : "", std::string("Run ") + status + ".",
                       r.status_reason.empty() ? "See console.log." : r.status_reason);
    if (!r.diagnosis.empty()) {
        html += "<div class=\"notice\"><strong>Who waits for what</strong><ul>\n";
        for (const std::string& line : r.diagnosis)
            html += "<li>" + html_escape(line) + "</li>\n";
        html += "</ul></div>\n";
    }
    if (r.network.weights == "synthetic")
        html += notice("", "Synthetic weights.",
                       "The weights were drawn from a seed (" + r.network.source +
                           "), not trained: outputs and accuracy mean nothing; time and energy "
                           "follow from their bit "
                           "statistics.");
    std::string warnings;
    for (const std::string& warning : r.warnings)
        if (warning.rfind("synthetic weights", 0) != 0)  // said above
            warnings += "<li>" + html_escape(warning) + "</li>\n";
    if (!warnings.empty())
        html +=
            "<div class=\"notice\"><strong>Warnings</strong><ul>\n" + warnings + "</ul></div>\n";
    return html;
}

std::string card(const std::string& name, const std::string& value, const std::string& note)
{
    return "<div><div class=\"name\">" + html_escape(name) + "</div><div class=\"value\">" +
           html_escape(value) + "</div><div class=\"note\">" + html_escape(note) + "</div></div>\n";
}

std::string reference_card(const ReferenceInfo& reference)
{
    if (reference.compared == 0)
        return card("Reference check", "not run", "outputs were not compared");
    const std::string mismatches = grouped(reference.mismatches) + " differ";
    const std::string of = "of " + grouped(reference.compared) + " outputs";
    if (reference.sqnr_db)
        return card("Reference check", mismatches,
                    of + ", SQNR " + si(*reference.sqnr_db, "dB", 3));
    return card("Reference check", mismatches, of);
}

std::string cards(const RunResult& r)
{
    std::string html = "<div class=\"cards\">\n";
    const bool finished = r.images != 0;
    html += card(
        "Latency", finished ? si(r.latency_s, "s") : "-",
        finished ? "per image, doorbell to last output; first image " + si(r.first_latency_s, "s")
                 : "no image was finished");
    html += card("Throughput", significant(r.throughput_ips) + " images/s",
                 "over " + grouped(r.images) +
                     (r.images == 1 ? " image" : " images, one every " + si(r.interval_s, "s")));
    html += card("Energy", si(r.energy_j, "J"),
                 finished ? "per image, accelerator" : "in all, no image was finished");
    html += card("Power", si(r.power_w, "W"), "mean while inferring");
    html += card("Energy-delay product", finished ? si(r.edp_js, "J·s") : "-", "per image");
    html += card("Efficiency", si(r.tops_per_w * 1e12, "OP/s/W"),
                 si(r.tops * 1e12, "OP/s") + ", two a MAC");
    html += card("Area", significant(r.area_mm2) + " mm²", "all chips");
    if (r.lifetime_s)
        html += card("Lifetime", long_time(*r.lifetime_s),
                     "of work without pause, until the most written cell is worn out");
    if (r.accuracy) {
        const auto [low, high] = wilson_interval(r.accuracy->top1, r.accuracy->images);
        html += card("Top-1 accuracy", percent(r.accuracy->top1),
                     "95 %: " + percent(low) + " to " + percent(high) + ", " +
                         grouped(r.accuracy->images) + " images");
    } else {
        html += reference_card(r.reference);
    }
    return html + "</div>\n";
}

double shared_energy(const RunResult& r)
{
    return r.layers.empty() || r.layers.back().name != shared_layer_name ? 0.0
                                                                         : r.layers.back().energy_j;
}

std::string reproduce(const RunResult& r)
{
    std::string html;
    if (!r.command.empty()) html += "<pre>" + html_escape(r.command) + "</pre>\n";
    return html +
           "<p class=\"explain\" style=\"margin-top:10px\">scenario.lock.yaml in this folder holds "
           "every setting, "
           "defaults included; <code>vp run scenario.lock.yaml</code> gives the same bytes again "
           "(vp " +
           html_escape(r.vp_version) + ", seed " + std::to_string(r.seed) + ").</p>\n";
}

}  // namespace

std::string html_report(const RunResult& r, const std::vector<TimelineSpan>& timeline)
{
    if (r.phase == "compiling")
        return html_head(r.scenario + " - run report") + page_header(r) +
               html_section("Figures",
                            "There are none: the run ended before its network was compiled.", "") +
               html_section("How to repeat this run", "", reproduce(r)) + html_foot();
    const ComponentColors colors(r);
    std::string html = html_head(r.scenario + " - run report") + page_header(r) + cards(r);
    html += html_section("Run", "", run_facts(r));
    html += html_section(
        "Energy by component",
        "Accelerator energy per image with leakage; DRAM and host CPU are not part of it.",
        energy_plot(colors) + components_table(r));
    html += html_section(
        "Layers",
        "Means per image. Latency runs from a layer's first to its last activity, so latencies of "
        "overlapping layers "
        "do not add up. Utilisation is the busy time of a layer's busiest component over latency "
        "and stages. Not drawn: " +
            si(shared_energy(r), "J") +
            " that belong to no layer (leakage, command processor, DMA, source and sink).",
        layers_plot(r, colors));
    if (!timeline.empty())
        html +=
            html_section("Timeline", timeline_explanation(timeline), timeline_plot(r, timeline));
    html += html_section("Layer table",
                         "Means per image. W and A: bits of weights (mean) and activations; busy: "
                         "the utilisation drawn above.",
                         layers_table(r));
    html += html_section(
        "Stalls and traffic",
        "Means per image. A stage is a layer's share on one tile. It waits for rows of its "
        "producers "
        "(the first row of an image apart) and for room where its own rows go; times in the table "
        "are sums over stages, the picture shows their mean. Sent: payload over the network. Area: "
        "of the layer's tiles; a tile with weights of several layers counts in equal parts.",
        stalls_plot(r) + stalls_table(r));
    html += column_section(r);
    html += observations_section(r);
    html += html_section("Energy events",
                         "Every kind of event that was charged: mean count per image x energy.",
                         events_table(r));
    html += html_section("Area by component", "", area_plot(r));
    html += html_section("How to repeat this run", "", reproduce(r));
    return html + html_foot();
}

void rebuild_report(const std::string& folder)
{
    const RunResult result = read_summary(folder);
    write_text_file(folder + "/report.html",
                    html_report(result, read_timeline(folder, result.vp_version)));
}

}  // namespace imc::report
