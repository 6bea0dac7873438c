// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/accelerator.h"

#include "support/chain.h"

namespace {

using imc::test::AcceleratorBench;
using imc::test::chain;
using imc::test::expect_clean;
using imc::test::expect_output;
using imc::test::input_code;
using imc::test::make_stage;
using imc::test::ProgramBuilder;
using imc::test::put_input;

TEST(Accelerator, RunsImagesFromMemoryToMemory)
{
    AcceleratorBench bench("bench");
    bench.enable();
    EXPECT_EQ(bench.read(IMC_REG_ID), IMC_ID_VALUE);
    EXPECT_EQ(bench.read(IMC_REG_CAPS_CROSSBAR), 4u);
    ProgramBuilder program = chain();
    bench.upload(program.build(), program.refs);
    bench.run();
    EXPECT_EQ(bench.completion(2).done, 1u);
    EXPECT_EQ(bench.completion(2).tag, 1002u);
    EXPECT_EQ(bench.read(IMC_REG_STATUS), IMC_STATUS_CONFIGURED);
    EXPECT_EQ(bench.read(IMC_REG_ERROR), 0u);
    EXPECT_GT(bench.accelerator.setup_end_ps(), 1000000u);  // programming takes 1 us
    EXPECT_EQ(bench.ledger.phase(), imc::Phase::inference);
    for (unsigned image = 0; image < 3; ++image) {
        put_input(bench, image);
        bench.push_input(image, 24);
        bench.push_output(image, 24);
    }
    EXPECT_FALSE(bench.irq.read());
    bench.ring_doorbell();
    bench.run(0.5);
    EXPECT_TRUE(bench.accelerator.busy());
    bench.run();
    EXPECT_FALSE(bench.accelerator.busy());
    EXPECT_TRUE(bench.accelerator.diagnose().empty());
    EXPECT_TRUE(bench.irq.read());
    EXPECT_EQ(bench.completion(8).image, 2u);
    EXPECT_EQ(bench.completion(8).done, 1u);
    for (unsigned image = 0; image < 3; ++image)
        expect_output(bench, image);
    bench.write(IMC_REG_IRQ_STATUS, IMC_IRQ_COMPLETION);
    bench.run(1);
    EXPECT_FALSE(bench.irq.read());
    EXPECT_EQ(bench.read(IMC_REG_PERF_UNITS), 3 * 8u);
    EXPECT_EQ(bench.read(IMC_REG_PERF_DESCRIPTORS), 9u);
    EXPECT_EQ(bench.read(IMC_REG_HEAD), 9u);
    ASSERT_EQ(bench.accelerator.images().size(), 3u);
    EXPECT_LT(bench.accelerator.images()[0].doorbell_ps, bench.accelerator.images()[0].output_ps);
    EXPECT_EQ(bench.accelerator.images()[0].doorbell_ps, bench.accelerator.images()[2].doorbell_ps);
    expect_clean(bench);
}

TEST(Accelerator, EnergyIsTheSumOfCountedEvents)
{
    AcceleratorBench bench("bench");
    bench.enable();
    ProgramBuilder program = chain();
    bench.upload(program.build(), program.refs);
    bench.run();
    put_input(bench, 0);
    bench.push_input(0, 24);
    bench.push_output(0, 24);
    bench.ring_doorbell();
    bench.run();
    std::map<std::string, std::uint64_t> counts;
    for (const auto& [key, n] : bench.ledger.counts())
        if (key.phase == imc::Phase::inference) {
            const auto& event = bench.ledger.events()[key.id];
            counts[bench.ledger.components()[event.component].name + "." + event.name] += n;
        }
    EXPECT_EQ(counts["tile.unit"], 8u);
    EXPECT_EQ(counts["command.descriptor"], 2u);
    // Two descriptors, 24 bytes of input, 96 of output, two completions, and the FENCE's own record
    // after setup ended.
    EXPECT_EQ(counts["dma.byte"], 2 * 64 + 24 + 96 + 2 * 16 + 16u);
    EXPECT_EQ(counts["tile.write_bit"], 2 * 4 * 2 * 3 * 8u);
    EXPECT_GT(counts["noc.flit_hop"], 0u);
}

TEST(Accelerator, DmaBurstsAreAlignedPowersOfTwoAndDirectAccessChangesNoTimestamp)
{
    std::uint64_t done_ps[2] = {};
    sc_core::sc_time start;
    AcceleratorBench plain("plain"), direct("direct");
    direct.memory.hints_direct = true;
    AcceleratorBench* benches[] = {&plain, &direct};
    for (auto* bench : benches) {
        bench->enable();
        ProgramBuilder program = chain();
        bench->upload(program.build(), program.refs);
        put_input(*bench, 0);
        bench->push_input(0, 24);
        bench->push_output(0, 24);
        bench->ring_doorbell();
    }
    plain.run();
    for (int i = 0; i < 2; ++i) {
        expect_output(*benches[i], 0);
        done_ps[i] = benches[i]->accelerator.images().at(0).output_ps;
        for (const auto& [address, length] : benches[i]->memory.log) {
            EXPECT_EQ(length & (length - 1), 0u);
            EXPECT_EQ(address % length, 0u);
            EXPECT_LE(length, 256u);
        }
        expect_clean(*benches[i]);
    }
    EXPECT_EQ(done_ps[0], done_ps[1]);
    EXPECT_EQ(direct.memory.accesses, 1u);  // the first hints; all others go direct
}

TEST(Accelerator, LayerSequentialStepsRunOneAfterTheOther)
{
    AcceleratorBench bench("bench");
    bench.enable();
    ProgramBuilder program = chain(IMC_SCHEDULE_LAYER_SEQUENTIAL);
    bench.upload(program.build(), program.refs);
    for (unsigned image = 0; image < 2; ++image) {
        put_input(bench, image);
        bench.push_input(image, 24);
        for (std::uint32_t step = 0; step < 2; ++step) {
            imc_descriptor d{};
            d.opcode = IMC_OP_STEP;
            d.image = image;
            d.arg = step;
            bench.push(d);
        }
        bench.push_output(image, 24);
    }
    bench.ring_doorbell();
    bench.run();
    EXPECT_EQ(bench.read(IMC_REG_ERROR), 0u) << bench.accelerator.last_error();
    expect_output(bench, 0);
    expect_output(bench, 1);
    const auto stages = bench.accelerator.stages();
    ASSERT_EQ(stages.size(), 2u);
    EXPECT_EQ(stages[0].stats.units, 8u);
    // Of the first image the second layer starts after the first layer's last row.
    EXPECT_GT(stages[1].stats.first_start_ps - stages[0].stats.first_start_ps, 4 * 100000u);
}

TEST(Accelerator, CopiesShareTheRowsOfALayerOverManyImages)
{
    AcceleratorBench bench("bench");
    bench.enable();
    ProgramBuilder program(2, 4, 3);
    for (unsigned copy = 0; copy < 4; ++copy) {
        imc_stage s = make_stage(copy, copy, IMC_STAGE_CONV, 2, 4, 3, 3);
        s.copies = 4;
        s.copy = static_cast<std::uint16_t>(copy);
        s.in[0].depth_rows = 3;  // one window: rows that a copy has no need for must not fill it
        program.add(s);
        program.connect(-1, copy, 0, 0, 2);
        program.to_sink(copy, 0, 2);
        program.blob(copy, {10});
    }
    bench.upload(program.build(), program.refs);
    for (unsigned image = 0; image < 3; ++image) {
        put_input(bench, image);
        bench.push_input(image, 24);
        bench.push_output(image, 24);
    }
    bench.ring_doorbell();
    bench.run();
    EXPECT_EQ(bench.read(IMC_REG_ERROR), 0u) << bench.accelerator.last_error();
    for (unsigned image = 0; image < 3; ++image)
        expect_output(bench, image);
    EXPECT_FALSE(bench.accelerator.busy());
}

TEST(Accelerator, SpillsPassThroughTheGlobalBuffer)
{
    AcceleratorBench bench("bench");
    bench.enable();
    ProgramBuilder program(2, 4, 3);
    program.add(
        make_stage(0, 5, IMC_STAGE_SPILL, 2, 4, 3));  // 4 tiles: I/O is node 4, the buffer node 5
    program.add(make_stage(1, 0, IMC_STAGE_CONV, 2, 4, 3, 1));
    program.connect(-1, 0, 0, 0, 2);
    program.connect(0, 1, 0, 0, 2);
    program.to_sink(1, 0, 2);
    bench.upload(program.build());
    put_input(bench, 0);
    bench.push_input(0, 24);
    bench.push_output(0, 24);
    bench.ring_doorbell();
    bench.run();
    EXPECT_EQ(bench.read(IMC_REG_ERROR), 0u) << bench.accelerator.last_error();
    EXPECT_EQ(bench.memory.get<std::int32_t>(AcceleratorBench::outputs), input_code(0, 0, 0, 0));
    EXPECT_EQ(bench.memory.get<std::int32_t>(AcceleratorBench::outputs + 92),
              input_code(0, 1, 3, 2));
}

}  // namespace
