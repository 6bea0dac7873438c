// SPDX-License-Identifier: Apache-2.0
#include "adc/module/adc_bank.h"

#include "adc/cost/adc_cost.h"
#include "common/module/sim_time.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace imc::adc {

namespace {

/// Of a tile.
double converters(const crossbar::Config& config)
{
    return static_cast<double>(config.adcs_per_array) * config.arrays_per_tile;
}

/// Of all converters of a tile: an array's have the resolution of the layer that it holds, and a
/// polarity comparator each where signs are subtracted in analog.
double bank_mm2(const crossbar::Config& config, const Technology& technology)
{
    const double comparator = config.sign == crossbar::SignMode::diff_analog
                                  ? technology.get_or("adc.comparator_area_mm2", 0.0)
                                  : 0.0;
    auto arrays = config.build.arrays_by_adc_bits;
    if (arrays.empty()) arrays[config.adc_bits] = config.arrays_per_tile;
    double sum = 0.0;
    for (const auto& [bits, count] : arrays)
        sum += (converter_mm2(technology, bits, config.adc_scaling) + comparator) *
               config.adcs_per_array * count;
    return sum;
}

}  // namespace

AdcBank::AdcBank(sc_core::sc_module_name name, const crossbar::Config& config,
                 const Technology& technology, Ledger& ledger)
    : sc_module(name),
      m_config(config),
      m_technology(technology),
      m_ledger(ledger),
      m_component(ledger.component("adc", "adc", bank_mm2(config, technology),
                                   technology.get_or("adc.leakage_w", 0.0) * converters(config))),
      m_conversion(ledger.event(m_component, "conversion",
                                conversion_pj(technology, config.adc_bits, config.adc_scaling))),
      m_comparison(m_conversion),
      m_compares(config.sign == crossbar::SignMode::diff_analog)
{
    if (m_compares)
        m_comparison = ledger.event(m_component, "comparison", technology.get("adc.comparator_pj"));
    samples.register_b_transport(this, &AdcBank::b_transport);
}

void AdcBank::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    auto* conversion = payload.get_extension<Conversion>();
    if (!payload.is_write()) return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    if (conversion == nullptr) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    const unsigned length = payload.get_data_length();
    conversion->component = m_component;
    conversion->counts.clear();
    switch (conversion->kind) {
        case Conversion::Kind::query:
            conversion->transfer = {true, m_config.adc_bits, m_config.adc_lossless, m_compares};
            break;
        case Conversion::Kind::counts: {
            std::uint64_t numbers[2];
            if (length != sizeof numbers)
                return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
            std::memcpy(numbers, payload.get_data_ptr(), sizeof numbers);
            charge(*conversion, numbers[0]);
            break;
        }
        case Conversion::Kind::samples: {
            if (length % sizeof(std::int32_t) != 0)
                return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
            const std::size_t count = length / sizeof(std::int32_t);
            convert(*conversion, reinterpret_cast<std::int32_t*>(payload.get_data_ptr()), count);
            charge(*conversion, count);
            const double gsps = m_config.adc_gsps /
                                relative_conversion_time(m_config.adc_bits, m_config.adc_scaling);
            delay += from_ps(cycles_to_ps(
                conversion_rounds(count, conversion->arrays * m_config.adcs_per_array), gsps));
            break;
        }
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

EventId AdcBank::conversion_event(double bits)
{
    if (bits == 0.0 || bits == m_config.adc_bits) return m_conversion;
    const auto known = m_by_bits.find(bits);
    if (known != m_by_bits.end()) return known->second;
    return m_by_bits[bits] =
               m_ledger.event(m_component, by_bits("conversion", bits),
                              conversion_pj(m_technology, bits, m_config.adc_scaling));
}

void AdcBank::charge(Conversion& conversion, std::uint64_t conversions)
{
    conversion.counts.push_back({conversion_event(conversion.bits), conversions});
    if (m_compares) conversion.counts.push_back({m_comparison, conversions});
}

/// Whole steps from the lowest to the highest code: 0 .. levels-1, or +-(levels-1) behind a
/// polarity comparator.
void AdcBank::convert(Conversion& conversion, std::int32_t* block, std::size_t count) const
{
    conversion.clipped = 0;
    if (m_config.adc_lossless) return;
    const auto highest = static_cast<std::int32_t>(std::lround(levels(m_config.adc_bits))) - 1;
    const std::int32_t lowest = m_compares ? -highest : 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t code = std::clamp(block[i], lowest, highest);
        conversion.clipped += code != block[i];
        block[i] = code;
    }
}

}  // namespace imc::adc
