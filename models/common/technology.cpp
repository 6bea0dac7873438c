// SPDX-License-Identifier: Apache-2.0
#include "common/technology.h"

#include "common/error.h"

namespace imc {

double Technology::get(const std::string& key) const
{
    const auto found = m_values.find(key);
    if (found == m_values.end())
        throw InputError("technology " + name + ": '" + key +
                         "' is missing; add it with value, unit and source");
    return found->second.value;
}

double Technology::get_or(const std::string& key, double fallback) const
{
    const auto found = m_values.find(key);
    return found == m_values.end() ? fallback : found->second.value;
}

double memory_mm2(const Technology& technology, const std::string& component, std::uint64_t bytes)
{
    const double area = technology.get_or(component + ".area_mm2", 0.0);
    if (!technology.has(component + ".area_bytes")) return area;
    return area * static_cast<double>(bytes) / technology.get(component + ".area_bytes");
}

}  // namespace imc
