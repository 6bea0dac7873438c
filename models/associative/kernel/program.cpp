// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/program.h"

#include <utility>

#include "common/error.h"

namespace imc::associative {

namespace {

constexpr std::pair<const PassTable*, KnownTable> known_tables[] = {
    {&add_in_place, KnownTable::add_in_place},
    {&add_constant_0, KnownTable::add_constant_0},
    {&add_constant_1, KnownTable::add_constant_1},
    {&copy_bit, KnownTable::copy_bit},
    {&max_bit, KnownTable::max_bit},
    {&min_constant_0, KnownTable::min_constant_0},
    {&min_constant_1, KnownTable::min_constant_1}};

KnownTable name_of(const PassTable& table)
{
    for (const auto& [address, name] : known_tables) {
        if (&table == address) {
            return name;
        }
    }
    return KnownTable::none;
}

/// True if no two roles of the table are bound to one column: only then may passes run on copies.
bool is_apart(const PassTable& table, const Binding& columns)
{
    unsigned used = 0;
    for (int p = 0; p < table.count; ++p) {
        used |= table.passes[p].key | table.passes[p].write;
    }
    for (int a = 0; a < role_count; ++a) {
        for (int b = a + 1; b < role_count; ++b) {
            if (((used >> a) & (used >> b) & 1) != 0 && columns[a] == columns[b]) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

const PassTable& table_of(KnownTable name)
{
    for (const auto& [address, known] : known_tables) {
        if (known == name) {
            return *address;
        }
    }
    throw InputError("the lane kernels know no such pass table");
}

void Program::run(const PassTable& table, const Binding& columns)
{
    const KnownTable name = name_of(table);
    if (name == KnownTable::none || !is_apart(table, columns)) {
        return run_passes(table, columns);
    }
    Step step;
    step.first = static_cast<std::uint32_t>(m_bindings.size());
    step.table = name;
    m_steps.push_back(step);
    m_bindings.push_back(columns);
}

void Program::run_passes(const PassTable& table, const Binding& columns)
{
    for (int p = 0; p < table.count; ++p) {
        const Pass& entry = table.passes[p];
        Step step;
        step.first = static_cast<std::uint32_t>(m_terms.size());
        for (int r = 0; r < role_count; ++r) {
            if ((entry.key >> r) & 1) {
                m_terms.push_back({columns[r], ((entry.key_value >> r) & 1) != 0});
                ++step.keys;
            }
        }
        for (int r = 0; r < role_count; ++r) {
            if ((entry.write >> r) & 1) {
                m_terms.push_back({columns[r], ((entry.write_value >> r) & 1) != 0});
                ++step.writes;
            }
        }
        m_steps.push_back(step);
    }
}

void Program::pass(const std::vector<Term>& keys, const std::vector<Term>& writes)
{
    Step step;
    step.first = static_cast<std::uint32_t>(m_terms.size());
    step.keys = static_cast<std::uint16_t>(keys.size());
    step.writes = static_cast<std::uint16_t>(writes.size());
    m_steps.push_back(step);
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
        if (step.table != KnownTable::none) {
            total += 2 * static_cast<std::uint64_t>(table_of(step.table).count);
        } else {
            total += step.keys > 0 ? 2 : 1;
        }
    }
    return total;
}

}  // namespace imc::associative
