// SPDX-License-Identifier: Apache-2.0
#include "report/accounting.h"

#include "report/units.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::report {

std::string codebook_text(const CodebookInfo& book)
{
    std::string text =
        std::to_string(book.weight_codes) + " x " + std::to_string(book.input_codes) +
        " codes (weights x inputs), products of " + std::to_string(book.product_bits) + " bit";
    if (book.quality_loss > 0)
        text += ", chosen by quality_loss " + fmt::format("{:g}", book.quality_loss);
    return text;
}

std::string cam_energy_text(const PlatformInfo& platform)
{
    const std::string mode = platform.energy_mode == "paper" ? "paper (recalled power x busy time)"
                                                             : "device (counted events)";
    if (platform.neurons_a_block == 0) return mode;
    return mode + ", a block computes up to " + counted(platform.neurons_a_block, "neuron") +
           " in turn";
}

const char* to_string(Status status)
{
    switch (status) {
        case Status::ok:
            return "ok";
        case Status::failed:
            return "failed";
        case Status::interrupted:
            return "interrupted";
    }
    return "failed";
}

namespace {

/// Rows parked in the global buffer wait as they are meant to: no stall of the layer they are for.
constexpr const char* parking_place = "global_buffer";

/// Adds to the entry `name`, made at the end if new.
void add_named(std::vector<NamedValue>& values, const std::string& name, double value)
{
    for (auto& entry : values)
        if (entry.first == name) {
            entry.second += value;
            return;
        }
    values.emplace_back(name, value);
}

/// The books of one account() call: where a ledger key belongs.
class Accountant {
public:
    Accountant(RunResult& result, const Ledger& ledger, const Window& window)
        : m_result(result),
          m_ledger(ledger),
          m_images(std::max(1u, result.images)),
          m_window_s(static_cast<double>(window.last_interrupt_ps - window.first_doorbell_ps) *
                     1e-12),
          m_setup_s(static_cast<double>(window.setup_end_ps - window.setup_begin_ps) * 1e-12)
    {
    }

    void add_rows();
    void add_counts();
    void add_busy();
    void add_observations();
    void add_leakage();
    void total(const Window& window);

private:
    LayerRow& layer_of(LayerId layer)
    {
        const std::size_t shared = m_result.layers.size() - 1;
        return m_result.layers[layer < shared ? layer : shared];
    }

    RunResult& m_result;
    const Ledger& m_ledger;
    const double m_images;
    const double m_window_s, m_setup_s;
};

void Accountant::add_rows()
{
    LayerRow shared;
    shared.name = shared_layer_name;
    shared.op = "shared";
    m_result.layers.push_back(shared);
    for (const Component& component : m_ledger.components()) {
        ComponentRow row;
        row.name = component.name;
        row.kind = component.kind;
        row.area_mm2 = component.area_mm2;
        row.leakage_w = component.leakage_w;
        m_result.components.push_back(row);
    }
}

void Accountant::add_counts()
{
    std::vector<double> events(m_ledger.events().size(), 0.0);
    for (const auto& [key, n] : m_ledger.counts()) {
        const Event& event = m_ledger.events()[key.id];
        const double joules = static_cast<double>(n) * event.energy_pj * 1e-12;
        if (key.phase == Phase::setup) {
            (event.external ? m_result.setup.external_energy_j : m_result.setup.energy_j) += joules;
            continue;
        }
        events[key.id] += static_cast<double>(n) / m_images;
        LayerRow& layer = layer_of(key.layer);
        ComponentRow& component = m_result.components[event.component];
        (event.external ? layer.external_energy_j : layer.energy_j) += joules / m_images;
        (event.external ? component.external_energy_j : component.dynamic_energy_j) +=
            joules / m_images;
        add_named(layer.energy_by_event, component.name + "." + event.name, joules / m_images);
        if (!event.external) add_named(layer.energy_by, component.name, joules / m_images);
    }
    for (std::size_t id = 0; id < events.size(); ++id) {
        const Event& event = m_ledger.events()[id];
        if (events[id] == 0.0) continue;
        m_result.components[event.component].events.push_back(
            {event.name, events[id], event.energy_pj, events[id] * event.energy_pj * 1e-12,
             event.external});
    }
}

void Accountant::add_busy()
{
    for (const auto& [key, busy_ps] : m_ledger.busy_ps()) {
        if (key.phase == Phase::setup) continue;
        const double seconds = static_cast<double>(busy_ps) * 1e-12 / m_images;
        m_result.components[key.id].busy_s += seconds;
        add_named(layer_of(key.layer).busy_by, m_result.components[key.id].name, seconds);
    }
}

void Accountant::add_observations()
{
    for (const auto& [key, n] : m_ledger.observations()) {
        const bool setup = key.first.phase == Phase::setup;
        if (setup && key.second.rfind("stored_", 0) != 0) continue;
        LayerRow& layer = layer_of(key.first.layer);
        ComponentRow& component = m_result.components[key.first.id];
        const double mean = static_cast<double>(n) / (setup ? 1.0 : m_images);
        add_named(layer.observed, component.name + "." + key.second, mean);
        if (key.second == "bytes") component.bytes += mean;
        if (component.name == "noc" && key.second == "bytes") layer.bytes += mean;
        if (component.name == parking_place) continue;
        if (key.second == "work_ps") layer.work_s += mean * 1e-12;
        if (key.second == "stall_input_ps") layer.stall_input_s += mean * 1e-12;
        if (key.second == "stall_credit_ps") layer.stall_credit_s += mean * 1e-12;
    }
}

void Accountant::add_leakage()
{
    LayerRow& shared = m_result.layers.back();
    for (ComponentRow& row : m_result.components) {
        row.leakage_energy_j = row.leakage_w * m_window_s / m_images;
        row.energy_j = row.dynamic_energy_j + row.leakage_energy_j;
        m_result.setup.energy_j += row.leakage_w * m_setup_s;
        if (row.leakage_energy_j == 0.0) continue;
        shared.energy_j += row.leakage_energy_j;
        add_named(shared.energy_by, row.name, row.leakage_energy_j);
        add_named(shared.energy_by_event, row.name + ".leakage", row.leakage_energy_j);
    }
}

void Accountant::total(const Window& window)
{
    m_result.setup.latency_s = m_setup_s;
    m_result.latency_s = window.mean_latency_ps * 1e-12;
    m_result.first_latency_s =
        window.first_output_ps > window.first_doorbell_ps
            ? static_cast<double>(window.first_output_ps - window.first_doorbell_ps) * 1e-12
            : 0.0;
    m_result.interval_s =
        m_result.images > 1 && window.last_output_ps > window.first_output_ps
            ? static_cast<double>(window.last_output_ps - window.first_output_ps) * 1e-12 /
                  (m_result.images - 1)
            : m_result.first_latency_s;
    m_result.throughput_ips = m_window_s > 0 ? m_result.images / m_window_s : 0.0;
    for (const ComponentRow& row : m_result.components) {
        m_result.energy_j += row.energy_j;
        m_result.external_energy_j += row.external_energy_j;
        m_result.area_mm2 += row.area_mm2;
    }
    m_result.edp_js = m_result.energy_j * m_result.latency_s;
    m_result.power_w = m_window_s > 0 ? m_result.energy_j * m_images / m_window_s : 0.0;
    m_result.ops = 2 * m_result.network.macs;
    m_result.tops = static_cast<double>(m_result.ops) * m_result.throughput_ips * 1e-12;
    m_result.tops_per_w = m_result.power_w > 0 ? m_result.tops / m_result.power_w : 0.0;
}

/// Busiest component of the layer within its stages (slices, copies), as a share of the time that
/// they all have. Links of the network are no stage's.
double utilization(const LayerRow& row)
{
    double busy_s = 0.0;
    for (const auto& [name, seconds] : row.busy_by)
        if (name != "noc" && name != "noc.chip_link") busy_s = std::max(busy_s, seconds);
    const double available_s = row.latency_s * std::max({1u, row.tiles, row.stages});
    return available_s > 0 ? std::min(1.0, busy_s / available_s) : 0.0;
}

}  // namespace

void account(RunResult& result, const Ledger& ledger, const Window& window,
             const trace::Timeline* timeline)
{
    Accountant accountant(result, ledger, window);
    accountant.add_rows();
    accountant.add_counts();
    accountant.add_busy();
    accountant.add_observations();
    accountant.add_leakage();
    accountant.total(window);
    if (window.first_doorbell_ps != 0)
        result.first_doorbell_s = static_cast<double>(window.first_doorbell_ps) * 1e-12;
    for (std::size_t i = 0; i + 1 < result.layers.size() && timeline != nullptr; ++i) {
        LayerRow& row = result.layers[i];
        row.start_s = timeline->mean_start_s(static_cast<LayerId>(i));
        row.latency_s = timeline->mean_latency_s(static_cast<LayerId>(i));
        row.utilization = utilization(row);
    }
}

}  // namespace imc::report
