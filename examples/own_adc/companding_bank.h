// SPDX-License-Identifier: Apache-2.0
/// An ADC bank of one's own: successive approximation with the precision of a short mantissa.
#pragma once

#include "adc/module/adc_bank.h"
#include "common/module/sim_time.h"

#include <cstdint>
#include <cstdlib>

/// A SAR converter finds one bit a cycle, the highest first. This one stops once it has `kept` bits
/// from the first that is set, and leaves zeros below: 2 keeps 0, 1, 2, 3, 4, 6, 8, 12. Large sums
/// are rounded down, small ones exact. Energy is by cycle, adc.conversion_pj / bits, so it depends
/// on the sums; time is that of `bits` cycles. A comparator finds the sign
/// (adc.comparator_pj). The bank declares no transfer function, so the tile sends it every sample
/// (docs/extending.md).
class CompandingBank : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<CompandingBank> samples{"samples"};

    /// `config` and `ledger` belong to the accelerator; `kept` is 1 to config.crossbar.adc_bits.
    CompandingBank(sc_core::sc_module_name name, const imc::AcceleratorConfig& config,
                   imc::Ledger& ledger, int kept)
        : sc_module(name),
          m_kept(kept),
          m_bits(static_cast<int>(config.crossbar.adc_bits)),
          m_converters(config.crossbar.adcs_per_array),
          m_clock_ghz(config.crossbar.clock_ghz),
          m_component(ledger.component("companding_adc", "adc")),
          m_cycle(ledger.event(m_component, "cycle",
                               imc::adc::conversion_pj(config.technology, m_bits) / m_bits)),
          m_comparison(
              ledger.event(m_component, "comparison", config.technology.get("adc.comparator_pj")))
    {
        samples.register_b_transport(this, &CompandingBank::b_transport);
    }

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
    {
        auto* conversion = payload.get_extension<imc::adc::Conversion>();
        if (conversion == nullptr || !payload.is_write())
            return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
        if (conversion->kind == imc::adc::Conversion::Kind::samples)
            convert(*conversion, payload, delay);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    /// Sums come as int32, codes go back in their place.
    void convert(imc::adc::Conversion& conversion, tlm::tlm_generic_payload& payload,
                 sc_core::sc_time& delay)
    {
        auto* sums = reinterpret_cast<std::int32_t*>(payload.get_data_ptr());
        const std::uint64_t count = payload.get_data_length() / sizeof *sums;
        std::uint64_t cycles = 0;
        for (std::uint64_t i = 0; i < count; ++i)
            cycles += round_down(sums[i]);
        conversion.component = m_component;
        conversion.counts = {{m_cycle, cycles}, {m_comparison, count}};
        const std::uint64_t rounds =
            imc::adc::conversion_rounds(count, conversion.arrays * m_converters);
        delay += imc::from_ps(
            imc::cycles_to_ps(rounds * static_cast<std::uint64_t>(m_bits), m_clock_ghz));
    }

    /// Returns the cycles that the conversion took.
    std::uint64_t round_down(std::int32_t& sum) const
    {
        const int magnitude = std::abs(sum);
        int set = 0;  // position of the highest bit, from 1
        while (magnitude >> set != 0)
            ++set;
        const int skipped = set > m_kept ? set - m_kept : 0;
        const int code = magnitude >> skipped << skipped;
        sum = sum < 0 ? -code : code;
        return static_cast<std::uint64_t>(m_bits - skipped);
    }

    int m_kept, m_bits;
    unsigned m_converters;  ///< of an array
    double m_clock_ghz;
    imc::ComponentId m_component;
    imc::EventId m_cycle, m_comparison;
};
