// SPDX-License-Identifier: Apache-2.0
/// What dequantisation costs a stage of scheme `column`.
#include "crossbar/engine/crossbar_engine.h"

namespace imc::crossbar {

DequantizeEvents CrossbarCost::dequantize_events(unsigned operand_bits) const
{
    const Technology& t = *m_technology;
    const auto event = [&](const std::string& name, double energy_pj) {
        return m_ledger->event(dequantize, name, energy_pj);
    };
    const double word_bits = t.get("dequantize.word_bits");
    const double bit_pj = t.get("dequantize.word_bit_pj");
    return {event("multiply_" + std::to_string(operand_bits) + "bit",
                  operand_bits * word_bits * t.get("dequantize.multiplier_bit_pj")),
            event("word", word_bits * bit_pj),
            event("reference_word", t.get("dequantize.reference_bits") * bit_pj),
            event("reference", t.get("dequantize.reference_pj")),
            event("reference_update", t.get("dequantize.reference_update_pj"))};
}

/// The blob was checked by program_analog.
void CrossbarEngine::prepare_dequantize(const Blob& blob)
{
    const auto& section = *blob.find(IMC_SECTION_COLUMN_ADC);
    m_dequantize = dequantize_needs(column_form(m_stage), blob.data<imc_column_adc>(section),
                                    section.count, m_cost->config);
    m_mapping.converter_bits = converter_bits();
    m_dequantize_events = m_cost->dequantize_events(m_dequantize.operand_bits);
}

void CrossbarEngine::charge_dequantize(std::uint64_t positions, Work& work) const
{
    const DequantizeNeeds& n = m_dequantize;
    const DequantizeEvents& events = m_dequantize_events;
    work.counts.push_back({events.multiply, positions * n.multiplies});
    work.counts.push_back({events.word, positions * n.scale_words});
    work.counts.push_back({events.reference_word, positions * n.reference_fetches});
    work.counts.push_back({events.reference, positions * n.conversions});
    work.counts.push_back({events.reference_update, positions * n.reference_updates});
}

}  // namespace imc::crossbar
