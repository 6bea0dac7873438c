// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/accelerator.h"

#include "support/accelerator_bench.h"
#include "support/program_builder.h"
#include "support/stage_builder.h"

#include <gtest/gtest.h>

namespace {

using imc::test::AcceleratorBench;
using imc::test::make_stage;
using imc::test::ProgramBuilder;

/// source -> conv of 3 rows, offset 10 (tile 0) -> conv of 1 row (tile 1) -> sink; 2 x 4 x 3.
ProgramBuilder chain(imc_schedule schedule = IMC_SCHEDULE_PIPELINED)
{
    ProgramBuilder program(2, 4, 3);
    program.schedule = schedule;
    imc_stage a = make_stage(0, 0, IMC_STAGE_CONV, 2, 4, 3, 3),
              b = make_stage(1, 1, IMC_STAGE_CONV, 2, 4, 3, 1);
    if (schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL) a.in[0].depth_rows = b.in[0].depth_rows = 4;
    program.add(a);
    program.add(b);
    program.connect(-1, 0, 0, 0, 2);
    program.connect(0, 1, 0, 0, 2);
    program.to_sink(1, 0, 2);
    program.blob(0, {10});
    return program;
}

/// Element (c, y, x) of image i: small, signed, all different.
std::int8_t input_code(unsigned i, unsigned c, unsigned y, unsigned x)
{
    return static_cast<std::int8_t>(static_cast<int>(7 * i + 12 * c + 3 * y + x) - 15);
}

void put_input(AcceleratorBench& bench, unsigned image)
{
    std::vector<std::int8_t> codes;
    for (unsigned c = 0; c < 2; ++c)
        for (unsigned y = 0; y < 4; ++y)
            for (unsigned x = 0; x < 3; ++x)
                codes.push_back(input_code(image, c, y, x));
    bench.memory.put(AcceleratorBench::inputs + image * 24, codes.data(), codes.size());
}

/// What the chain must give: the sum over rows y-1..y+1 inside the image, plus 10.
void expect_output(AcceleratorBench& bench, unsigned image)
{
    for (unsigned c = 0; c < 2; ++c)
        for (unsigned y = 0; y < 4; ++y)
            for (unsigned x = 0; x < 3; ++x) {
                int sum = 10;
                for (unsigned r = y == 0 ? 0 : y - 1; r <= std::min(y + 1, 3u); ++r)
                    sum += input_code(image, c, r, x);
                EXPECT_EQ(bench.memory.get<std::int32_t>(AcceleratorBench::outputs + image * 96 +
                                                         4 * ((c * 4 + y) * 3 + x)),
                          sum)
                    << "image " << image << " c " << c << " y " << y << " x " << x;
            }
}

void expect_clean(const AcceleratorBench& bench)
{
    EXPECT_EQ(bench.regs_checker.breaches(), std::vector<std::string>{});
    EXPECT_EQ(bench.dma_checker.breaches(), std::vector<std::string>{});
}

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
