// SPDX-License-Identifier: Apache-2.0
/// Ring, completions, errors, resets. What each opcode does: command_opcodes.cpp.
#include "accelerator/module/command_processor.h"

#include "accelerator/kernel/descriptor_text.h"
#include "common/module/report.h"
#include "common/module/sim_time.h"
#include "common/module/spawn.h"

namespace imc::accelerator {

namespace {

Capabilities capabilities_of(const AcceleratorConfig& config)
{
    Capabilities caps;
    caps.stages = max_stages;
    for (const TileGroup& group : config.tiles) {
        if (group.engine == IMC_ENGINE_CROSSBAR) caps.crossbar += group.count * config.chips;
        if (group.engine == IMC_ENGINE_ASSOCIATIVE) caps.associative += group.count * config.chips;
        if (group.engine == IMC_ENGINE_CAM) caps.cam += group.count * config.chips;
    }
    return caps;
}

}  // namespace

CommandProcessor::CommandProcessor(sc_core::sc_module_name name, const AcceleratorConfig& config,
                                   Ledger& ledger, Dma& dma, IoNode& io, ProcessorHooks hooks)
    : sc_module(name),
      m_config(config),
      m_ledger(ledger),
      m_dma(dma),
      m_io(io),
      m_hooks(std::move(hooks)),
      m_component(ledger.component("command", "command",
                                   config.technology.get_or("command.area_mm2", 0.0),
                                   config.technology.get_or("command.leakage_w", 0.0))),
      m_descriptor_event(
          ledger.event(m_component, "descriptor", config.technology.get("command.descriptor_pj"))),
      m_registers(capabilities_of(config), *this),
      m_source(m_domain, dma, io,
               [this](std::uint32_t index, imc_error error) { complete(index, error); }),
      m_sink(m_domain, dma,
             [this](std::uint32_t index, imc_error error) { complete(index, error); })
{
    m_io.listen(*this);
    sc_core::sc_spawn([this] { fetch_and_execute(); }, "execute");
    sc_core::sc_spawn([this] { retire_descriptors(); }, "retire");
    sc_core::sc_spawn([this] { load_in_background(); }, "load");
}

void CommandProcessor::enabled()
{
    m_enabled_ps = now_ps();
    m_doorbells.clear();
}

void CommandProcessor::doorbell()
{
    m_doorbells.push_back({m_registers.tail(), now_ps() + to_ps(m_access_delay)});
    m_doorbell_event.notify(m_access_delay);
    trace_ring();
}

void CommandProcessor::fetch_and_execute()
{
    for (;;) {
        try {
            m_domain.wait_until(m_doorbell_event, [this] {
                return m_registers.is_enabled() && !m_halted &&
                       m_registers.head() != m_registers.tail();
            });
            step();
        } catch (const ResetUnwind&) {
        }
    }
}

void CommandProcessor::step()
{
    const std::uint32_t index = m_registers.head();
    const std::uint64_t slot = index & (m_registers.ring_size() - 1);
    imc_descriptor d{};
    try {
        read_memory(m_registers.ring_base() + slot * sizeof d, &d, sizeof d);
    } catch (const ProgramError& error) {
        m_registers.advance_head();
        return fault(error.code(),
                     "ring entry " + std::to_string(index) + ": the bus refused to read it");
    }
    m_registers.advance_head();
    trace_ring();
    while (!m_doorbells.empty() &&
           static_cast<std::int32_t>(m_doorbells.front().first - index) <= 0)
        m_doorbells.pop_front();
    m_ledger.count(shared_layer, m_descriptor_event);
    if (m_ledger.traced()) trace_descriptor();
    report_debug(report_id::accelerator_command, [&] { return fetched_text(index, d); });
    m_outstanding[index] = d;
    trace_queue();
    try {
        execute(index, d);
    } catch (const ProgramError& error) {
        note_error(error.what());
        complete(index, error.code());
    }
}

void CommandProcessor::read_memory(std::uint64_t address, void* data, std::uint64_t bytes,
                                   DmaClient client)
{
    Transfer transfer;
    transfer.address = address;
    transfer.data = static_cast<unsigned char*>(data);
    transfer.bytes = bytes;
    const DmaResult result = m_dma.run(client, transfer);
    if (result == DmaResult::aborted) throw ResetUnwind{};
    if (result == DmaResult::refused)
        throw ProgramError(IMC_ERROR_DMA, "the bus refused a read of " + bytes_at(bytes, address));
}

/// Waits until every earlier descriptor is complete; the one that waits is outstanding too.
void CommandProcessor::wait_for_earlier()
{
    m_domain.wait_until(m_retired_event, [this] { return m_outstanding.size() == 1; });
}

void CommandProcessor::complete(std::uint32_t index, imc_error error)
{
    if (error != IMC_ERROR_NONE) m_halted = true;
    m_finished.push_back({index, error});
    m_finished_event.notify(sc_core::SC_ZERO_TIME);
}

void CommandProcessor::retire_descriptors()
{
    for (;;) {
        try {
            m_domain.wait_until(m_finished_event, [this] { return !m_finished.empty(); });
            const auto [index, error] = m_finished.front();
            m_finished.pop_front();
            retire(index, error);
        } catch (const ResetUnwind&) {
        }
    }
}

void CommandProcessor::retire(std::uint32_t index, imc_error error)
{
    const imc_descriptor d = m_outstanding.at(index);
    const bool written = d.completion == 0 || write_completion(d, error);
    m_outstanding.erase(index);
    trace_queue();
    ++m_descriptors;
    report_debug(report_id::accelerator_command, [&] {
        return "ring entry " + std::to_string(index) + ": complete, status " +
               std::to_string(error);
    });
    if (d.opcode == IMC_OP_OUTPUT && error == IMC_ERROR_NONE) {
        m_images[m_in_flight.at(d.image).times].output_ps = now_ps();
        m_in_flight.erase(d.image);
    }
    if (error == IMC_ERROR_NONE && !written) {
        m_halted = true;
        raise(IMC_ERROR_DMA, index,
              "the bus refused a completion record of " +
                  bytes_at(sizeof(imc_completion), d.completion));
    } else if (error != IMC_ERROR_NONE) {
        raise(error, index, refused_text(d));
    }
    if ((d.flags & IMC_DESC_IRQ) != 0) m_registers.raise_interrupt(IMC_IRQ_COMPLETION);
    m_retired_event.notify(sc_core::SC_ZERO_TIME);
}

/// The first error since the last clear stays, as in the error register.
void CommandProcessor::note_error(const std::string& text)
{
    if (m_last_error.empty()) m_last_error = text;
}

void CommandProcessor::raise(imc_error error, std::uint32_t index, const std::string& text)
{
    note_error("ring entry " + std::to_string(index) + ": " + text);
    SC_REPORT_INFO(report_id::accelerator_error, m_last_error.c_str());
    m_registers.raise_error(error, index);
}

bool CommandProcessor::write_completion(const imc_descriptor& d, imc_error error)
{
    imc_completion record{d.tag, static_cast<std::uint32_t>(error), d.image, 1};
    Transfer transfer;
    transfer.write = true;
    transfer.address = d.completion;
    transfer.data = reinterpret_cast<unsigned char*>(&record);
    transfer.bytes = sizeof record;
    const DmaResult result = m_dma.run(DmaClient::completion, transfer);
    if (result == DmaResult::aborted) throw ResetUnwind{};
    return result == DmaResult::ok;
}

/// An error that belongs to no descriptor: the last one fetched is named.
void CommandProcessor::fault(imc_error error, const std::string& text)
{
    note_error(text);
    m_halted = true;
    SC_REPORT_INFO(report_id::accelerator_error, text.c_str());
    m_registers.raise_error(error, m_registers.head() - 1);
}

bool CommandProcessor::on_rows(const noc::PacketHeader& header, const unsigned char* data)
{
    if (m_sink.on_rows(header, data)) return true;
    fault(IMC_ERROR_OVERRUN,
          "sink: rows from stage " + std::to_string(header.producer) + " that no image waits for");
    return false;
}

namespace {

/// "stage 7: refused its input: ..." with what the tile said of it.
std::string stage_text(const noc::PacketHeader& header, const char* what)
{
    const std::string refusal = header.refusal();
    return "stage " + std::to_string(header.producer) + ": " + what +
           (refusal.empty() ? "" : ": " + refusal);
}

}  // namespace

void CommandProcessor::on_done(const noc::PacketHeader& header)
{
    const auto status = static_cast<imc_error>(header.status);
    if (status == IMC_ERROR_OVERRUN)
        return fault(status, stage_text(header, "a row came where no slot was free"));
    if (m_awaited_configs != 0) {
        if (m_config_error == IMC_ERROR_NONE) {
            m_config_error = status;
            m_config_refusal = stage_text(header, "refused");
        }
        --m_awaited_configs;
    } else if (const auto load = m_loads.find(header.producer); load != m_loads.end()) {
        if (status != IMC_ERROR_NONE) note_error(stage_text(header, "its blob was refused"));
        complete(load->second, status);
        m_loads.erase(load);
        if (m_loads.empty() && !m_in_flight.empty()) m_ledger.set_phase(Phase::inference);
    } else if (status != IMC_ERROR_NONE) {
        fault(status, stage_text(header, "refused its input"));
    } else if (m_awaited_steps != 0) {
        --m_awaited_steps;
    }
    m_done_event.notify(sc_core::SC_ZERO_TIME);
}

void CommandProcessor::soft_reset()
{
    m_domain.trigger();
    m_dma.reset();
    m_hooks.clear_datapath();
    clear();
    m_registers.reset(m_domain.epoch());
    trace_ring();
}

void CommandProcessor::hard_reset()
{
    soft_reset();
    m_enabled_ps = now_ps();
    for (std::uint32_t offset = IMC_REG_PERF_CYCLES; offset <= IMC_REG_PERF_STALL_OUTPUT;
         offset += 8)
        m_baseline[offset] = raw_performance(offset);
}

/// Program and weights stay; everything under way goes.
void CommandProcessor::clear()
{
    m_source.reset();
    m_sink.reset();
    for (const auto& [stage, index] : m_loads)
        m_load_announced[stage] = false;
    m_loads.clear();
    m_load_jobs.clear();
    if (m_awaited_configs != 0) m_program.reset();
    m_awaited_configs = m_awaited_steps = 0;
    m_outstanding.clear();
    m_finished.clear();
    m_in_flight.clear();
    m_next_sequence = 0;
    m_halted = false;
    m_last_error.clear();
}

bool CommandProcessor::busy() const
{
    return !m_outstanding.empty() ||
           (m_registers.is_enabled() && !m_halted && m_registers.head() != m_registers.tail());
}

std::uint64_t CommandProcessor::performance(std::uint32_t offset) const
{
    const auto base = m_baseline.find(offset);
    return raw_performance(offset) - (base == m_baseline.end() ? 0 : base->second);
}

std::uint64_t CommandProcessor::raw_performance(std::uint32_t offset) const
{
    switch (offset) {
        case IMC_REG_PERF_CYCLES:
            if (!m_registers.is_enabled()) return 0;
            return static_cast<std::uint64_t>(static_cast<double>(now_ps() - m_enabled_ps) * 1e-3 *
                                              m_config.clock_ghz);
        case IMC_REG_PERF_DESCRIPTORS:
            return m_descriptors;
        case IMC_REG_PERF_DMA_READ:
            return m_dma.bytes_read();
        case IMC_REG_PERF_DMA_WRITE:
            return m_dma.bytes_written();
        default:
            return m_hooks.performance(offset);
    }
}

std::vector<std::string> CommandProcessor::diagnose() const
{
    std::vector<std::string> lines;
    for (const auto& [index, d] : m_outstanding)
        lines.push_back("descriptor " + std::to_string(index) + " " + name_of(d) + " image " +
                        std::to_string(d.image) + ": not complete");
    for (const std::string& line : {m_source.diagnosis(), m_sink.diagnosis()})
        if (!line.empty()) lines.push_back(line);
    return lines;
}

}  // namespace imc::accelerator
