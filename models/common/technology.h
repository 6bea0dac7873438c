// SPDX-License-Identifier: Apache-2.0
/// The technology table: every energy, latency and area the models use, each with unit and source.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace imc {

/// One number of the table.
struct TechnologyValue {
    double value = 0.0;
    std::string unit;    ///< e.g. "pJ", "ns", "mm2", "W"
    std::string source;  ///< paper, table, tool; "ASSUME: why" where nothing is published
};

/// Named numbers such as `adc.conversion_pj`; dots separate component and event. Filled by the
/// platform from YAML or by a library user in code.
class Technology {
public:
    std::string name;

    void set(const std::string& key, TechnologyValue value) { m_values[key] = std::move(value); }
    bool has(const std::string& key) const { return m_values.count(key) != 0; }
    /// The value of `key`. Throws InputError naming the table and the missing key.
    double get(const std::string& key) const;
    /// The value of `key`, or `fallback` where the key is optional.
    double get_or(const std::string& key, double fallback) const;
    const std::map<std::string, TechnologyValue>& values() const { return m_values; }

private:
    std::map<std::string, TechnologyValue> m_values;
};

/// Area in mm2 of a memory of `bytes`: key `<component>.area_mm2`, in proportion to capacity where
/// `<component>.area_bytes` says which capacity that is of. 0 where the table has no area.
double memory_mm2(const Technology& technology, const std::string& component, std::uint64_t bytes);

}  // namespace imc
