// SPDX-License-Identifier: Apache-2.0
#include "report/tables.h"

#include "report/text_file.h"

#include <algorithm>

namespace imc::report {

namespace {

double value_of(const std::vector<NamedValue>& values, const std::string& name)
{
    for (const auto& entry : values)
        if (entry.first == name) return entry.second;
    return 0.0;
}

/// Names that occur in any layer, in order of first appearance.
std::vector<std::string> names_of(const RunResult& result,
                                  std::vector<NamedValue> LayerRow::*column)
{
    std::vector<std::string> names;
    for (const LayerRow& row : result.layers)
        for (const auto& entry : row.*column)
            if (std::find(names.begin(), names.end(), entry.first) == names.end())
                names.push_back(entry.first);
    return names;
}

class CsvLine {
public:
    CsvLine& text(const std::string& value) { return put(csv_field(value)); }
    CsvLine& number(double value) { return put(exact_number(value)); }
    CsvLine& count(std::uint64_t value) { return put(std::to_string(value)); }
    std::string end() { return m_line + "\n"; }

private:
    CsvLine& put(const std::string& field)
    {
        if (!m_first) m_line += ',';
        m_first = false;
        m_line += field;
        return *this;
    }
    std::string m_line;
    bool m_first = true;
};

}  // namespace

std::string layers_csv(const RunResult& result)
{
    const auto components = names_of(result, &LayerRow::energy_by);
    const auto busy = names_of(result, &LayerRow::busy_by);
    const auto observed = names_of(result, &LayerRow::observed);
    std::string csv =
        "name,op,engine,macs,weight_bits_mean,activation_bits,tiles,start_s,latency_s,utilization,"
        "energy_j,external_energy_j,stages,operations,bytes,area_mm2,work_s,stall_input_s,"
        "stall_credit_s,energy_by_event";
    for (const auto& name : components)
        csv += "," + csv_field("energy_j:" + name);
    for (const auto& name : busy)
        csv += "," + csv_field("busy_s:" + name);
    for (const auto& name : observed)
        csv += "," + csv_field("count:" + name);
    const bool columns = result.column_work().has_value();
    if (columns) csv += ",arrays,array_reads,conversions,scale_words,column_macs";
    csv += ",weights\n";
    for (const LayerRow& row : result.layers) {
        CsvLine line;
        line.text(row.name)
            .text(row.op)
            .text(row.engine)
            .count(row.macs)
            .number(row.weight_bits_mean);
        line.count(row.activation_bits).count(row.tiles).number(row.start_s).number(row.latency_s);
        line.number(row.utilization).number(row.energy_j).number(row.external_energy_j);
        line.count(row.stages).count(2 * row.macs).number(row.bytes).number(row.area_mm2);
        line.number(row.work_s).number(row.stall_input_s).number(row.stall_credit_s);
        std::string events;
        for (const auto& [event, joules] : row.energy_by_event)
            events += (events.empty() ? "" : ";") + event + "=" + exact_number(joules);
        line.text(events);
        for (const auto& name : components)
            line.number(value_of(row.energy_by, name));
        for (const auto& name : busy)
            line.number(value_of(row.busy_by, name));
        for (const auto& name : observed)
            line.number(value_of(row.observed, name));
        if (columns) {
            const ColumnWork work = row.column.value_or(ColumnWork{});
            line.count(work.arrays).count(work.array_reads).count(work.conversions);
            line.count(work.scale_words).count(work.macs);
        }
        csv += line.text(result.network.weights).end();
    }
    return csv;
}

std::string components_csv(const RunResult& result)
{
    std::string csv =
        "name,kind,area_mm2,busy_s,busy_share,operations,energy_j,dynamic_energy_j,leakage_energy_"
        "j,"
        "external_energy_j,leakage_w,bytes,energy_by_event,weights\n";
    const double seconds = result.throughput_ips > 0 ? 1.0 / result.throughput_ips : 0.0;
    for (const ComponentRow& row : result.components) {
        double operations = 0.0;
        std::string events;
        for (const EventRow& event : row.events) {
            operations += event.count;
            events += (events.empty() ? "" : ";") + event.name + "=" + exact_number(event.energy_j);
        }
        CsvLine line;
        line.text(row.name).text(row.kind).number(row.area_mm2).number(row.busy_s);
        line.number(seconds > 0 ? row.busy_s / seconds : 0.0)
            .number(operations)
            .number(row.energy_j);
        line.number(row.dynamic_energy_j)
            .number(row.leakage_energy_j)
            .number(row.external_energy_j);
        line.number(row.leakage_w).number(row.bytes).text(events).text(result.network.weights);
        csv += line.end();
    }
    return csv;
}

std::string events_csv(const RunResult& result)
{
    std::string csv = "component,event,count,energy_pj_each,energy_j,external,weights\n";
    for (const ComponentRow& row : result.components)
        for (const EventRow& event : row.events)
            csv += CsvLine()
                       .text(row.name)
                       .text(event.name)
                       .number(event.count)
                       .number(event.energy_pj)
                       .number(event.energy_j)
                       .count(event.external ? 1 : 0)
                       .text(result.network.weights)
                       .end();
    return csv;
}

void write_tables(const RunResult& result, const std::string& folder)
{
    write_text_file(folder + "/layers.csv", layers_csv(result));
    write_text_file(folder + "/components.csv", components_csv(result));
    write_text_file(folder + "/events.csv", events_csv(result));
}

}  // namespace imc::report
