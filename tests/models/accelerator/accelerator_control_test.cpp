// SPDX-License-Identifier: Apache-2.0
/// Statuses, starvation, reset, another program, several instances.
#include "accelerator/module/accelerator.h"

#include "support/chain.h"

namespace {

using imc::test::AcceleratorBench;
using imc::test::chain;
using imc::test::expect_clean;
using imc::test::expect_output;
using imc::test::make_stage;
using imc::test::ProgramBuilder;
using imc::test::put_input;

TEST(Accelerator, AStatusLeftUntouchedIsAnErrorUnlessAllowed)
{
    imc::AcceleratorConfig lenient = imc::test::small_config();
    lenient.dma.untouched_is_ok = true;
    AcceleratorBench strict("strict"), tolerant("tolerant", lenient);
    for (auto* bench : {&strict, &tolerant}) {
        bench->memory.leaves_status = true;
        bench->enable();
        imc_descriptor nop{};
        bench->push(nop);
        bench->ring_doorbell();
    }
    strict.run();
    EXPECT_EQ(strict.read(IMC_REG_ERROR), static_cast<std::uint32_t>(IMC_ERROR_DMA));
    EXPECT_EQ(tolerant.read(IMC_REG_ERROR), 0u);
    EXPECT_EQ(tolerant.completion(0).done, 1u);
}

TEST(Accelerator, StarvationIsDiagnosed)
{
    AcceleratorBench bench("bench");
    bench.enable();
    ProgramBuilder program(1, 8, 1);
    // Skip connection: source -> add directly and through a 5-row window, with too few slots on the
    // direct edge.
    imc_stage conv = make_stage(0, 0, IMC_STAGE_CONV, 1, 8, 1, 5),
              add = make_stage(1, 1, IMC_STAGE_ADD, 1, 8, 1);
    add.in[0].depth_rows = 2;  // a window of five needs three rows before its first output
    program.add(conv);
    program.add(add);
    program.connect(-1, 0, 0, 0, 1);
    program.connect(-1, 1, 0, 0, 1);
    program.connect(0, 1, 1, 0, 1);
    program.to_sink(1, 0, 1);
    bench.upload(program.build());
    bench.push_input(0, 8);
    bench.push_output(0, 8);
    bench.ring_doorbell();
    bench.run();
    EXPECT_TRUE(bench.accelerator.busy());
    std::string all;
    for (const auto& line : bench.accelerator.diagnose())
        all += line + "\n";
    EXPECT_NE(all.find("source: image 0; stage 1 stream 0 has no slot for row 2"),
              std::string::npos)
        << all;
    EXPECT_NE(all.find("tile 1 stage 1 (layer1) image 0 row 0 of 8 waits for input rows; stream 1 "
                       "has rows below 0 of 1"),
              std::string::npos)
        << all;
    EXPECT_NE(all.find("sink: image 0 has 0 of 8 elements"), std::string::npos) << all;
}

TEST(Accelerator, ResetInTheMiddleDiscardsWorkAndKeepsWeights)
{
    AcceleratorBench bench("bench");
    bench.enable();
    ProgramBuilder program = chain();
    bench.upload(program.build(), program.refs);
    bench.run();
    for (unsigned image = 0; image < 2; ++image) {
        put_input(bench, image);
        bench.push_input(image, 24);
        bench.push_output(image, 24);
    }
    bench.ring_doorbell();
    bench.run(0.5);
    EXPECT_TRUE(bench.accelerator.busy());
    bench.write(IMC_REG_CTRL, IMC_CTRL_RESET);
    EXPECT_FALSE(bench.accelerator.busy());
    EXPECT_EQ(bench.read(IMC_REG_EPOCH), 1u);
    bench.run();
    EXPECT_EQ(bench.memory.get<std::uint32_t>(AcceleratorBench::outputs), 0u);
    bench.enable();
    bench.push_input(1, 24);
    bench.push_output(1, 24);
    bench.ring_doorbell();
    bench.run();
    expect_output(bench, 1);  // no second CONFIG, no second LOAD
    bench.reset.write(true);
    bench.run(1);
    EXPECT_EQ(bench.read(IMC_REG_EPOCH), 2u);
    EXPECT_EQ(bench.read(IMC_REG_PERF_UNITS), 0u);
    expect_clean(bench);
}

TEST(Accelerator, AnotherProgramReplacesTheFirst)
{
    AcceleratorBench bench("bench");
    bench.enable();
    ProgramBuilder program = chain();
    bench.upload(program.build(), program.refs);
    put_input(bench, 0);
    bench.push_input(0, 24);
    bench.push_output(0, 24);
    ProgramBuilder other(1, 2, 1);
    other.add(make_stage(0, 3, IMC_STAGE_CONV, 1, 2, 1, 1));
    other.connect(-1, 0, 0, 0, 1);
    other.to_sink(0, 0, 1);
    bench.ring_doorbell();
    bench.run();
    expect_output(bench, 0);
    bench.upload(other.build());
    const std::int8_t codes[] = {-5, 6};
    bench.memory.put(AcceleratorBench::inputs, codes, 2);
    bench.push_input(0, 2);
    bench.push_output(0, 2);
    bench.ring_doorbell();
    bench.run();
    EXPECT_EQ(bench.read(IMC_REG_ERROR), 0u) << bench.accelerator.last_error();
    EXPECT_EQ(bench.memory.get<std::int32_t>(AcceleratorBench::outputs), -5);
    EXPECT_EQ(bench.memory.get<std::int32_t>(AcceleratorBench::outputs + 4), 6);
    EXPECT_EQ(bench.read(IMC_REG_PERF_UNITS), 8u + 2u);
}

/// An accelerator without irq and reset.
struct Lonely : sc_core::sc_module {
    imc::Ledger ledger;
    imc::Accelerator accelerator{
        "accelerator",
        imc::test::small_config(1),
        ledger,
        {{IMC_ENGINE_CROSSBAR, imc::accelerator::tile_maker<imc::test::WindowTile>()}}};
    imc::test::BenchMemory memory{"memory"};
    tlm_utils::simple_initiator_socket<Lonely> host{"host"};
    explicit Lonely(sc_core::sc_module_name name) : sc_module(name)
    {
        accelerator.dma.bind(memory.in);
        host.bind(accelerator.regs);
    }
};

TEST(Accelerator, SeveralInstancesAndUnboundSignalsAreFine)
{
    AcceleratorBench a("a");
    Lonely lonely("lonely");
    a.enable();
    a.run(1);
    EXPECT_EQ(a.read(IMC_REG_STATUS), 0u);
    EXPECT_FALSE(lonely.accelerator.busy());
}

TEST(Accelerator, RefusesConfigurationsThatCannotBe)
{
    imc::Ledger ledger;
    imc::AcceleratorConfig config = imc::test::small_config();
    config.dma.burst_bytes = 96;
    EXPECT_THROW(imc::Accelerator("a", config, ledger), imc::InputError);
    config = imc::test::small_config();
    config.technology = {};
    EXPECT_THROW(imc::Accelerator("b", config, ledger), imc::InputError);
}

}  // namespace
