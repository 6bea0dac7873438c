// SPDX-License-Identifier: Apache-2.0
#include "common/module/tile.h"

#include "common/error.h"
#include "common/module/report.h"
#include "common/module/sim_time.h"
#include "common/module/spawn.h"
#include "imcvp/regs.h"
#include "noc/module/post.h"

#include <algorithm>

namespace imc {

Tile::Tile(sc_core::sc_module_name name, unsigned node, unsigned io_node, Ledger& ledger,
           TileBufferCost buffer)
    : sc_module(name),
      m_node(node),
      m_io_node(io_node),
      m_ledger(ledger),
      m_buffer(buffer),
      m_observed{ledger.observation(buffer.component, "work_ps"),
                 ledger.observation(buffer.component, "stall_input_ps"),
                 ledger.observation(buffer.component, "stall_credit_ps"),
                 ledger.observation(buffer.component, "bytes")}
{
    from_noc.register_b_transport(this, &Tile::b_transport);
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.dont_initialize();
    method.set_sensitivity(&m_grant_event);
    sc_core::sc_spawn([this] { grant_shared(); }, "grant_shared", &method);
}

void Tile::reset()
{
    for (auto& stage : m_stages)
        stage->reset();
    m_shared_requests.clear();
    for (auto& unit : m_shared)
        unit.schedule.clear();
    m_granted_event.notify(sc_core::SC_ZERO_TIME);
}

void Tile::retire_stages()
{
    for (auto& stage : m_stages)
        stage->retire();
    m_by_id.clear();
    m_shared_requests.clear();
    m_granted_event.notify(sc_core::SC_ZERO_TIME);
}

std::vector<const TileStage*> Tile::stages() const
{
    std::vector<const TileStage*> active;
    for (const auto& stage : m_stages)
        if (stage->active()) active.push_back(stage.get());
    return active;
}

bool Tile::busy() const
{
    return std::any_of(m_stages.begin(), m_stages.end(),
                       [](const auto& stage) { return stage->busy(); });
}

void Tile::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&)
{
    const auto* header = payload.get_extension<noc::PacketHeader>();
    const bool ok = header != nullptr && payload.is_write() && receive(*header, payload);
    payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
    if (ok || header == nullptr) return;
    noc::PacketHeader fault;
    fault.kind = noc::Kind::done;
    fault.destination = m_io_node;
    fault.stage = IMC_ROUTE_SINK;
    fault.producer = header->stage;
    fault.priority = 0;
    fault.status = IMC_ERROR_OVERRUN;
    fault.image = header->image;
    send(fault, nullptr, sizeof fault.status);
}

bool Tile::receive(const noc::PacketHeader& header, tlm::tlm_generic_payload& payload)
{
    if (header.kind == noc::Kind::config) {
        configure(header);
        return true;
    }
    TileStage* stage = find(header.stage);
    if (stage == nullptr) return false;
    switch (header.kind) {
        case noc::Kind::data:
        case noc::Kind::psum:
            m_ledger.count(stage->setup().stage.layer, m_buffer.write_bit,
                           std::uint64_t{payload.get_data_length()} * 8);
            m_ledger.observe(stage->setup().stage.layer, m_observed.bytes,
                             payload.get_data_length());
            if (m_ledger.traced()) stage->trace_write(header, payload.get_data_length());
            return stage->on_rows(header, payload.get_data_ptr());
        case noc::Kind::credit:
            stage->on_credit(header);
            return true;
        case noc::Kind::operands:
            m_ledger.count(stage->setup().stage.layer, m_buffer.write_bit,
                           std::uint64_t{payload.get_data_length()} * 8);
            if (m_ledger.traced()) stage->trace_write(header, payload.get_data_length());
            stage->on_operands();
            return true;
        case noc::Kind::fetched:
            stage->on_fetched();
            return true;
        case noc::Kind::arrived:
            stage->on_arrived();
            return true;
        case noc::Kind::gate:
            stage->on_gate(header.row);
            return true;
        case noc::Kind::weights:
            stage->on_blob(header.keep, payload.get_data_ptr(), payload.get_data_length());
            return true;
        default:
            return false;
    }
}

TileStage* Tile::find(std::uint16_t stage)
{
    return stage < m_by_id.size() && m_by_id[stage] != nullptr && m_by_id[stage]->active()
               ? m_by_id[stage]
               : nullptr;
}

/// A config packet's data is the StageSetup itself, owned by the packet; the answer says whether
/// the engine took it.
void Tile::configure(const noc::PacketHeader& header)
{
    auto setup = std::static_pointer_cast<const StageSetup>(header.keep);
    const std::uint16_t id = setup->stage.id;
    noc::PacketHeader answer;
    answer.kind = noc::Kind::done;
    answer.destination = setup->io_node;
    answer.stage = IMC_ROUTE_SINK;
    answer.producer = id;
    answer.priority = 0;
    try {
        auto engine = make_engine(setup->stage);
        const auto idle = std::find_if(m_stages.begin(), m_stages.end(),
                                       [](const auto& s) { return !s->active(); });
        const auto index = static_cast<std::size_t>(idle - m_stages.begin());
        if (idle == m_stages.end()) {
            m_stages.push_back(std::make_unique<TileStage>(*this));
            sc_core::sc_spawn(
                [this, index] { run_stage(index); },
                sc_core::sc_gen_unique_name((std::string(basename()) + "_stage").c_str()));
        }
        m_stages[index]->configure(setup, std::move(engine));
        if (m_by_id.size() <= id) m_by_id.resize(id + 1u);
        m_by_id[id] = m_stages[index].get();
        m_configured.notify(sc_core::SC_ZERO_TIME);
    } catch (const InputError& error) {
        SC_REPORT_INFO(report_id::tile_config, error.what());
        answer.status = IMC_ERROR_BAD_STAGE;
        answer.keep = std::make_shared<const std::string>(error.what());
    }
    send(answer, nullptr, sizeof answer.status);
}

void Tile::run_stage(std::size_t index)
{
    for (;;) {
        if (m_stages[index]->active())
            m_stages[index]->run();
        else
            sc_core::wait(m_configured);
    }
}

void Tile::send(noc::PacketHeader& header, const void* data, unsigned bytes)
{
    header.source = m_node;
    noc::post(to_noc, m_payload, header, data, bytes);
}

void Tile::share(ComponentId component)
{
    if (!is_shared(component)) m_shared.push_back({component, {}});
}

bool Tile::is_shared(ComponentId component) const
{
    return std::any_of(m_shared.begin(), m_shared.end(),
                       [&](const auto& u) { return u.component == component; });
}

void Tile::reserve_shared(Work& work, std::uint16_t stage)
{
    const auto& segments = work.segments;
    if (std::none_of(segments.begin(), segments.end(),
                     [&](const Segment& s) { return is_shared(s.component); }))
        return;
    m_shared_requests.push_back({stage, &work});
    if (m_shared_requests.size() == 1) m_grant_event.notify(sc_core::SC_ZERO_TIME);
    sc_core::wait(m_granted_event);
}

void Tile::grant_shared()
{
    std::sort(m_shared_requests.begin(), m_shared_requests.end(),
              [](const SharedRequest& a, const SharedRequest& b) { return a.stage < b.stage; });
    const std::uint64_t now = now_ps();
    for (const SharedRequest& request : m_shared_requests)
        stretch(*request.work, now);
    m_shared_requests.clear();
    m_granted_event.notify();
}

/// Moves each segment on a shared unit to the unit's next gap, and all later segments with it.
void Tile::stretch(Work& work, std::uint64_t start_ps)
{
    std::uint64_t shift = 0;
    for (Segment& segment : work.segments) {
        segment.offset_ps += shift;
        for (SharedUnit& unit : m_shared) {
            if (unit.component != segment.component) continue;
            unit.schedule.forget(start_ps);
            const std::uint64_t wanted = start_ps + segment.offset_ps;
            const std::uint64_t delay = unit.schedule.reserve(wanted, segment.duration_ps) - wanted;
            segment.offset_ps += delay;
            shift += delay;
        }
    }
    work.duration_ps += shift;
}

std::uint32_t Tile::trace_track()
{
    if (m_track < 0)
        m_track =
            m_ledger.track(m_shown_as.empty() ? "tile " + std::to_string(m_node) : m_shown_as);
    return static_cast<std::uint32_t>(m_track);
}

}  // namespace imc
