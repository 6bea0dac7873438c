// SPDX-License-Identifier: Apache-2.0
/// A base-protocol checker to put between an initiator and a target: changes nothing, writes down
/// every breach.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <systemc>
#include <tlm>

namespace imc {

struct ProtocolCheckerConfig {
    bool preset_ok_allowed = false;  ///< initiators that preset the status to OK (riscv-vp)
    bool untouched_allowed =
        false;  ///< targets that leave the status as it was (riscv-vp's memories)
};

/// Checks what reference/integration.md lists, after IEEE 1666-2011 clauses 11, 14 and 15:
/// attributes on entry and their constancy over a call, a status always set, time that never
/// shrinks, phase order and the exclusion rules, memory manager and reference count of non-blocking
/// transactions, DMI descriptors, and debug calls.
template <unsigned Width = 32>
class ProtocolChecker : public sc_core::sc_module,
                        public tlm::tlm_fw_transport_if<>,
                        public tlm::tlm_bw_transport_if<> {
public:
    tlm::tlm_target_socket<Width> in{"in"};
    tlm::tlm_initiator_socket<Width> out{"out"};

    explicit ProtocolChecker(sc_core::sc_module_name name, const ProtocolCheckerConfig& config = {})
        : sc_module(name), m_config(config)
    {
        in.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
        out.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
    }

    /// One line a breach, in order; at most 100 are kept.
    const std::vector<std::string>& breaches() const { return m_breaches; }
    std::uint64_t transactions() const { return m_transactions; }

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override
    {
        ++m_transactions;
        check_entry(payload);
        const Attributes before(payload);
        const sc_core::sc_time asked = sc_core::sc_time_stamp() + delay;
        out->b_transport(payload, delay);
        check_unchanged(before, payload);
        if (sc_core::sc_time_stamp() + delay < asked) breach("the delay became smaller");
        check_status(payload);
    }

    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) override
    {
        if (phase == tlm::BEGIN_REQ) {
            ++m_transactions;
            check_entry(payload);
            if (!payload.has_mm()) breach("non-blocking transaction without a memory manager");
        }
        if (payload.has_mm() && payload.get_ref_count() < 1) breach("reference count below 1");
        enter(payload, phase, true);
        const Attributes before(payload);
        const auto sync = out->nb_transport_fw(payload, phase, delay);
        check_unchanged(before, payload);
        leave(payload, phase, sync, false);
        return sync;
    }

    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) override
    {
        enter(payload, phase, false);
        if (phase == tlm::BEGIN_RESP) check_status(payload);
        const auto sync = in->nb_transport_bw(payload, phase, delay);
        leave(payload, phase, sync, true);
        return sync;
    }

    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override
    {
        const std::uint64_t address = payload.get_address();
        const bool granted = out->get_direct_mem_ptr(payload, dmi);
        if (dmi.get_start_address() > dmi.get_end_address())
            breach("DMI range ends before it starts");
        if (address < dmi.get_start_address() || address > dmi.get_end_address())
            breach("DMI range without the address asked for");
        if (granted && dmi.get_dmi_ptr() == nullptr) breach("DMI granted without a pointer");
        return granted;
    }

    unsigned transport_dbg(tlm::tlm_generic_payload& payload) override
    {
        const sc_core::sc_time before = sc_core::sc_time_stamp();
        const auto deltas = sc_core::sc_delta_count();
        const unsigned count = out->transport_dbg(payload);
        if (count > payload.get_data_length())
            breach("debug transport counts more bytes than asked for");
        if (sc_core::sc_time_stamp() != before || sc_core::sc_delta_count() != deltas)
            breach("debug transport took time");
        return count;
    }

    void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override
    {
        if (first > last) breach("invalidated range ends before it starts");
        in->invalidate_direct_mem_ptr(first, last);
    }

private:
    /// What a target must leave as it is.
    struct Attributes {
        explicit Attributes(const tlm::tlm_generic_payload& p)
            : command(p.get_command()),
              address(p.get_address()),
              data(p.get_data_ptr()),
              length(p.get_data_length()),
              width(p.get_streaming_width()),
              enables(p.get_byte_enable_ptr()),
              enable_length(p.get_byte_enable_length())
        {
        }
        tlm::tlm_command command;
        sc_dt::uint64 address;
        const unsigned char* data;
        unsigned length, width;
        const unsigned char* enables;
        unsigned enable_length;
    };

    void check_entry(const tlm::tlm_generic_payload& payload)
    {
        const auto status = payload.get_response_status();
        if (status != tlm::TLM_INCOMPLETE_RESPONSE &&
            !(m_config.preset_ok_allowed && status == tlm::TLM_OK_RESPONSE))
            breach("status on entry is " + payload.get_response_string());
        if (payload.get_command() != tlm::TLM_IGNORE_COMMAND) {
            if (payload.get_data_length() == 0) breach("data length is 0");
            if (payload.get_data_ptr() == nullptr) breach("no data pointer");
        }
        if (payload.get_streaming_width() == 0) breach("streaming width is 0");
        if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0)
            breach("byte enables of length 0");
    }

    void check_unchanged(const Attributes& before, const tlm::tlm_generic_payload& payload)
    {
        const Attributes after(payload);
        if (after.command != before.command) breach("the command was changed");
        if (after.address != before.address) breach("the address was changed and not restored");
        if (after.data != before.data) breach("the data pointer was changed");
        if (after.length != before.length) breach("the data length was changed");
        if (after.width != before.width) breach("the streaming width was changed");
        if (after.enables != before.enables || after.enable_length != before.enable_length)
            breach("the byte enables were changed");
    }

    void check_status(const tlm::tlm_generic_payload& payload)
    {
        if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE &&
            !m_config.untouched_allowed)
            breach("no status was set");
    }

    /// `forward`: the phase travels from initiator to target.
    void enter(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, bool forward)
    {
        const auto found = m_phases.find(&payload);
        const unsigned last = found == m_phases.end() ? 0u : found->second;
        const unsigned next = phase;
        const bool begins = next == tlm::BEGIN_REQ && last == 0 && forward;
        const bool accepted = next == tlm::END_REQ && last == tlm::BEGIN_REQ && !forward;
        const bool answered =
            next == tlm::BEGIN_RESP && (last == tlm::BEGIN_REQ || last == tlm::END_REQ) && !forward;
        const bool ends = next == tlm::END_RESP && last == tlm::BEGIN_RESP && forward;
        if (next < tlm::BEGIN_REQ || next > tlm::END_RESP) return;  // an ignorable phase
        if (!begins && !accepted && !answered && !ends)
            breach(std::string("phase ") + phase.get_name() + " out of order");
        if (begins && m_request != nullptr)
            breach("request exclusion: BEGIN_REQ before the last request's end");
        if (answered && m_response != nullptr)
            breach("response exclusion: BEGIN_RESP before the last response's end");
        if (begins) m_request = &payload;
        if ((accepted || answered) && m_request == &payload) m_request = nullptr;
        if (answered) m_response = &payload;
        if (ends) {
            finish(payload);
            return;
        }
        m_phases[&payload] = next;
    }

    void leave(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase,
               tlm::tlm_sync_enum sync, bool forward)
    {
        if (sync == tlm::TLM_UPDATED &&
            !(phase == tlm::END_RESP && m_phases.count(&payload) == 0)) {
            enter(payload, phase, forward);
            if (phase == tlm::BEGIN_RESP) check_status(payload);
        }
        if (sync == tlm::TLM_COMPLETED) {
            check_status(payload);
            finish(payload);
        }
    }

    void finish(tlm::tlm_generic_payload& payload)
    {
        m_phases.erase(&payload);
        if (m_request == &payload) m_request = nullptr;
        if (m_response == &payload) m_response = nullptr;
    }

    void breach(const std::string& text)
    {
        if (m_breaches.size() < 100)
            m_breaches.push_back(std::string(name()) + " at " +
                                 sc_core::sc_time_stamp().to_string() + ": " + text);
    }

    ProtocolCheckerConfig m_config;
    std::vector<std::string> m_breaches;
    std::uint64_t m_transactions = 0;
    std::map<const tlm::tlm_generic_payload*, unsigned> m_phases;
    const tlm::tlm_generic_payload* m_request = nullptr;
    const tlm::tlm_generic_payload* m_response = nullptr;
};

}  // namespace imc
