// SPDX-License-Identifier: Apache-2.0
/// What docs/host.md promises of every register access.
#include "soc/peripheral.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>

namespace {

using sc_core::SC_NS;
using sc_core::sc_time;

/// Two 32-bit registers, a read-only and a write-only one, a hole, an 8-byte register.
struct Device : imc::soc::Peripheral {
    imc::soc::Register *first, *second;
    unsigned reads = 0;

    Device() : Peripheral("device", 0x100, sc_time(3, SC_NS))
    {
        first = &add(0x00, 4);
        second = &add(0x04, 4);
        add(0x08, 4).read_only().read_has_effects().on_read([this](unsigned) { return ++reads; });
        add(0x0C, 4).write_only();
        add(0x20, 8);
    }
};

struct Initiator : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
    explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name) {}
};

class PeripheralAccess : public testing::Test {
protected:
    Device m_device;
    Initiator m_initiator{"initiator"};
    tlm::tlm_generic_payload m_payload;
    sc_time m_delay{7, SC_NS};
    unsigned char m_data[16] = {};

    PeripheralAccess()
    {
        m_initiator.socket.bind(m_device.in);
        sc_core::sc_start(sc_core::SC_ZERO_TIME);
    }

    tlm::tlm_response_status send(tlm::tlm_command command, std::uint64_t address, unsigned bytes)
    {
        m_payload.set_command(command);
        m_payload.set_address(address);
        m_payload.set_data_ptr(m_data);
        m_payload.set_data_length(bytes);
        m_initiator.socket->b_transport(m_payload, m_delay);
        return m_payload.get_response_status();
    }
};

TEST_F(PeripheralAccess, ServesBurstsOverRegistersAndChargesTimeOnce)
{
    m_payload.set_streaming_width(8);
    const std::uint32_t words[2] = {0x11223344, 0x55667788};
    std::memcpy(m_data, words, 8);
    EXPECT_EQ(send(tlm::TLM_WRITE_COMMAND, 0, 8), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(m_device.first->value(), 0x11223344u);
    EXPECT_EQ(m_device.second->value(), 0x55667788u);
    EXPECT_EQ(m_delay, sc_time(10, SC_NS));
}

TEST_F(PeripheralAccess, PartialAndMisalignedAccessesMoveTheirBytes)
{
    m_device.first->set(0xAABBCCDD);
    m_device.second->set(0x11223344);
    EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 2, 4), tlm::TLM_OK_RESPONSE);  // streaming width 0
    EXPECT_EQ(m_data[0], 0xBB);
    EXPECT_EQ(m_data[1], 0xAA);
    EXPECT_EQ(m_data[2], 0x44);
    EXPECT_EQ(m_data[3], 0x33);
    m_data[0] = 0xEE;
    EXPECT_EQ(send(tlm::TLM_WRITE_COMMAND, 1, 1), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(m_device.first->value(), 0xAABBEEDDu);
}

TEST_F(PeripheralAccess, HonoursByteEnablesAndAnyStatusOnEntry)
{
    unsigned char enables[2] = {TLM_BYTE_ENABLED, TLM_BYTE_DISABLED};
    m_payload.set_byte_enable_ptr(enables);
    m_payload.set_byte_enable_length(2);
    m_payload.set_response_status(tlm::TLM_OK_RESPONSE);
    m_device.first->set(0);
    std::memset(m_data, 0xFF, 4);
    EXPECT_EQ(send(tlm::TLM_WRITE_COMMAND, 0, 4), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(m_device.first->value(), 0x00FF00FFu);
}

TEST_F(PeripheralAccess, RefusesWithTheStatusThatNamesTheFaultAndChangesNothing)
{
    std::memset(m_data, 0xFF, sizeof m_data);
    EXPECT_EQ(send(tlm::TLM_WRITE_COMMAND, 0x04, 8), tlm::TLM_COMMAND_ERROR_RESPONSE);  // into 0x08
    EXPECT_EQ(m_device.second->value(), 0u);
    EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 0x0C, 4), tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 0x10, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 0xFE, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(send(tlm::TLM_READ_COMMAND, ~0ull, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 0, 0), tlm::TLM_BURST_ERROR_RESPONSE);
    m_payload.set_streaming_width(4);
    EXPECT_EQ(send(tlm::TLM_READ_COMMAND, 0, 8), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(m_delay, sc_time(7, SC_NS));
}

TEST_F(PeripheralAccess, DebugReadsHaveNoEffectAndDirectAccessIsRefused)
{
    m_payload.set_command(tlm::TLM_READ_COMMAND);
    m_payload.set_address(8);
    m_payload.set_data_ptr(m_data);
    m_payload.set_data_length(4);
    EXPECT_EQ(m_initiator.socket->transport_dbg(m_payload), 4u);
    EXPECT_EQ(m_device.reads, 0u);
    tlm::tlm_dmi dmi;
    EXPECT_FALSE(m_initiator.socket->get_direct_mem_ptr(m_payload, dmi));
    EXPECT_LE(dmi.get_start_address(), 8u);
    EXPECT_GE(dmi.get_end_address(), 8u);
}

}  // namespace
