// SPDX-License-Identifier: Apache-2.0
#include "report/text_table.h"

#include <algorithm>

namespace imc::report {

namespace {

std::size_t width_of(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace

std::string TextTable::str(std::size_t indent) const
{
    std::vector<std::size_t> widths;
    for (const auto& row : m_rows)
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (widths.size() <= i) widths.push_back(0);
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    std::string text;
    for (std::size_t r = 0; r < m_rows.size(); ++r) {
        std::string line(indent, ' ');
        for (std::size_t i = 0; i < m_rows[r].size(); ++i) {
            const std::string pad(widths[i] - width_of(m_rows[r][i]), ' ');
            if (i != 0) line += "  ";
            line += i == 0 ? m_rows[r][i] + pad : pad + m_rows[r][i];
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
        if (r != 0) continue;
        text += std::string(indent, ' ');
        for (std::size_t i = 0; i < widths.size(); ++i)
            text += std::string(i == 0 ? 0 : 2, ' ') + std::string(widths[i], '-');
        text += "\n";
    }
    return text;
}

TextStyle::TextStyle(bool color)
{
    if (!color) return;
    bold = "\033[1m";
    red = "\033[31m";
    yellow = "\033[33m";
    green = "\033[32m";
    dim = "\033[2m";
    reset = "\033[0m";
}

}  // namespace imc::report
