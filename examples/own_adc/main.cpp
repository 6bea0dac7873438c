// SPDX-License-Identifier: Apache-2.0
/// The accelerator with ADC banks of one's own. Usage: own_adc PROGRAM.imcprog
/// The same program on plain_bus shows what the bank changes in outputs, time and energy.
#include "companding_bank.h"
#include "platform.h"

#include "crossbar/module/crossbar_tile.h"

namespace {

constexpr int kept_bits = 2;

/// A crossbar tile whose ADC bank is a CompandingBank.
std::unique_ptr<imc::Tile> make_tile(const std::string& name, unsigned node, unsigned io_node,
                                     const imc::AcceleratorConfig& config, imc::Ledger& ledger)
{
    using imc::crossbar::CrossbarTile;
    return std::make_unique<CrossbarTile>(
        name.c_str(), node, io_node, config, ledger,
        [&](const char* bank_name, CrossbarTile::BankSocket& socket) {
            auto bank = std::make_unique<CompandingBank>(bank_name, config, ledger, kept_bits);
            socket.bind(bank->samples);
            return bank;
        });
}

}  // namespace

int sc_main(int argc, char** argv)
{
    auto tiles = imc::accelerator::standard_tiles();
    tiles[IMC_ENGINE_CROSSBAR] = make_tile;
    return plain_bus::run(argc, argv, tiles);
}
