// SPDX-License-Identifier: Apache-2.0
#include "trace/vcd.h"

#include <algorithm>
#include <charconv>

namespace imc::trace {

namespace {

/// Identifier code of variable `index`: printable characters ! to ~, base 94.
std::string identifier(std::size_t index)
{
    std::string id;
    do {
        id += static_cast<char>('!' + index % 94);
        index /= 94;
    } while (index != 0);
    return id;
}

/// Dots would be hierarchy in GTKWave, spaces end the name.
std::string signal_name(std::string name)
{
    std::replace_if(
        name.begin(), name.end(),
        [](char c) { return c == '.' || c == ' ' || c == '[' || c == ']'; }, '_');
    return name;
}

std::string short_number(double value)
{
    char digits[32];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 6).ptr;
    return std::string(digits, end);
}

}  // namespace

void VcdSink::write_header(const std::vector<bool>& powered)
{
    std::string& out = m_file.buffer();
    out += "$comment Mean power per component in W, leakage included $end\n";
    if (m_weights == "synthetic") out += "$comment SYNTHETIC WEIGHTS, drawn from a seed $end\n";
    out += "$version imcvp $end\n$timescale 1 ps $end\n$scope module power_w $end\n";
    const auto& components = m_ledger.components();
    for (std::size_t c = 0; c < components.size(); ++c)
        if (powered[c])
            out += "$var real 64 " + identifier(c + 1) + " " + signal_name(components[c].name) +
                   " $end\n";
    out += "$var real 64 " + identifier(0) + " total $end\n$upscope $end\n$enddefinitions $end\n";
}

void VcdSink::write_values(const std::vector<PowerRecorder::Sample>& samples,
                           const std::vector<bool>& powered)
{
    std::string& out = m_file.buffer();
    std::vector<std::string> shown(m_ledger.components().size() + 1);
    for (const auto& sample : samples) {
        std::vector<double> values{0.0};
        for (const double power : sample.power_w) {
            values[0] += power;
            values.push_back(power);
        }
        bool stamped = false;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i != 0 && !powered[i - 1]) continue;
            std::string text = short_number(values[i]);
            if (text == shown[i]) continue;
            if (!stamped) out += "#" + std::to_string(sample.time_ps) + "\n";
            stamped = true;
            out += "r" + text + " " + identifier(i) + "\n";
            shown[i] = std::move(text);
        }
        m_file.end_record();
    }
}

void VcdSink::close()
{
    if (m_closed) return;
    m_closed = true;
    const auto samples = m_power.samples();
    const auto powered = m_power.powered(samples);
    write_header(powered);
    write_values(samples, powered);
    m_file.close();
}

}  // namespace imc::trace
