// SPDX-License-Identifier: Apache-2.0
/// Aligned columns for the terminal.
#pragma once

#include <string>
#include <vector>

namespace imc::report {

/// First column stands left, the others right. Widths count UTF-8 characters.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> headers) : m_rows{std::move(headers)} {}
    void row(std::vector<std::string> cells) { m_rows.push_back(std::move(cells)); }
    /// Lines with two spaces between columns, each after `indent` spaces; a rule below the headers.
    std::string str(std::size_t indent = 2) const;

private:
    std::vector<std::vector<std::string>> m_rows;
};

/// Terminal attributes, empty strings where colour is not wanted.
struct TextStyle {
    explicit TextStyle(bool color);
    std::string bold, red, yellow, green, dim, reset;
};

}  // namespace imc::report
