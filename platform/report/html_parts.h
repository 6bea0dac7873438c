// SPDX-License-Identifier: Apache-2.0
/// Pieces of HTML pages: the head with the style sheet, tables, sections.
#pragma once

#include <string>
#include <vector>

namespace imc::report {

/// Everything up to <main>, with style sheet; `title` is escaped.
std::string html_head(const std::string& title);
std::string html_foot();

/// <section> with heading, a line of explanation ("" for none) and content, which is HTML.
std::string html_section(const std::string& heading, const std::string& explanation,
                         const std::string& content);

/// A table; headers and cells are text. Columns named in `left` stand left, the others right.
class HtmlTable {
public:
    HtmlTable(std::vector<std::string> headers, std::vector<std::size_t> left);
    void row(const std::vector<std::string>& cells, bool strong = false);
    std::string str() const;

private:
    std::string cell(const char* tag, std::size_t column, const std::string& text) const;

    std::vector<std::string> m_headers;
    std::vector<std::size_t> m_left;
    std::string m_rows;
};

/// Two-column list of names and values, both text.
std::string html_facts(const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace imc::report
