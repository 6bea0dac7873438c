// SPDX-License-Identifier: Apache-2.0
/// The ADC banks of a tile behind a TLM socket, so that converter designs can be swapped.
#pragma once

#include "accelerator/config.h"
#include "adc/cost/adc_cost.h"
#include "common/ledger.h"
#include "common/stage_engine.h"

#include <cstdint>
#include <map>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

namespace imc::adc {

/// How a bank converts, as far as a tile may do it in its place.
struct TransferFunction {
    bool declared = false;   ///< false: the tile must send every sample
    double bits = 8;         ///< 1, 1.5 (ternary), 2 to 16
    bool lossless = false;   ///< wide enough for every sum
    bool is_signed = false;  ///< polarity comparator and `bits` of magnitude
};

/// Ignorable extension of every payload to a bank: what the tile asks, and what the bank answers
/// for the books. A payload without it is refused.
struct Conversion : tlm::tlm_extension<Conversion> {
    enum class Kind {
        query,   ///< which transfer function? Data: none that matters
        counts,  ///< the tile has converted; data: two uint64, conversions and how many of them
                 ///< clipped
        samples  ///< data: int32 sums, codes come back in their place
    };
    Kind kind = Kind::query;
    double bits = 0.0;    ///< `counts`: resolution that was used, 0 = the bank's own (ColumnQuant's
                          ///< layers name theirs)
    unsigned arrays = 1;  ///< `samples`: arrays they come from, each with its converters
    TransferFunction transfer;        ///< answer to `query`
    std::vector<Work::Count> counts;  ///< answer: events to charge to the stage's layer
    ComponentId component = 0;        ///< answer: whose busy time it is
    std::uint64_t clipped = 0;        ///< answer to `samples`

    tlm_extension_base* clone() const override { return new Conversion(*this); }
    void copy_from(const tlm_extension_base& other) override
    {
        *this = static_cast<const Conversion&>(other);
    }
};

/// All converters of one tile: adcs_per_array for each array, adc_gsps each. It declares its
/// transfer function, so that the tile fuses the conversion into its kernel and only sends counts.
/// In the differential analog mode each conversion has a polarity comparison too
/// (`adc.comparator_pj`). The time of counted conversions is the read period's
/// (crossbar/cost/mapping.h); samples take ceil(count / converters of their arrays) conversions,
/// added to the delay.
class AdcBank : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<AdcBank> samples{"samples"};

    /// `technology` and `ledger` outlive the bank.
    AdcBank(sc_core::sc_module_name name, const crossbar::Config& config,
            const Technology& technology, Ledger& ledger);

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void charge(Conversion& conversion, std::uint64_t conversions);
    EventId conversion_event(double bits);
    void convert(Conversion& conversion, std::int32_t* block, std::size_t count) const;

    crossbar::Config m_config;
    const Technology& m_technology;
    Ledger& m_ledger;
    ComponentId m_component;
    EventId m_conversion, m_comparison;
    std::map<double, EventId> m_by_bits;  ///< resolutions other than the bank's own
    bool m_compares;
};

}  // namespace imc::adc
