// SPDX-License-Identifier: Apache-2.0
#include "soc/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "common/error.h"
#include "soc/clock.h"

namespace imc::soc {

Memory::Memory(const sc_core::sc_module_name& name, const MemoryConfig& config)
    : sc_module(name), m_config(config)
{
    void* host = mmap(nullptr, config.bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (host == MAP_FAILED)
        throw InputError(std::string(this->name()) + ": no host memory for a RAM of " +
                         std::to_string(config.bytes) + " bytes; make it smaller");
    m_data = static_cast<unsigned char*>(host);
    in.register_b_transport(this, &Memory::b_transport);
    in.register_transport_dbg(this, &Memory::transport_dbg);
    in.register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr);
}

Memory::~Memory()
{
    munmap(m_data, m_config.bytes);
}

double Memory::energy_pj() const
{
    return 8.0 * (static_cast<double>(m_activity.bytes_read) * m_config.read_pj_per_bit +
                  static_cast<double>(m_activity.bytes_written) * m_config.write_pj_per_bit);
}

tlm::tlm_response_status Memory::check(const tlm::tlm_generic_payload& payload) const
{
    const std::uint64_t length = payload.get_data_length();
    if (length == 0 || payload.get_data_ptr() == nullptr) return tlm::TLM_BURST_ERROR_RESPONSE;
    const unsigned streaming = payload.get_streaming_width();
    const std::uint64_t window =
        streaming == 0 ? length : std::min<std::uint64_t>(streaming, length);
    const std::uint64_t address = payload.get_address();
    if (address >= m_config.bytes || window > m_config.bytes - address)
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    return tlm::TLM_OK_RESPONSE;
}

void Memory::copy(tlm::tlm_generic_payload& payload)
{
    const unsigned length = payload.get_data_length();
    const unsigned streaming = payload.get_streaming_width();
    const unsigned enable_length =
        payload.get_byte_enable_ptr() == nullptr ? 0 : payload.get_byte_enable_length();
    unsigned char* memory = m_data + payload.get_address();
    unsigned char* buffer = payload.get_data_ptr();
    if (enable_length == 0 && (streaming == 0 || streaming >= length)) {
        payload.is_read() ? std::memcpy(buffer, memory, length)
                          : std::memcpy(memory, buffer, length);
        return;
    }
    const unsigned window = streaming == 0 ? length : std::min(streaming, length);
    for (unsigned i = 0; i < length; ++i) {
        const bool enabled = enable_length == 0 ||
                             payload.get_byte_enable_ptr()[i % enable_length] != TLM_BYTE_DISABLED;
        if (!enabled) continue;
        unsigned char& cell = memory[i % window];
        payload.is_read() ? void(buffer[i] = cell) : void(cell = buffer[i]);
    }
}

void Memory::charge(const tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    const std::uint64_t length = payload.get_data_length();
    const std::uint64_t rate = m_config.bytes_per_second;
    const sc_core::sc_time transfer = from_ps((length * 1'000'000'000'000ull + rate - 1) / rate);
    const sc_core::sc_time asked = sc_core::sc_time_stamp() + delay;
    const sc_core::sc_time start = std::max(asked, m_free_at);
    m_free_at = start + transfer;
    m_activity.busy += transfer;
    delay += start - asked + transfer;
    if (payload.is_read()) {
        delay += m_config.read_latency;
        ++m_activity.reads;
        m_activity.bytes_read += length;
    } else {
        delay += m_config.write_latency;
        ++m_activity.writes;
        m_activity.bytes_written += length;
    }
}

void Memory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    payload.set_dmi_allowed(true);
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND)
        return payload.set_response_status(tlm::TLM_OK_RESPONSE);
    const tlm::tlm_response_status status = check(payload);
    if (status == tlm::TLM_OK_RESPONSE) {
        copy(payload);
        charge(payload, delay);
    }
    payload.set_response_status(status);
}

unsigned Memory::transport_dbg(tlm::tlm_generic_payload& payload)
{
    const std::uint64_t address = payload.get_address();
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (address >= m_config.bytes) return 0;
    const std::uint64_t count =
        std::min<std::uint64_t>(payload.get_data_length(), m_config.bytes - address);
    if (payload.is_read())
        std::memcpy(payload.get_data_ptr(), m_data + address, count);
    else if (payload.is_write())
        std::memcpy(m_data + address, payload.get_data_ptr(), count);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return static_cast<unsigned>(count);
}

bool Memory::get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi)
{
    dmi.set_dmi_ptr(m_data);
    dmi.set_start_address(0);
    dmi.set_end_address(m_config.bytes - 1);
    dmi.set_read_latency(m_config.read_latency);
    dmi.set_write_latency(m_config.write_latency);
    dmi.allow_read_write();
    return true;
}

}  // namespace imc::soc
