// SPDX-License-Identifier: Apache-2.0
#include "trace/activity_csv.h"

#include <algorithm>
#include <charconv>

namespace imc::trace {

namespace {

template <typename T>
void put_number(std::string& out, T value)
{
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// Names are ours or a network's: commas and quotes would end the field.
std::string plain(std::string name)
{
    for (char& c : name)
        if (c == ',' || c == '"' || c == '\n' || c == '\r') c = '_';
    return name;
}

}  // namespace

CsvSink::CsvSink(const std::string& path, const Ledger& ledger,
                 std::vector<std::string> layer_names, const std::string& weights)
    : m_file(path),
      m_ledger(ledger),
      m_layer_names(std::move(layer_names)),
      m_line_end("," + weights + "\n")
{
    for (std::string& name : m_layer_names)
        name = plain(name);
    m_file.buffer() +=
        "start_ps,duration_ps,track,component,operation,layer,image,energy_pj,weights\n";
}

const std::string& CsvSink::track_path(std::uint32_t track)
{
    if (m_paths.size() <= track) m_paths.resize(track + 1u);
    if (m_paths[track].empty()) {
        std::string path;
        for (auto t = static_cast<std::int32_t>(track); t >= 0;
             t = m_ledger.tracks()[static_cast<std::size_t>(t)].parent)
            path = plain(m_ledger.tracks()[static_cast<std::size_t>(t)].name) +
                   (path.empty() ? "" : "/" + path);
        m_paths[track] = path;
    }
    return m_paths[track];
}

void CsvSink::on_activity(const Activity& activity)
{
    m_latest_ps = std::max(m_latest_ps, activity.start_ps + activity.duration_ps);
    std::string& out = m_file.buffer();
    put_number(out, activity.start_ps);
    out += ',';
    put_number(out, activity.duration_ps);
    out += ',';
    out += track_path(activity.track);
    out += ',';
    out += m_ledger.components()[activity.component].name;
    out += ',';
    out += activity.operation;
    out += ',';
    if (activity.layer < m_layer_names.size()) out += m_layer_names[activity.layer];
    out += ',';
    put_number(out, activity.image);
    out += ',';
    put_number(out, activity.energy_pj);
    out += m_line_end;
    m_file.end_record();
}

void CsvSink::on_begin(const Activity& activity)
{
    if (m_open.size() <= activity.track) m_open.resize(activity.track + 1u);
    m_open[activity.track].push_back(activity);
}

void CsvSink::on_end(std::uint32_t track, std::uint64_t time_ps)
{
    Activity ended = m_open[track].back();
    m_open[track].pop_back();
    ended.duration_ps = time_ps - ended.start_ps;
    on_activity(ended);
}

void CsvSink::close()
{
    for (std::size_t track = 0; track < m_open.size(); ++track)
        while (!m_open[track].empty())
            on_end(static_cast<std::uint32_t>(track),
                   std::max(m_latest_ps, m_open[track].back().start_ps));
    m_file.close();
}

}  // namespace imc::trace
