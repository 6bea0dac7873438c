// SPDX-License-Identifier: Apache-2.0
#include "config/scenario.h"

namespace imc::config {

namespace {

/// Writes dotted paths as nested block maps.
class NestedWriter {
public:
    void add(const std::string& path, const std::string& value)
    {
        std::vector<std::string> parts;
        for (std::size_t begin = 0; begin <= path.size();) {
            const std::size_t end = std::min(path.find('.', begin), path.size());
            parts.push_back(path.substr(begin, end - begin));
            begin = end + 1;
        }
        std::size_t common = 0;
        while (common < m_open.size() && common + 1 < parts.size() &&
               m_open[common] == parts[common])
            ++common;
        m_open.resize(common);
        for (; common + 1 < parts.size(); ++common) {
            indent() += parts[common] + ":\n";
            m_open.push_back(parts[common]);
        }
        indent() += parts.back() + ": " + value + "\n";
    }

    const std::string& text() const { return m_text; }

private:
    std::string& indent() { return m_text.append(2 * m_open.size(), ' '); }

    std::vector<std::string> m_open;
    std::string m_text;
};

}  // namespace

std::string lock_text(const Scenario& scenario)
{
    NestedWriter out;
    for (const auto& setting : scenario.settings()) {
        if (setting.path == "files") {
            out.add(
                "files",
                yaml_text(
                    std::filesystem::absolute(scenario.config.files).lexically_normal().string()));
        } else if (setting.path.rfind("technology.", 0) == 0 && setting.path != "technology.name") {
            out.add(setting.path, fmt::format("{{value: {}, unit: {}, source: {}}}", setting.value,
                                              yaml_text(setting.unit), yaml_text(setting.help)));
        } else if (!setting.value.empty()) {
            out.add(setting.path, setting.value);
        }
    }
    return out.text();
}

}  // namespace imc::config
