// SPDX-License-Identifier: Apache-2.0
/// Base class of the SoC's devices: an author writes registers and callbacks, never payload
/// handling.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

namespace imc::soc {

/// A register, or an array of equal registers at a fixed stride. Without callbacks it is plain
/// storage.
class Register {
public:
    using Read = std::function<std::uint64_t(unsigned index)>;
    using Write = std::function<void(unsigned index, std::uint64_t value)>;

    /// `bytes` is 1, 2, 4 or 8; `stride` in bytes.
    Register(std::uint64_t offset, unsigned bytes, unsigned count, unsigned stride);

    Register& on_read(Read callback);
    Register& on_write(Write callback);
    /// A read changes state (claims, receive buffers): debug transport gets the stored value
    /// instead.
    Register& read_has_effects();
    Register& read_only();
    Register& write_only();

    std::uint64_t value(unsigned index = 0) const { return m_values[index]; }
    void set(std::uint64_t value, unsigned index = 0) { m_values[index] = value; }

private:
    friend class Peripheral;
    std::uint64_t m_offset;
    unsigned m_bytes, m_count, m_stride;
    std::vector<std::uint64_t> m_values;
    Read m_read;
    Write m_write;
    bool m_readable = true, m_writable = true, m_effects = false;
};

/// A target of `size` bytes. Serves accesses of any length and alignment that touch registers only,
/// byte enables, and payloads with any status or streaming width 0 on entry. Answers: ADDRESS_ERROR
/// beside registers, COMMAND_ERROR for the wrong direction, BURST_ERROR for length 0 or a streaming
/// width below the length. A refused access changes nothing. A partial write keeps the register's
/// other stored bytes. Refuses DMI; debug transport reads without effects.
class Peripheral : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Peripheral> in{"in"};

    std::uint64_t size() const { return m_size; }

protected:
    /// `access_time` is added to the delay of every access that is served.
    Peripheral(const sc_core::sc_module_name& name, std::uint64_t size,
               const sc_core::sc_time& access_time);

    /// Registers live as long as the device; they must not overlap.
    Register& add(std::uint64_t offset, unsigned bytes);
    Register& add_array(std::uint64_t offset, unsigned bytes, unsigned count, unsigned stride);

    /// In a callback: the time of the access.
    const sc_core::sc_time& access_stamp() const { return m_stamp; }

private:
    /// The part of an access that falls into one register.
    struct Part {
        Register* reg;
        unsigned index;
        unsigned shift;   ///< first byte within the register
        unsigned begin;   ///< first byte within the access
        unsigned length;  ///< bytes
    };

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

    tlm::tlm_response_status split(const tlm::tlm_generic_payload& payload);
    bool find(std::uint64_t address, Part& part);
    static std::uint64_t enable_mask(const tlm::tlm_generic_payload& payload, const Part& part);
    void read(const tlm::tlm_generic_payload& payload, const Part& part, bool debug);
    void write(const tlm::tlm_generic_payload& payload, const Part& part);

    std::uint64_t m_size;
    sc_core::sc_time m_access_time;
    sc_core::sc_time m_stamp;
    std::vector<std::unique_ptr<Register>> m_registers;  ///< sorted by offset
    std::vector<Part> m_parts;                           ///< of the access being served
};

}  // namespace imc::soc
