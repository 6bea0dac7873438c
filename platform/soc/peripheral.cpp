// SPDX-License-Identifier: Apache-2.0
#include "soc/peripheral.h"

#include <algorithm>
#include <memory>

namespace imc::soc {

Register::Register(std::uint64_t offset, unsigned bytes, unsigned count, unsigned stride)
    : m_offset(offset), m_bytes(bytes), m_count(count), m_stride(stride), m_values(count, 0)
{
}

Register& Register::on_read(Read callback)
{
    m_read = std::move(callback);
    return *this;
}

Register& Register::on_write(Write callback)
{
    m_write = std::move(callback);
    return *this;
}

Register& Register::read_has_effects()
{
    m_effects = true;
    return *this;
}

Register& Register::read_only()
{
    m_writable = false;
    return *this;
}

Register& Register::write_only()
{
    m_readable = false;
    return *this;
}

Peripheral::Peripheral(const sc_core::sc_module_name& name, std::uint64_t size,
                       const sc_core::sc_time& access_time)
    : sc_module(name), m_size(size), m_access_time(access_time)
{
    in.register_b_transport(this, &Peripheral::b_transport);
    in.register_transport_dbg(this, &Peripheral::transport_dbg);
    in.register_get_direct_mem_ptr(this, &Peripheral::get_direct_mem_ptr);
}

Register& Peripheral::add(std::uint64_t offset, unsigned bytes)
{
    return add_array(offset, bytes, 1, bytes);
}

Register& Peripheral::add_array(std::uint64_t offset, unsigned bytes, unsigned count,
                                unsigned stride)
{
    const auto later = [](std::uint64_t o, const auto& r) { return o < r->m_offset; };
    const auto place = std::upper_bound(m_registers.begin(), m_registers.end(), offset, later);
    return **m_registers.insert(place, std::make_unique<Register>(offset, bytes, count, stride));
}

bool Peripheral::find(std::uint64_t address, Part& part)
{
    const auto later = [](std::uint64_t a, const auto& r) { return a < r->m_offset; };
    auto next = std::upper_bound(m_registers.begin(), m_registers.end(), address, later);
    if (next == m_registers.begin()) return false;
    Register& reg = **--next;
    const std::uint64_t distance = address - reg.m_offset;
    const std::uint64_t index = distance / reg.m_stride;
    const std::uint64_t shift = distance % reg.m_stride;
    if (index >= reg.m_count || shift >= reg.m_bytes) return false;
    part.reg = &reg;
    part.index = static_cast<unsigned>(index);
    part.shift = static_cast<unsigned>(shift);
    return true;
}

std::uint64_t Peripheral::enable_mask(const tlm::tlm_generic_payload& payload, const Part& part)
{
    std::uint64_t mask = 0;
    const unsigned char* enables = payload.get_byte_enable_ptr();
    const unsigned enable_length = payload.get_byte_enable_length();
    for (unsigned i = 0; i < part.length; ++i) {
        const bool enabled = enables == nullptr || enable_length == 0 ||
                             enables[(part.begin + i) % enable_length] != TLM_BYTE_DISABLED;
        if (enabled) mask |= 0xFFull << (8 * (part.shift + i));
    }
    return mask;
}

/// Fills m_parts, or says why the access is refused.
tlm::tlm_response_status Peripheral::split(const tlm::tlm_generic_payload& payload)
{
    m_parts.clear();
    const unsigned length = payload.get_data_length();
    const unsigned streaming = payload.get_streaming_width();
    if (length == 0 || payload.get_data_ptr() == nullptr || (streaming != 0 && streaming < length))
        return tlm::TLM_BURST_ERROR_RESPONSE;
    const std::uint64_t address = payload.get_address();
    if (address >= m_size || length > m_size - address) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    for (unsigned begin = 0; begin < length;) {
        Part part{};
        part.begin = begin;
        if (!find(address + begin, part)) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
        part.length = std::min(part.reg->m_bytes - part.shift, length - begin);
        const bool allowed = payload.is_read() ? part.reg->m_readable : part.reg->m_writable;
        if (!allowed) return tlm::TLM_COMMAND_ERROR_RESPONSE;
        m_parts.push_back(part);
        begin += part.length;
    }
    return tlm::TLM_OK_RESPONSE;
}

void Peripheral::read(const tlm::tlm_generic_payload& payload, const Part& part, bool debug)
{
    const std::uint64_t mask = enable_mask(payload, part);
    if (mask == 0) return;
    const bool call = part.reg->m_read && !(debug && part.reg->m_effects);
    const std::uint64_t value =
        call ? part.reg->m_read(part.index) : part.reg->m_values[part.index];
    for (unsigned i = 0; i < part.length; ++i) {
        const unsigned position = 8 * (part.shift + i);
        if ((mask >> position & 0xFF) != 0)
            payload.get_data_ptr()[part.begin + i] = static_cast<unsigned char>(value >> position);
    }
}

void Peripheral::write(const tlm::tlm_generic_payload& payload, const Part& part)
{
    const std::uint64_t mask = enable_mask(payload, part);
    if (mask == 0) return;
    std::uint64_t data = 0;
    for (unsigned i = 0; i < part.length; ++i)
        data |= static_cast<std::uint64_t>(payload.get_data_ptr()[part.begin + i])
                << (8 * (part.shift + i));
    std::uint64_t& stored = part.reg->m_values[part.index];
    const std::uint64_t value = (stored & ~mask) | (data & mask);
    if (part.reg->m_write)
        part.reg->m_write(part.index, value);
    else
        stored = value;
}

void Peripheral::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    payload.set_dmi_allowed(false);
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND)
        return payload.set_response_status(tlm::TLM_OK_RESPONSE);
    const tlm::tlm_response_status status = split(payload);
    if (status == tlm::TLM_OK_RESPONSE) {
        m_stamp = sc_core::sc_time_stamp() + delay;
        for (const Part& part : m_parts)
            payload.is_read() ? read(payload, part, false) : write(payload, part);
        delay += m_access_time;
    }
    payload.set_response_status(status);
}

unsigned Peripheral::transport_dbg(tlm::tlm_generic_payload& payload)
{
    const bool served = payload.is_read() && split(payload) == tlm::TLM_OK_RESPONSE;
    payload.set_response_status(served ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
    if (!served) return 0;
    m_stamp = sc_core::sc_time_stamp();
    for (const Part& part : m_parts)
        read(payload, part, true);
    return payload.get_data_length();
}

bool Peripheral::get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi)
{
    dmi.set_start_address(0);
    dmi.set_end_address(m_size - 1);
    dmi.allow_none();
    return false;
}

}  // namespace imc::soc
