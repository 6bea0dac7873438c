// SPDX-License-Identifier: Apache-2.0
/// A small bus initiator that does what a driver does: configure, upload weights, run images, wait
/// for the interrupt.
#pragma once

#include "imcvp/program.h"
#include "imcvp/regs.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

/// Addresses that driver and platform agree on.
struct BusMap {
    std::uint64_t registers, ring, completions, program, input, output;
};

class Driver : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<Driver> socket{"socket"};
    sc_core::sc_in<bool> irq{"irq"};

    SC_HAS_PROCESS(Driver);
    Driver(const sc_core::sc_module_name& name, const BusMap& map,
           std::vector<unsigned char> program, std::vector<unsigned char> input)
        : sc_module(name), m_map(map), m_program(std::move(program)), m_input(std::move(input))
    {
        SC_THREAD(run);
    }

    bool done() const { return m_done; }
    const std::string& error() const { return m_error; }
    const std::vector<std::int32_t>& outputs() const { return m_outputs; }
    const sc_core::sc_time& latency() const { return m_latency; }

private:
    static constexpr std::uint32_t ring_entries = 256;

    void run()
    {
        try {
            const imc_program_header& header =
                *reinterpret_cast<const imc_program_header*>(m_program.data());
            if (read32(IMC_REG_ID) != IMC_ID_VALUE)
                throw std::runtime_error("no accelerator at the registers' address");
            write(m_map.program, m_program.data(), m_program.size());
            write(m_map.input, m_input.data(), m_input.size());
            start_ring();
            configure(header);
            const sc_core::sc_time begin = sc_core::sc_time_stamp();
            infer(header);
            m_latency = sc_core::sc_time_stamp() - begin;
            const auto& port = header.output;
            m_outputs.resize(std::size_t{port.channels} * port.height * port.width);
            transfer(tlm::TLM_READ_COMMAND, m_map.output, m_outputs.data(), m_outputs.size() * 4);
            m_done = true;
        } catch (const std::exception& e) {
            m_error = e.what();
        }
        sc_core::sc_stop();
    }

    void start_ring()
    {
        write32(IMC_REG_RING_BASE_LO, static_cast<std::uint32_t>(m_map.ring));
        write32(IMC_REG_RING_BASE_HI, static_cast<std::uint32_t>(m_map.ring >> 32));
        write32(IMC_REG_RING_SIZE, ring_entries);
        write32(IMC_REG_IRQ_MASK, IMC_IRQ_COMPLETION | IMC_IRQ_ERROR);
        write32(IMC_REG_CTRL, IMC_CTRL_ENABLE);
    }

    /// Program and weights: one LOAD a blob, each waited for, so that the ring never overflows.
    void configure(const imc_program_header& header)
    {
        imc_descriptor config{};
        config.opcode = IMC_OP_CONFIG;
        config.src = m_map.program;
        config.length = static_cast<std::uint32_t>(header.total_bytes);
        submit(config, true);
        for (std::uint32_t i = 0; i < header.blobs.count; ++i) {
            imc_blob_ref blob;
            std::memcpy(&blob, m_program.data() + header.blobs.offset + i * sizeof blob,
                        sizeof blob);
            imc_descriptor load{};
            load.opcode = IMC_OP_LOAD;
            load.src = m_map.program + blob.offset;
            load.length = static_cast<std::uint32_t>(blob.bytes);
            load.stage = blob.stage;
            submit(load, true);
        }
    }

    void infer(const imc_program_header& header)
    {
        imc_descriptor input{};
        input.opcode = IMC_OP_INPUT;
        input.src = m_map.input;
        input.length = static_cast<std::uint32_t>(m_input.size());
        submit(input, false);
        for (std::uint32_t step = 0;
             header.schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL && step < header.steps; ++step) {
            imc_descriptor gate{};
            gate.opcode = IMC_OP_STEP;
            gate.arg = step;
            submit(gate, false);
        }
        imc_descriptor output{};
        output.opcode = IMC_OP_OUTPUT;
        output.dst = m_map.output;
        output.length = 4 * header.output.channels * header.output.height * header.output.width;
        submit(output, true);
    }

    void submit(imc_descriptor descriptor, bool wait_for_it)
    {
        descriptor.tag = m_tail;
        if (wait_for_it) {
            descriptor.flags = IMC_DESC_IRQ;
            descriptor.completion = m_map.completions;
        }
        write(m_map.ring + (m_tail % ring_entries) * sizeof descriptor, &descriptor,
              sizeof descriptor);
        write32(IMC_REG_DOORBELL, ++m_tail);
        if (wait_for_it) wait_for_completion(descriptor.tag);
    }

    void wait_for_completion(std::uint32_t tag)
    {
        while (!irq.read())
            wait(irq.posedge_event());
        const std::uint32_t cause = read32(IMC_REG_IRQ_STATUS);
        write32(IMC_REG_IRQ_STATUS, cause);
        imc_completion completion{};
        transfer(tlm::TLM_READ_COMMAND, m_map.completions, &completion, sizeof completion);
        const std::uint32_t error = read32(IMC_REG_ERROR);
        if (error != IMC_ERROR_NONE || completion.status != IMC_ERROR_NONE || completion.tag != tag)
            throw std::runtime_error("descriptor " + std::to_string(tag) + " ended with error " +
                                     std::to_string(error ? error : completion.status));
    }

    std::uint32_t read32(std::uint64_t offset)
    {
        std::uint32_t value = 0;
        transfer(tlm::TLM_READ_COMMAND, m_map.registers + offset, &value, 4);
        return value;
    }
    void write32(std::uint64_t offset, std::uint32_t value)
    {
        write(m_map.registers + offset, &value, 4);
    }
    void write(std::uint64_t address, const void* data, std::size_t bytes)
    {
        transfer(tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(data), bytes);
    }

    void transfer(tlm::tlm_command command, std::uint64_t address, void* data, std::size_t bytes)
    {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(static_cast<unsigned char*>(data));
        payload.set_data_length(static_cast<unsigned>(bytes));
        payload.set_streaming_width(static_cast<unsigned>(bytes));
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        socket->b_transport(payload, delay);
        if (payload.is_response_error())
            throw std::runtime_error("the bus refused an access: " + payload.get_response_string());
        wait(delay);
    }

    BusMap m_map;
    std::vector<unsigned char> m_program, m_input;
    std::uint32_t m_tail = 0;
    bool m_done = false;
    std::string m_error;
    std::vector<std::int32_t> m_outputs;
    sc_core::sc_time m_latency;
};
