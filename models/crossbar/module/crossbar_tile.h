// SPDX-License-Identifier: Apache-2.0
/// A tile of crossbar arrays: convolutions on the arrays behind their ADC bank, all else on the
/// digital unit.
#pragma once

#include "accelerator/config.h"
#include "adc/module/adc_bank.h"
#include "common/module/tile.h"
#include "crossbar/engine/crossbar_engine.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

namespace imc::crossbar {

/// The tile asks the bank bound to `to_adc` once for its transfer function. Declared: the
/// conversion is fused into the arrays' kernel, and a row's transaction carries counts. Not
/// declared: the row's samples go to the bank, and codes come back (slow: every array read by
/// itself); the row takes at least the sum of the delays that the bank annotates.
class CrossbarTile : public Tile, private ConversionAccount {
public:
    using BankSocket = tlm_utils::simple_initiator_socket<CrossbarTile>;
    /// Makes the tile's ADC bank and binds `socket` to it.
    using BankMaker =
        std::function<std::unique_ptr<sc_core::sc_module>(const char* name, BankSocket& socket)>;

    BankSocket to_adc{"to_adc"};

    /// Throws InputError for a configuration that cannot be or a technology key that is missing.
    CrossbarTile(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                 const AcceleratorConfig& config, Ledger& ledger);
    CrossbarTile(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                 const AcceleratorConfig& config, Ledger& ledger, const BankMaker& make_bank);

protected:
    std::unique_ptr<StageEngine> make_engine(const imc_stage& stage) override;

private:
    std::uint64_t converted(std::uint64_t conversions, std::uint64_t clipped, double bits,
                            Work& work) override;
    bool fuses() override;
    std::uint64_t convert(std::int32_t* samples, std::size_t count, unsigned arrays) override;
    /// Returns the time the bank annotated, ps.
    std::uint64_t transport(adc::Conversion& conversion, void* data, std::size_t bytes);

    std::shared_ptr<const CrossbarCost> m_cost;
    std::unique_ptr<sc_core::sc_module> m_bank;
    std::optional<adc::TransferFunction> m_transfer;  ///< once asked for
    std::vector<Work::Count> m_sampled;  ///< charges of samples since the last converted()
    std::uint64_t m_sampled_ps = 0;      ///< and the bank's time for them
    ComponentId m_bank_component = 0;
    std::optional<ObservationId> m_clipped;  ///< of the bank's component, once something clipped
    tlm::tlm_generic_payload m_payload;
};

}  // namespace imc::crossbar
