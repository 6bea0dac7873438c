// SPDX-License-Identifier: Apache-2.0
/// What each opcode of the ring does.
#include "accelerator/module/command_processor.h"
#include "common/module/sim_time.h"

#include <algorithm>
#include <new>

namespace imc::accelerator {

namespace {

[[noreturn]] void refuse(imc_error code, const std::string& text)
{
    throw ProgramError(code, text);
}

}  // namespace

void CommandProcessor::execute(std::uint32_t index, const imc_descriptor& d)
{
    check_fields(d);
    switch (d.opcode) {
        case IMC_OP_NOP:
            return complete(index, IMC_ERROR_NONE);
        case IMC_OP_CONFIG:
            return config(index, d);
        case IMC_OP_LOAD:
            return load(index, d);
        case IMC_OP_INPUT:
            return input(index, d);
        case IMC_OP_STEP:
            return step_layer(index, d);
        case IMC_OP_OUTPUT:
            return output(index, d);
        default:
            return fence(index);
    }
}

void CommandProcessor::check_fields(const imc_descriptor& d) const
{
    if (d.opcode > IMC_OP_FENCE)
        refuse(IMC_ERROR_BAD_OPCODE, "descriptor: opcode " + std::to_string(d.opcode));
    const bool zero = std::all_of(std::begin(d.reserved), std::end(d.reserved),
                                  [](std::uint32_t r) { return r == 0; });
    if ((d.flags & ~IMC_DESC_IRQ) != 0 || !zero)
        refuse(IMC_ERROR_BAD_DESCRIPTOR,
               "descriptor: unknown flags or reserved fields that are not zero");
    const bool works = d.opcode == IMC_OP_LOAD || d.opcode == IMC_OP_INPUT ||
                       d.opcode == IMC_OP_STEP || d.opcode == IMC_OP_OUTPUT;
    if (works && m_program == nullptr)
        refuse(IMC_ERROR_NOT_CONFIGURED, "descriptor: work before CONFIG");
}

/// Reads header and tables, checks them, tells every tile its stages and waits for the answers.
void CommandProcessor::config(std::uint32_t index, const imc_descriptor& d)
{
    wait_for_earlier();
    m_ledger.set_phase(Phase::setup);
    imc_program_header header{};
    if (d.length < sizeof header)
        refuse(IMC_ERROR_BAD_DESCRIPTOR, "CONFIG: shorter than a program header");
    read_memory(d.src, &header, sizeof header);
    check_header(header, d.length);
    std::vector<unsigned char> tables(header.payload_offset);
    read_memory(d.src + sizeof header, tables.data() + sizeof header,
                tables.size() - sizeof header);
    auto program = std::make_unique<Program>(read_tables(header, tables));
    check_program(*program, m_config);
    adopt(std::move(program));
    m_domain.wait_until(m_done_event, [this] { return m_awaited_configs == 0; });
    if (m_config_error != IMC_ERROR_NONE) {
        m_program.reset();
        refuse(m_config_error, "CONFIG: " + m_config_refusal);
    }
    complete(index, IMC_ERROR_NONE);
}

void CommandProcessor::adopt(std::unique_ptr<Program> program)
{
    m_hooks.retire_stages();
    m_program = std::move(program);
    m_setups = join_stages(*m_program, m_config);
    m_load_announced.assign(m_setups.size(), false);
    m_next_sequence = 0;
    m_source.configure(m_program->header.input, source_routes(*m_program));
    m_sink.configure(m_program->header.output);
    m_config_error = IMC_ERROR_NONE;
    m_awaited_configs = static_cast<std::uint32_t>(m_setups.size());
    for (const auto& setup : m_setups) {
        noc::PacketHeader packet;
        packet.kind = noc::Kind::config;
        packet.destination = setup->stage.tile;
        packet.stage = setup->stage.id;
        packet.producer = IMC_ROUTE_SINK;
        packet.keep = setup;
        m_io.send(packet, setup.get(), setup->wire_bytes());
    }
}

/// Hands a blob to its stage; the tile answers when it is programmed.
void CommandProcessor::load(std::uint32_t index, const imc_descriptor& d)
{
    if (d.stage >= m_setups.size()) refuse(IMC_ERROR_BAD_DESCRIPTOR, "LOAD: no such stage");
    const auto& blobs = m_program->blobs;
    const auto blob = std::find_if(blobs.begin(), blobs.end(),
                                   [&](const imc_blob_ref& b) { return b.stage == d.stage; });
    if (blob == blobs.end() || blob->bytes != d.length)
        refuse(IMC_ERROR_BAD_DESCRIPTOR,
               "LOAD: stage " + std::to_string(d.stage) + " has no blob of that length");
    const auto id = static_cast<std::uint16_t>(d.stage);
    m_domain.wait_until(m_done_event, [&] { return m_loads.count(id) == 0; });
    if (m_in_flight.empty()) {
        m_ledger.set_phase(Phase::setup);
        return fetch_blob(DmaClient::command, index, d);
    }
    m_loads[id] = index;
    m_load_jobs.push_back({index, d});
    m_load_event.notify(sc_core::SC_ZERO_TIME);
}

void CommandProcessor::load_in_background()
{
    for (;;) {
        try {
            m_domain.wait_until(m_load_event, [this] { return !m_load_jobs.empty(); });
            const auto [index, d] = m_load_jobs.front();
            m_load_jobs.pop_front();
            try {
                fetch_blob(DmaClient::loader, index, d);
            } catch (const ProgramError& error) {
                note_error(error.what());
                m_loads.erase(static_cast<std::uint16_t>(d.stage));
                complete(index, error.code());
            }
        } catch (const ResetUnwind&) {
        }
    }
}

/// Reads a blob and sends it to its stage.
void CommandProcessor::fetch_blob(DmaClient client, std::uint32_t index, const imc_descriptor& d)
{
    const auto id = static_cast<std::uint16_t>(d.stage);
    std::shared_ptr<unsigned char[]> data(new (std::nothrow) unsigned char[d.length]);
    if (data == nullptr) refuse(IMC_ERROR_CAPACITY, "LOAD: the blob does not fit into memory");
    read_memory(d.src, data.get(), d.length, client);
    m_loads[id] = index;
    m_load_announced[id] = true;
    const imc_stage& stage = m_setups[id]->stage;
    noc::PacketHeader packet;
    packet.kind = noc::Kind::weights;
    packet.destination = stage.tile;
    packet.stage = id;
    packet.producer = IMC_ROUTE_SINK;
    packet.layer = stage.layer;
    packet.data_bytes = d.length;
    packet.keep = std::shared_ptr<const void>(data, data.get());
    m_io.send(packet, data.get(), d.length);
}

/// True while tables of a step's stages are on their way.
bool CommandProcessor::is_loading(std::uint32_t step) const
{
    return std::any_of(m_loads.begin(), m_loads.end(), [&](const auto& load) {
        return m_program->layers[m_setups[load.first]->stage.layer].step == step;
    });
}

void CommandProcessor::input(std::uint32_t index, const imc_descriptor& d)
{
    const imc_port& port = m_program->header.input;
    if (d.length != std::uint64_t{port.channels} * port.height * port.width * port.bytes)
        refuse(IMC_ERROR_BAD_DESCRIPTOR, "INPUT: the length is not that of an input image");
    if (m_in_flight.count(d.image) != 0)
        refuse(IMC_ERROR_BAD_DESCRIPTOR,
               "INPUT: image " + std::to_string(d.image) + " is still under way");
    for (const auto& setup : m_setups)
        if (setup->needs_load && !setup->reloads && !m_load_announced[setup->stage.id])
            refuse(IMC_ERROR_NOT_CONFIGURED,
                   "INPUT: stage " + std::to_string(setup->stage.id) + " has not been loaded");
    if (m_loads.empty()) m_ledger.set_phase(Phase::inference);
    ImageTimes times;
    times.image = d.image;
    times.doorbell_ps = m_doorbells.empty() ? now_ps() : m_doorbells.front().second;
    times.input_ps = now_ps();
    m_images.push_back(times);
    const std::uint64_t sequence = m_next_sequence++;
    m_in_flight[d.image] = {sequence, false, m_images.size() - 1};
    m_sink.expect(sequence);
    m_source.enqueue({index, d.image, sequence, d.src});
}

CommandProcessor::ImageInFlight& CommandProcessor::in_flight(const imc_descriptor& d)
{
    const auto found = m_in_flight.find(d.image);
    if (found == m_in_flight.end())
        refuse(IMC_ERROR_BAD_DESCRIPTOR,
               "descriptor: image " + std::to_string(d.image) + " has no INPUT");
    return found->second;
}

void CommandProcessor::step_layer(std::uint32_t index, const imc_descriptor& d)
{
    const ImageInFlight& image = in_flight(d);
    if (!m_program->is_gated() || d.arg >= m_program->header.steps)
        refuse(IMC_ERROR_BAD_DESCRIPTOR, "STEP: the program has no such step");
    m_domain.wait_until(m_done_event, [&] { return !is_loading(d.arg); });
    for (const auto& setup : m_setups) {
        if (!setup->gated || m_program->layers[setup->stage.layer].step != d.arg) continue;
        noc::PacketHeader packet;
        packet.kind = noc::Kind::gate;
        packet.destination = setup->stage.tile;
        packet.stage = setup->stage.id;
        packet.producer = IMC_ROUTE_SINK;
        packet.priority = 0;
        packet.image = d.image;
        packet.row = image.sequence + 1;
        ++m_awaited_steps;
        m_io.send(packet, nullptr, sizeof packet.status);
    }
    m_domain.wait_until(m_done_event, [this] { return m_awaited_steps == 0; });
    complete(index, IMC_ERROR_NONE);
}

void CommandProcessor::output(std::uint32_t index, const imc_descriptor& d)
{
    ImageInFlight& image = in_flight(d);
    if (image.output_announced || d.length < m_sink.image_bytes())
        refuse(IMC_ERROR_BAD_DESCRIPTOR, "OUTPUT: too little room, or announced twice");
    image.output_announced = true;
    m_sink.announce({index, image.sequence, d.dst});
}

void CommandProcessor::fence(std::uint32_t index)
{
    wait_for_earlier();
    if (m_ledger.phase() == Phase::setup && m_program != nullptr) m_setup_end_ps = now_ps();
    m_ledger.set_phase(Phase::inference);
    complete(index, IMC_ERROR_NONE);
}

}  // namespace imc::accelerator
