// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/register_target.h"

#include <algorithm>

namespace imc::accelerator {

namespace {

/// One beat of a transaction: consecutive bytes of the register space, gathered into words.
class Beat {
public:
    Beat(RegisterBlock& registers, tlm::tlm_generic_payload& payload)
        : m_registers(registers), m_payload(payload)
    {
    }

    /// Bytes [first, first + count) of the payload at `offset`. Returns the status.
    tlm::tlm_response_status run(std::uint64_t offset, unsigned first, unsigned count)
    {
        for (unsigned i = 0; i < count;) {
            const auto at = static_cast<std::uint32_t>(offset + i);
            const unsigned in_word = std::min(4 - at % 4, count - i);
            const auto status =
                m_payload.is_write() ? write(at, first + i, in_word) : read(at, first + i, in_word);
            if (status != tlm::TLM_OK_RESPONSE) return status;
            ++m_words;
            i += in_word;
        }
        return tlm::TLM_OK_RESPONSE;
    }
    unsigned words() const { return m_words; }

private:
    bool enabled(unsigned byte) const
    {
        const unsigned char* enables = m_payload.get_byte_enable_ptr();
        const unsigned length = m_payload.get_byte_enable_length();
        return enables == nullptr || length == 0 || enables[byte % length] != TLM_BYTE_DISABLED;
    }

    tlm::tlm_response_status read(std::uint32_t at, unsigned first, unsigned count)
    {
        const auto value = m_registers.read(at & ~3u);
        if (!value) {
            const bool write_only = (at & ~3u) == IMC_REG_DOORBELL;
            m_registers.raise_error(IMC_ERROR_BAD_REGISTER, m_registers.head());
            return write_only ? tlm::TLM_COMMAND_ERROR_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
        }
        for (unsigned i = 0; i < count; ++i)
            if (enabled(first + i))
                m_payload.get_data_ptr()[first + i] =
                    static_cast<unsigned char>(*value >> (8 * ((at + i) % 4)));
        return tlm::TLM_OK_RESPONSE;
    }

    tlm::tlm_response_status write(std::uint32_t at, unsigned first, unsigned count)
    {
        std::uint32_t value = 0, mask = 0;
        for (unsigned i = 0; i < count; ++i) {
            if (!enabled(first + i)) continue;
            const unsigned shift = 8 * ((at + i) % 4);
            value |= std::uint32_t{m_payload.get_data_ptr()[first + i]} << shift;
            mask |= 0xFFu << shift;
        }
        if (mask == 0) return tlm::TLM_OK_RESPONSE;
        switch (m_registers.write(at & ~3u, value, mask)) {
            case AccessResult::ok:
                return tlm::TLM_OK_RESPONSE;
            case AccessResult::wrong_direction:
                return tlm::TLM_COMMAND_ERROR_RESPONSE;
            default:
                return tlm::TLM_ADDRESS_ERROR_RESPONSE;
        }
    }

    RegisterBlock& m_registers;
    tlm::tlm_generic_payload& m_payload;
    unsigned m_words = 0;
};

}  // namespace

unsigned serve_registers(RegisterBlock& registers, tlm::tlm_generic_payload& payload,
                         std::uint64_t offset)
{
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        return 0;
    }
    const unsigned length = payload.get_data_length();
    if (length == 0 || payload.get_data_ptr() == nullptr) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return 0;
    }
    const unsigned streaming = payload.get_streaming_width();
    const unsigned width = streaming == 0 ? length : std::min(streaming, length);
    auto status = tlm::TLM_OK_RESPONSE;
    Beat beat(registers, payload);
    if (offset >= IMC_REGS_SIZE || width > IMC_REGS_SIZE - offset) {
        registers.raise_error(IMC_ERROR_BAD_REGISTER, registers.head());
        status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
    }
    for (unsigned first = 0; first < length && status == tlm::TLM_OK_RESPONSE; first += width)
        status = beat.run(offset, first, std::min(width, length - first));
    payload.set_response_status(status);
    return beat.words();
}

unsigned peek_registers(const RegisterBlock& registers, tlm::tlm_generic_payload& payload,
                        std::uint64_t offset)
{
    if (!payload.is_read() || offset >= IMC_REGS_SIZE) {
        payload.set_response_status(payload.is_read() ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                                      : tlm::TLM_COMMAND_ERROR_RESPONSE);
        return 0;
    }
    const auto count = static_cast<unsigned>(
        std::min<std::uint64_t>(payload.get_data_length(), IMC_REGS_SIZE - offset));
    for (unsigned i = 0; i < count; ++i) {
        const auto at = static_cast<std::uint32_t>(offset + i);
        payload.get_data_ptr()[i] =
            static_cast<unsigned char>(registers.read(at & ~3u).value_or(0) >> (8 * (at % 4)));
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return count;
}

}  // namespace imc::accelerator
