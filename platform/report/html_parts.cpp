// SPDX-License-Identifier: Apache-2.0
#include "report/html_parts.h"

#include "report/text_file.h"

#include <algorithm>

namespace imc::report {

namespace {

constexpr const char* style = R"css(
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f3f5f7; color: #1f2933; line-height: 1.45;
  font-family: system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif; font-size: 14px; }
main { max-width: 1040px; margin: 0 auto; padding: 24px 20px 48px; }
header { margin-bottom: 18px; }
h1 { margin: 0 0 2px; font-size: 26px; }
h2 { margin: 0 0 4px; font-size: 17px; }
.sub { color: #52606d; margin: 0; font-size: 15px; }
section, .cards > div { background: #fff; border: 1px solid #dde3e9; border-radius: 8px; }
section { padding: 16px 20px 18px; margin: 0 0 16px; overflow-x: auto; }
.explain { margin: 0 0 12px; color: #52606d; font-size: 13px; max-width: 95ch; }
.badge { display: inline-block; padding: 2px 10px; border-radius: 12px; font-size: 13px;
    font-weight: 600;
  vertical-align: middle; margin-left: 8px; }
.ok { background: #d8f3e3; color: #0b6b3a; }
.failed { background: #fbdcd9; color: #9b1c12; }
.interrupted { background: #fff0cc; color: #7a5200; }
.notice { border-radius: 8px; padding: 10px 16px; margin: 0 0 12px; border: 1px solid #e8b64c;
    background: #fff7e3; }
.notice.bad { border-color: #d9695f; background: #fdecea; }
.notice strong { text-transform: uppercase; letter-spacing: .03em; }
.notice ul { margin: 4px 0 0; padding-left: 20px; }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 10px; margin: 0 0 16px; }
.cards > div { padding: 10px 14px; }
.cards .name { color: #52606d; font-size: 12.5px; }
.cards .value { font-size: 21px; font-weight: 600; white-space: nowrap; }
.cards .note { color: #66727f; font-size: 12px; }
table { border-collapse: collapse; width: 100%; font-size: 12.5px;
    font-variant-numeric: tabular-nums; }
th, td { padding: 3px 7px; text-align: right; border-bottom: 1px solid #e8ecf0;
    white-space: nowrap; }
th { white-space: normal; color: #52606d; font-weight: 600; border-bottom: 2px solid #cfd7df; vertical-align: bottom; }
th.l, td.l { text-align: left; }
td.l { max-width: 300px; overflow: hidden; text-overflow: ellipsis; }
tr.strong td { font-weight: 600; border-top: 2px solid #cfd7df; }
tbody tr:nth-child(even) td { background: #f8fafb; }
.facts { display: grid; grid-template-columns: 1fr 1fr; gap: 0 32px; }
.facts div { display: flex; justify-content: space-between; gap: 16px; padding: 3px 0;
  border-bottom: 1px solid #eef1f4; }
.facts dt, .facts dd { margin: 0; }
.facts dt { color: #52606d; }
.facts dd { text-align: right; overflow-wrap: anywhere; }
dl.facts { margin: 0; }
pre { background: #f3f5f7; border: 1px solid #dde3e9; border-radius: 6px; padding: 10px 12px;
    margin: 6px 0 0;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12.5px; }
svg { max-width: 100%; height: auto; display: block; }
footer { color: #66727f; font-size: 12px; }
@media print {
  @page { size: A4; margin: 12mm; }
  body { background: #fff; font-size: 11px; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section { break-inside: auto; border: none; padding: 8px 0; }
  .cards > div, .notice, svg, tr { break-inside: avoid; }
  .explain, .sub { font-size: 10px; }
  .cards .value { font-size: 16px; }
  .cards .name, .cards .note { font-size: 9.5px; }
  h2, .explain { break-after: avoid; }
  table { font-size: 9px; }
  th, td { padding: 2px 4px; }
  thead { display: table-header-group; }
}
)css";

}  // namespace

std::string html_head(const std::string& title)
{
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
           html_escape(title) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<main>\n";
}

std::string html_foot()
{
    return "</main>\n</body>\n</html>\n";
}

std::string html_section(const std::string& heading, const std::string& explanation,
                         const std::string& content)
{
    std::string html = "<section>\n<h2>" + html_escape(heading) + "</h2>\n";
    if (!explanation.empty()) html += "<p class=\"explain\">" + html_escape(explanation) + "</p>\n";
    return html + content + "</section>\n";
}

HtmlTable::HtmlTable(std::vector<std::string> headers, std::vector<std::size_t> left)
    : m_headers(std::move(headers)), m_left(std::move(left))
{
}

std::string HtmlTable::cell(const char* tag, std::size_t column, const std::string& text) const
{
    const bool left = std::find(m_left.begin(), m_left.end(), column) != m_left.end();
    const std::string attributes = left ? " class=\"l\" title=\"" + html_escape(text) + "\"" : "";
    return std::string("<") + tag + attributes + ">" + html_escape(text) + "</" + tag + ">";
}

void HtmlTable::row(const std::vector<std::string>& cells, bool strong)
{
    m_rows += strong ? "<tr class=\"strong\">" : "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
        m_rows += cell("td", i, cells[i]);
    m_rows += "</tr>\n";
}

std::string HtmlTable::str() const
{
    std::string html = "<table>\n<thead><tr>";
    for (std::size_t i = 0; i < m_headers.size(); ++i)
        html += cell("th", i, m_headers[i]);
    return html + "</tr></thead>\n<tbody>\n" + m_rows + "</tbody>\n</table>\n";
}

std::string html_facts(const std::vector<std::pair<std::string, std::string>>& facts)
{
    std::string html = "<dl class=\"facts\">\n";
    for (const auto& [name, value] : facts)
        html +=
            "<div><dt>" + html_escape(name) + "</dt><dd>" + html_escape(value) + "</dd></div>\n";
    return html + "</dl>\n";
}

}  // namespace imc::report
