// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/program.h"

namespace imc::associative {

void Program::run(const PassTable& table, const Binding& columns)
{
    for (int p = 0; p < table.count; ++p) {
        const Pass& entry = table.passes[p];
        std::vector<Term> keys;
        std::vector<Term> writes;
        for (int r = 0; r < role_count; ++r) {
            if ((entry.key >> r) & 1) {
                keys.push_back({columns[r], ((entry.key_value >> r) & 1) != 0});
            }
            if ((entry.write >> r) & 1) {
                writes.push_back({columns[r], ((entry.write_value >> r) & 1) != 0});
            }
        }
        pass(keys, writes);
    }
}

void Program::pass(const std::vector<Term>& keys, const std::vector<Term>& writes)
{
    m_steps.push_back({static_cast<std::uint32_t>(m_terms.size()),
                       static_cast<std::uint16_t>(keys.size()),
                       static_cast<std::uint16_t>(writes.size())});
    m_terms.insert(m_terms.end(), keys.begin(), keys.end());
    m_terms.insert(m_terms.end(), writes.begin(), writes.end());
}

void Program::preset(const std::vector<Term>& writes)
{
    pass({}, writes);
}

void Program::clear(Field field)
{
    std::vector<Term> writes;
    for (int i = 0; i < field.width; ++i) {
        writes.push_back({field.bit(i), false});
    }
    preset(writes);
}

std::uint64_t Program::cycles() const
{
    std::uint64_t total = 0;
    for (const Step& step : m_steps) {
        total += step.keys > 0 ? 2 : 1;
    }
    return total;
}

}  // namespace imc::associative
