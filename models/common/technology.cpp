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

}  // namespace imc
