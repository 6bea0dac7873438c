// SPDX-License-Identifier: Apache-2.0
#include "soc/plic.h"

#include <algorithm>

#include "imcvp/soc.h"

namespace imc::soc {

namespace {
constexpr unsigned words = (Plic::sources + 31) / 32;
constexpr std::uint64_t enable_stride = 0x80, context_stride = 0x1000;
}  // namespace

Plic::Plic(const sc_core::sc_module_name& name, unsigned contexts,
           const sc_core::sc_time& access_time)
    : Peripheral(name, IMC_SOC_PLIC_SIZE, access_time),
      source("source", sources),
      line("line", contexts),
      m_in_service(sources, false)
{
    add_registers(contexts);
}

void Plic::add_registers(unsigned contexts)
{
    m_priority =
        &add_array(IMC_PLIC_PRIORITY, 4, sources, 4).on_write([this](unsigned id, std::uint64_t v) {
            if (id != 0) m_priority->set(v & max_priority, id);
            m_changed.notify(sc_core::SC_ZERO_TIME);
        });
    m_pending = &add_array(IMC_PLIC_PENDING, 4, words, 4).read_only();
    for (unsigned context = 0; context < contexts; ++context)
        add_context_registers(context);
}

void Plic::add_context_registers(unsigned context)
{
    m_enable.push_back(&add_array(IMC_PLIC_ENABLE + context * enable_stride, 4, words, 4)
                            .on_write([this, context](unsigned word, std::uint64_t v) {
                                m_enable[context]->set(word == 0 ? v & ~1ull : v, word);
                                m_changed.notify(sc_core::SC_ZERO_TIME);
                            }));
    m_threshold.push_back(&add(IMC_PLIC_THRESHOLD + context * context_stride, 4)
                               .on_write([this, context](unsigned, std::uint64_t v) {
                                   m_threshold[context]->set(v & max_priority);
                                   m_changed.notify(sc_core::SC_ZERO_TIME);
                               }));
    add(IMC_PLIC_CLAIM + context * context_stride, 4)
        .read_has_effects()
        .on_read([this, context](unsigned) { return claim(context); })
        .on_write([this, context](unsigned, std::uint64_t id) { complete(context, id); });
}

void Plic::end_of_elaboration()
{
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.set_sensitivity(&m_changed);
    for (unsigned id = 1; id < sources; ++id)
        if (source[id].size() != 0) options.set_sensitivity(&source[id]->value_changed_event());
    sc_core::sc_spawn([this] { update(); }, "update", &options);
}

bool Plic::bit(const Register& reg, unsigned id) const
{
    return (reg.value(id / 32) >> (id % 32) & 1) != 0;
}

bool Plic::is_enabled(unsigned context, unsigned id) const
{
    return bit(*m_enable[context], id);
}

/// Highest-priority pending and enabled source, 0 if none.
unsigned Plic::best(unsigned context) const
{
    unsigned winner = 0;
    for (unsigned id = 1; id < sources; ++id) {
        if (!bit(*m_pending, id) || !is_enabled(context, id)) continue;
        if (m_priority->value(id) > (winner == 0 ? 0 : m_priority->value(winner))) winner = id;
    }
    return winner;
}

std::uint64_t Plic::claim(unsigned context)
{
    const unsigned id = best(context);
    if (id == 0) return 0;
    m_pending->set(m_pending->value(id / 32) & ~(1ull << (id % 32)), id / 32);
    m_in_service[id] = true;
    m_changed.notify(sc_core::SC_ZERO_TIME);
    return id;
}

void Plic::complete(unsigned context, std::uint64_t id)
{
    // The specification: a completion of a source that is not enabled for the context is ignored.
    if (id == 0 || id >= sources || !is_enabled(context, static_cast<unsigned>(id))) return;
    m_in_service[id] = false;
    m_changed.notify(sc_core::SC_ZERO_TIME);
}

void Plic::update()
{
    for (unsigned id = 1; id < sources; ++id)
        if (source[id].size() != 0 && source[id]->read() && !m_in_service[id])
            m_pending->set(m_pending->value(id / 32) | 1ull << (id % 32), id / 32);
    for (unsigned context = 0; context < line.size(); ++context) {
        if (line[context].size() == 0) continue;
        const unsigned id = best(context);
        line[context]->write(id != 0 && m_priority->value(id) > m_threshold[context]->value());
    }
}

}  // namespace imc::soc
