// SPDX-License-Identifier: Apache-2.0
#include "adc/module/adc_bank.h"

#include "common/error.h"
#include "common/module/protocol_checker.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

namespace {

using imc::adc::AdcBank;
using imc::adc::Conversion;

imc::Technology technology()
{
    imc::Technology t;
    t.name = "test";
    t.set("adc.conversion_pj_4bit", {0.1875, "pJ", "ISAAC scaled"});
    t.set("adc.conversion_pj", {9.0, "pJ", "test"});
    t.set("adc.comparator_pj", {0.05, "pJ", "test"});
    t.set("adc.area_mm2_4bit", {0.001, "mm2", "test"});
    return t;
}

struct Bench : sc_core::sc_module {
    imc::Ledger ledger;
    tlm_utils::simple_initiator_socket<Bench> socket{"socket"};
    imc::ProtocolChecker<> checker{"checker"};
    AdcBank bank;

    Bench(sc_core::sc_module_name name, const imc::crossbar::Config& config)
        : sc_module(name), bank("bank", config, technology(), ledger)
    {
        socket.bind(checker.in);
        checker.out.bind(bank.samples);
    }

    tlm::tlm_response_status send(Conversion& conversion, void* data, unsigned bytes,
                                  sc_core::sc_time& delay,
                                  tlm::tlm_command command = tlm::TLM_WRITE_COMMAND)
    {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_data_ptr(static_cast<unsigned char*>(data));
        payload.set_data_length(bytes);
        payload.set_streaming_width(bytes);
        payload.set_extension(&conversion);
        socket->b_transport(payload, delay);
        payload.clear_extension(&conversion);
        return payload.get_response_status();
    }
};

TEST(AdcBank, DeclaresItsTransferFunctionAndChargesCounts)
{
    Bench bench("bench", {});  // 4 bits, differential pair
    Conversion c;
    std::uint64_t numbers[2] = {100, 3};
    sc_core::sc_time delay(5, sc_core::SC_NS);
    EXPECT_EQ(bench.send(c, numbers, sizeof numbers, delay), tlm::TLM_OK_RESPONSE);
    EXPECT_TRUE(c.transfer.declared);
    EXPECT_EQ(c.transfer.bits, 4.0);
    EXPECT_TRUE(c.transfer.is_signed);
    c.kind = Conversion::Kind::counts;
    EXPECT_EQ(bench.send(c, numbers, sizeof numbers, delay), tlm::TLM_OK_RESPONSE);
    double energy = 0.0;
    for (const auto& count : c.counts)
        energy += static_cast<double>(count.times) * bench.ledger.events()[count.event].energy_pj;
    EXPECT_DOUBLE_EQ(energy, 100 * (0.1875 + 0.05));
    EXPECT_EQ(delay, sc_core::sc_time(5, sc_core::SC_NS));  // pipelined with the reads
    EXPECT_EQ(bench.send(c, numbers, 8, delay), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bench.send(c, numbers, 16, delay, tlm::TLM_READ_COMMAND),
              tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_DOUBLE_EQ(bench.ledger.components()[c.component].area_mm2, 96 * 8 * 0.001);
    EXPECT_TRUE(bench.checker.breaches().empty());
}

TEST(AdcBank, ConvertsSamplesInPlaceAndTakesTheirTime)
{
    imc::crossbar::Config config;
    config.arrays_per_tile = 1;
    config.adc_gsps = 1.0;
    Bench bench("bench", config);
    Conversion c;
    c.kind = Conversion::Kind::samples;
    std::int32_t sums[] = {0, 9, -9, 15, -15, 16, -40, 7, 1};
    sc_core::sc_time delay;
    EXPECT_EQ(bench.send(c, sums, sizeof sums, delay), tlm::TLM_OK_RESPONSE);
    const std::int32_t codes[] = {0,  9,   -9, 15, -15,
                                  15, -15, 7,  1};  // polarity plus 4-bit magnitude
    EXPECT_TRUE(std::equal(std::begin(sums), std::end(sums), codes));
    EXPECT_EQ(c.clipped, 2u);
    EXPECT_EQ(delay, sc_core::sc_time(2, sc_core::SC_NS));  // nine samples on eight converters
    EXPECT_EQ(bench.send(c, sums, 6, delay), tlm::TLM_BURST_ERROR_RESPONSE);
    c.arrays = 2;  // sixteen converters
    EXPECT_EQ(bench.send(c, sums, sizeof sums, delay), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(delay, sc_core::sc_time(3, sc_core::SC_NS));
}

TEST(AdcBank, EnergyKeysFollowTheResolution)
{
    EXPECT_DOUBLE_EQ(imc::adc::conversion_pj(technology(), 4), 0.1875);
    EXPECT_DOUBLE_EQ(imc::adc::conversion_pj(technology(), 5), 9.0);
    EXPECT_THROW(imc::adc::conversion_pj(imc::Technology{}, 4), imc::InputError);
}

}  // namespace
