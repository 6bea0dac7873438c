// SPDX-License-Identifier: Apache-2.0
/// Stands in for the accelerator: the registers and the ring of imcvp/regs.h, with outputs by a
/// simple rule.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "imcvp/regs.h"
#include "soc/peripheral.h"

namespace imc::test {

/// The test's own rule for output element `i` of an image whose input bytes sum to `sum`.
inline std::int32_t stub_output(std::uint32_t sum, unsigned i)
{
    return static_cast<std::int32_t>((sum * (i + 1) * 7919u) % 201u) - 100;
}

class StubAccelerator : public soc::Peripheral {
public:
    tlm_utils::simple_initiator_socket<StubAccelerator> dma{"dma"};
    sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND> irq{
        "irq"};
    std::vector<imc_descriptor> executed;
    std::uint32_t id = IMC_ID_VALUE, version = IMC_VERSION_VALUE;  ///< what the registers say
    std::uint32_t stages = 64, ring_limit = 64;
    std::uint32_t fail_at = ~0u;  ///< descriptor that ends in IMC_ERROR_BAD_STAGE
    sc_core::sc_time image_time{3, sc_core::SC_US};

    explicit StubAccelerator(const sc_core::sc_module_name& name)
        : Peripheral(name, IMC_REGS_SIZE, sc_core::SC_ZERO_TIME)
    {
        constant(IMC_REG_ID, id);
        constant(IMC_REG_VERSION, version);
        constant(IMC_REG_CAPS_STAGES, stages);
        constant(IMC_REG_CAPS_RING, ring_limit);
        constant(IMC_REG_ERROR, m_error);
        constant(IMC_REG_ERROR_INDEX, m_head);
        constant(IMC_REG_STATUS, m_error);
        for (const unsigned reg : {IMC_REG_CAPS_CROSSBAR, IMC_REG_CAPS_ASSOCIATIVE,
                                   IMC_REG_CAPS_CAM, IMC_REG_CTRL, IMC_REG_IRQ_MASK})
            add(reg, 4);
        m_base = &add(IMC_REG_RING_BASE_LO, 8);
        m_size = &add(IMC_REG_RING_SIZE, 4);
        add(IMC_REG_DOORBELL, 4).write_only().on_write([this](unsigned, std::uint64_t tail) {
            m_tail = static_cast<std::uint32_t>(tail);
            m_work.notify(sc_core::SC_ZERO_TIME);
        });
        m_causes = &add(IMC_REG_IRQ_STATUS, 4).on_write([this](unsigned, std::uint64_t v) {
            m_causes->set(m_causes->value() & ~v);
            m_changed.notify(sc_core::SC_ZERO_TIME);
        });
        SC_HAS_PROCESS(StubAccelerator);
        SC_THREAD(run);
        SC_METHOD(drive);
        sensitive << m_changed;
    }

private:
    void constant(unsigned reg, const std::uint32_t& value)
    {
        add(reg, 4).on_read([&value](unsigned) { return value; });
    }

    void transfer(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes)
    {
        tlm::tlm_generic_payload payload;
        sc_core::sc_time delay;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(static_cast<unsigned char*>(data));
        payload.set_data_length(bytes);
        payload.set_streaming_width(bytes);
        dma->b_transport(payload, delay);
        sc_assert(payload.is_response_ok());
        wait(delay);
    }

    void run()
    {
        for (;;) {
            while (m_head == m_tail)
                wait(m_work);
            imc_descriptor descriptor;
            transfer(tlm::TLM_READ_COMMAND,
                     m_base->value() + (m_head % m_size->value()) * sizeof descriptor, &descriptor,
                     sizeof descriptor);
            if (m_head == fail_at) {
                m_error = IMC_ERROR_BAD_STAGE;
                raise(IMC_IRQ_ERROR);
                return;
            }
            execute(descriptor);
            ++m_head;
        }
    }

    void execute(const imc_descriptor& descriptor)
    {
        executed.push_back(descriptor);
        if (descriptor.opcode == IMC_OP_INPUT) {
            std::vector<unsigned char> bytes(descriptor.length);
            transfer(tlm::TLM_READ_COMMAND, descriptor.src, bytes.data(), descriptor.length);
            for (const unsigned char byte : bytes)
                m_sums[descriptor.image] += byte;
        }
        if (descriptor.opcode == IMC_OP_OUTPUT) {
            wait(image_time);
            std::vector<std::int32_t> codes(descriptor.length / 4);
            for (unsigned i = 0; i < codes.size(); ++i)
                codes[i] = stub_output(m_sums[descriptor.image], i);
            transfer(tlm::TLM_WRITE_COMMAND, descriptor.dst, codes.data(), descriptor.length);
        }
        imc_completion record{descriptor.tag, IMC_ERROR_NONE, descriptor.image, 1};
        transfer(tlm::TLM_WRITE_COMMAND, descriptor.completion, &record, sizeof record);
        if ((descriptor.flags & IMC_DESC_IRQ) != 0) raise(IMC_IRQ_COMPLETION);
    }

    void raise(std::uint32_t cause)
    {
        m_causes->set(m_causes->value() | cause);
        m_changed.notify(sc_core::SC_ZERO_TIME);
    }

    void drive() { irq->write(m_causes->value() != 0); }

    std::uint32_t m_head = 0, m_tail = 0, m_error = 0;
    std::map<std::uint32_t, std::uint32_t> m_sums;  ///< by image
    soc::Register *m_base, *m_size, *m_causes;
    sc_core::sc_event m_work{"work"}, m_changed{"changed"};
};

}  // namespace imc::test
