// SPDX-License-Identifier: Apache-2.0
/// Crossbar tiles in an accelerator: values, charges, and an ADC bank of another make.
#include "crossbar/module/crossbar_tile.h"

#include "common/random.h"
#include "support/accelerator_bench.h"
#include "support/program_builder.h"
#include "support/stage_builder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using imc::test::AcceleratorBench;
using imc::test::make_stage;
using imc::test::ProgramBuilder;

constexpr unsigned channels = 3, height = 6, width = 5, outputs = 10;

imc::AcceleratorConfig config_with_round_energies(unsigned tiles = 4)
{
    imc::AcceleratorConfig config = imc::test::small_config(tiles);
    for (const char* key :
         {"crossbar.cell_read_pj", "crossbar.cell_write_pj", "crossbar.cell_verify_pj",
          "dac.drive_pj", "sample_hold.sample_pj", "shift_add.add_pj", "shift_add.merge_pj",
          "controller.lookup_pj", "register.bit_pj", "buffer.read_bit_pj", "buffer.write_bit_pj",
          "bus.bit_pj", "digital.requantize_pj", "digital.add_pj", "digital.compare_pj",
          "digital.multiply_pj", "digital.lookup_pj", "adc.conversion_pj", "adc.comparator_pj"})
        config.technology.set(key, {1.0, "pJ", "test"});
    return config;
}

std::int8_t weight(unsigned o, unsigned c, unsigned kh, unsigned kw)
{
    return static_cast<std::int8_t>(imc::random_bits(3, ((o * channels + c) * 3 + kh) * 3 + kw));
}

std::int8_t pixel(unsigned c, unsigned y, unsigned x)
{
    return static_cast<std::int8_t>(imc::random_bits(4, (c * height + y) * width + x));
}

/// Weights of output channels [begin, end), requantisation NONE with bias 100 * channel.
std::vector<std::uint8_t> blob(unsigned begin, unsigned end)
{
    const std::size_t weights_at = 64, weights = (end - begin) * channels * 9,
                      requant_at = (64 + weights + 15) / 16 * 16;
    std::vector<std::uint8_t> bytes(requant_at + (end - begin) * sizeof(imc_requant));
    const imc_blob_header head{IMC_BLOB_MAGIC, 2};
    const imc_section sections[2] = {
        {IMC_SECTION_WEIGHTS_I8, 1, weights_at, weights},
        {IMC_SECTION_REQUANT, sizeof(imc_requant), requant_at, end - begin}};
    std::memcpy(bytes.data(), &head, sizeof head);
    std::memcpy(bytes.data() + sizeof head, sections, sizeof sections);
    std::size_t at = weights_at;
    for (unsigned o = begin; o < end; ++o) {
        for (unsigned i = 0; i < channels * 9; ++i)
            bytes[at++] = static_cast<std::uint8_t>(weight(o, i / 9, i % 9 / 3, i % 3));
        imc_requant entry{};
        entry.bias = 100 * o;
        std::memcpy(bytes.data() + requant_at + (o - begin) * sizeof entry, &entry, sizeof entry);
    }
    return bytes;
}

/// A 3x3 convolution of 3 to 10 channels on two tiles (channels 0..7 and 8..9).
ProgramBuilder sliced_convolution()
{
    ProgramBuilder program(channels, height, width);
    program.output.channels = outputs;
    for (unsigned slice = 0; slice < 2; ++slice) {
        imc_stage s = make_stage(slice, slice, IMC_STAGE_CONV, channels, height, width, 3);
        s.kernel_w = 3;
        s.pad_left = s.pad_right = 1;
        s.out_channels = outputs;
        s.channel_begin = slice == 0 ? 0 : 8;
        s.channel_end = slice == 0 ? 8 : outputs;
        s.out_bits = 24;
        s.out_min = -10000000;
        s.out_max = 10000000;
        s.arrays = 40;
        program.add(s);
        program.connect(-1, slice, 0, 0, channels);
        program.to_sink(slice, s.channel_begin, s.channel_end - s.channel_begin);
        program.raw_blob(slice, blob(s.channel_begin, s.channel_end));
    }
    return program;
}

void put_image(AcceleratorBench& bench)
{
    std::vector<std::int8_t> codes;
    for (unsigned i = 0; i < channels * height * width; ++i)
        codes.push_back(pixel(i / (height * width), i / width % height, i % width));
    bench.memory.put(AcceleratorBench::inputs, codes.data(), codes.size());
}

int by_definition(unsigned o, int y, int x)
{
    int sum = 100 * static_cast<int>(o);
    for (unsigned c = 0; c < channels; ++c)
        for (int kh = 0; kh < 3; ++kh)
            for (int kw = 0; kw < 3; ++kw) {
                const int iy = y - 1 + kh, ix = x - 1 + kw;
                if (iy < 0 || ix < 0 || iy >= static_cast<int>(height) ||
                    ix >= static_cast<int>(width))
                    continue;
                sum += pixel(c, static_cast<unsigned>(iy), static_cast<unsigned>(ix)) *
                       weight(o, c, static_cast<unsigned>(kh), static_cast<unsigned>(kw));
            }
    return sum;
}

void run_image(AcceleratorBench& bench)
{
    bench.enable();
    ProgramBuilder program = sliced_convolution();
    bench.upload(program.build(), program.refs);
    put_image(bench);
    bench.push_input(0, channels * height * width);
    bench.push_output(0, outputs * height * width);
    bench.ring_doorbell();
    bench.run(10000);
    ASSERT_EQ(bench.read(IMC_REG_ERROR), 0u) << bench.accelerator.last_error();
}

std::vector<int> output_of(const AcceleratorBench& bench)
{
    std::vector<int> codes;
    for (unsigned i = 0; i < outputs * height * width; ++i)
        codes.push_back(bench.memory.get<std::int32_t>(AcceleratorBench::outputs + 4 * i));
    return codes;
}

std::vector<int> expected_output()
{
    std::vector<int> codes;
    for (unsigned i = 0; i < outputs * height * width; ++i)
        codes.push_back(by_definition(i / (height * width), static_cast<int>(i / width % height),
                                      static_cast<int>(i % width)));
    return codes;
}

std::map<std::string, std::uint64_t> inference_counts(const imc::Ledger& ledger)
{
    std::map<std::string, std::uint64_t> counts;
    for (const auto& [key, n] : ledger.counts())
        if (key.phase == imc::Phase::inference) {
            const auto& event = ledger.events()[key.id];
            counts[ledger.components()[event.component].name + "." + event.name] += n;
        }
    return counts;
}

TEST(CrossbarTile, ComputesASlicedConvolutionAndChargesOperationUnits)
{
    AcceleratorBench bench("bench", config_with_round_energies(),
                           imc::accelerator::standard_tiles());
    run_image(bench);
    EXPECT_EQ(output_of(bench), expected_output());
    auto counts = inference_counts(bench.ledger);
    // bwq.md 5.2: 3 block rows x 8 planes x 8 input cycles an output position; 8 + 2 columns
    // converted, signed inputs.
    const std::uint64_t reads = std::uint64_t{height} * width * 8 * 8 * 3;
    EXPECT_EQ(counts["adc.conversion"], reads * 10);
    EXPECT_EQ(counts["adc.comparison"], reads * 10);
    EXPECT_EQ(counts["dac.drive"], reads * 9 * 2);
    EXPECT_EQ(counts["digital.requantize"], std::uint64_t{height} * width * 10);
    EXPECT_EQ(bench.accelerator.stages()[0].stats.units, height);
}

TEST(CrossbarTile, DoublingOneEnergyDoublesExactlyItsShare)
{
    imc::AcceleratorConfig config = config_with_round_energies();
    AcceleratorBench once("once", config, imc::accelerator::standard_tiles());
    config.technology.set("adc.conversion_pj", {2.0, "pJ", "test"});
    AcceleratorBench twice("twice", config, imc::accelerator::standard_tiles());
    run_image(once);
    run_image(twice);
    const double share = static_cast<double>(inference_counts(once.ledger)["adc.conversion"]);
    EXPECT_DOUBLE_EQ(twice.ledger.energy_pj(imc::Phase::inference),
                     once.ledger.energy_pj(imc::Phase::inference) + share);
    EXPECT_EQ(
        once.accelerator.images().at(0).output_ps - once.accelerator.images().at(0).doorbell_ps,
        twice.accelerator.images().at(0).output_ps - twice.accelerator.images().at(0).doorbell_ps);
}

/// A converter that does not say how it converts: it drops the lowest bit of every sum.
class CoarseBank : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<CoarseBank> samples{"samples"};
    static inline std::uint64_t converted = 0;
    static inline bool drops = false;
    static inline sc_core::sc_time time;  ///< of one block of samples

    CoarseBank(sc_core::sc_module_name name, const imc::AcceleratorConfig&, imc::Ledger&)
        : sc_module(name)
    {
        samples.register_b_transport(this, &CoarseBank::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
    {
        const auto* conversion = payload.get_extension<imc::adc::Conversion>();
        if (conversion->kind == imc::adc::Conversion::Kind::samples) {
            delay += time;
            auto* sums = reinterpret_cast<std::int32_t*>(payload.get_data_ptr());
            converted += payload.get_data_length() / 4;
            for (unsigned i = 0; drops && i < payload.get_data_length() / 4; ++i)
                sums[i] &= ~1;
        }
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

/// The standard bank, which keeps its transfer function to itself.
class SilentBank : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<SilentBank> samples{"samples"};

    SilentBank(sc_core::sc_module_name name, const imc::AcceleratorConfig& config,
               imc::Ledger& ledger)
        : sc_module(name), m_bank("bank", config.crossbar, config.technology, ledger)
    {
        samples.register_b_transport(this, &SilentBank::b_transport);
        m_to_bank.bind(m_bank.samples);
    }

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
    {
        m_to_bank->b_transport(payload, delay);
        payload.get_extension<imc::adc::Conversion>()->transfer.declared = false;
    }

    tlm_utils::simple_initiator_socket<SilentBank> m_to_bank{"to_bank"};
    imc::adc::AdcBank m_bank;
};

/// Crossbar tiles with a `Bank` each.
template <typename Bank>
imc::accelerator::TileRegistry tiles_with()
{
    return {{IMC_ENGINE_CROSSBAR,
             [](const std::string& name, unsigned node, unsigned io,
                const imc::AcceleratorConfig& config,
                imc::Ledger& ledger) -> std::unique_ptr<imc::Tile> {
                 return std::make_unique<imc::crossbar::CrossbarTile>(
                     name.c_str(), node, io, config, ledger,
                     [&](const char* bank_name, imc::crossbar::CrossbarTile::BankSocket& socket) {
                         auto bank = std::make_unique<Bank>(bank_name, config, ledger);
                         socket.bind(bank->samples);
                         return bank;
                     });
             }}};
}

TEST(CrossbarTile, TheSameBankTakesTheSameTimeAndEnergyDeclaredOrNot)
{
    imc::AcceleratorConfig config = config_with_round_energies();
    config.crossbar.adcs_per_array = 2;  // 8 bitlines: four conversions a read bound its time
    AcceleratorBench declared("declared", config, imc::accelerator::standard_tiles());
    AcceleratorBench silent("silent", config, tiles_with<SilentBank>());
    config.crossbar.adcs_per_array = 1;
    AcceleratorBench halved("halved", config, imc::accelerator::standard_tiles());
    for (AcceleratorBench* bench : {&declared, &silent, &halved})
        run_image(*bench);
    const auto busy_ps = [](const AcceleratorBench& bench) {
        return bench.accelerator.stages()[0].stats.busy_ps;
    };
    EXPECT_EQ(output_of(silent), output_of(declared));
    EXPECT_EQ(busy_ps(silent), busy_ps(declared));
    EXPECT_EQ(inference_counts(silent.ledger), inference_counts(declared.ledger));
    // 3 block rows x 8 planes in one bank x 8 input cycles x 4 more conversions at 1.2 GS/s.
    EXPECT_NEAR(static_cast<double>(busy_ps(halved) - busy_ps(declared)),
                height * width * 8 * 3 * 8 * 4 / 1.2e-3, 2.0 * height);
}

TEST(CrossbarTile, ABankThatDeclaresNothingGetsEverySample)
{
    AcceleratorBench bench("bench", config_with_round_energies(), tiles_with<CoarseBank>());
    run_image(bench);
    EXPECT_EQ(output_of(bench), expected_output());  // it converts exactly
    EXPECT_EQ(CoarseBank::converted, std::uint64_t{height} * width * 8 * 8 * 3 * 10);
}

TEST(CrossbarTile, TheBanksCodesAreWhatCounts)
{
    CoarseBank::drops = true;
    AcceleratorBench bench("bench", config_with_round_energies(), tiles_with<CoarseBank>());
    run_image(bench);
    EXPECT_NE(output_of(bench), expected_output());
}

TEST(CrossbarTile, ASlowBankStretchesEveryRow)
{
    AcceleratorBench slow("slow", config_with_round_energies(), tiles_with<CoarseBank>());
    AcceleratorBench slower("slower", config_with_round_energies(), tiles_with<CoarseBank>());
    CoarseBank::time = sc_core::sc_time(10, sc_core::SC_US);
    run_image(slow);
    CoarseBank::time = sc_core::sc_time(11, sc_core::SC_US);
    run_image(slower);
    // 8 input cycles of 1 bit each send one block of samples a row: 8 us more a row.
    EXPECT_EQ(
        slower.accelerator.stages()[0].stats.busy_ps - slow.accelerator.stages()[0].stats.busy_ps,
        std::uint64_t{height} * 8'000'000);
}

TEST(CrossbarTile, CodesBeyondTheirBitsAreAnErrorForTheHost)
{
    AcceleratorBench bench("bench", config_with_round_energies(),
                           imc::accelerator::standard_tiles());
    bench.enable();
    ProgramBuilder program = sliced_convolution();
    for (auto& stage : program.stages)
        stage.in[0].bits = stage.act_bits = 3;
    bench.upload(program.build(), program.refs);
    put_image(bench);
    bench.push_input(0, channels * height * width);
    bench.push_output(0, outputs * height * width);
    bench.ring_doorbell();
    bench.run();
    EXPECT_EQ(bench.read(IMC_REG_ERROR), static_cast<std::uint32_t>(IMC_ERROR_BAD_STAGE));
    // what the engine found, not only that it refused
    EXPECT_NE(bench.accelerator.last_error().find(
                  ": refused its input: crossbar input: an activation code is outside of 3"),
              std::string::npos)
        << bench.accelerator.last_error();
}

}  // namespace
