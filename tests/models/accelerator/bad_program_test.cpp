// SPDX-License-Identifier: Apache-2.0
/// Bad descriptors and corrupted programs end in the error register, never in a crash.
#include "common/random.h"
#include "support/accelerator_bench.h"
#include "support/program_builder.h"
#include "support/stage_builder.h"

#include <gtest/gtest.h>

namespace {

using imc::test::AcceleratorBench;
using imc::test::make_stage;
using imc::test::ProgramBuilder;

ProgramBuilder diamond(imc_schedule schedule = IMC_SCHEDULE_PIPELINED)
{
    ProgramBuilder program(2, 4, 3);
    program.schedule = schedule;
    imc_stage wide = make_stage(0, 0, IMC_STAGE_CONV, 2, 4, 3, 3),
              narrow = make_stage(1, 1, IMC_STAGE_CONV, 2, 4, 3, 1),
              add = make_stage(2, 1, IMC_STAGE_ADD, 2, 4, 3);
    add.in[0].depth_rows = add.in[1].depth_rows = 4;
    if (schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL)  // a step needs its whole input
        wide.in[0].depth_rows = narrow.in[0].depth_rows = 4;
    program.add(wide);
    program.add(narrow);
    program.add(add);
    program.connect(-1, 0, 0, 0, 2);
    program.connect(0, 1, 0, 0, 2);
    program.connect(0, 2, 0, 0, 2);
    program.connect(1, 2, 1, 0, 2);
    program.to_sink(2, 0, 2);
    program.blob(0, {10});
    return program;
}

std::uint32_t config_error(AcceleratorBench& bench, const std::vector<std::uint8_t>& image)
{
    bench.write(IMC_REG_CTRL, IMC_CTRL_RESET);
    bench.enable();
    bench.upload(image);
    bench.run(200);
    return bench.read(IMC_REG_ERROR);
}

TEST(BadDescriptor, EndsAsAnErrorInterruptWithItsIndex)
{
    AcceleratorBench bench("bench");
    struct Case {
        imc_descriptor d;
        imc_error error;
    };
    const auto make = [](unsigned opcode, std::uint64_t src, std::uint32_t length) {
        imc_descriptor d{};
        d.opcode = static_cast<std::uint16_t>(opcode);
        d.src = src;
        d.length = length;
        return d;
    };
    std::vector<Case> cases{
        {make(99, 0, 0), IMC_ERROR_BAD_OPCODE},
        {make(IMC_OP_LOAD, 0, 0), IMC_ERROR_NOT_CONFIGURED},
        {make(IMC_OP_INPUT, 0, 0), IMC_ERROR_NOT_CONFIGURED},
        {make(IMC_OP_CONFIG, AcceleratorBench::image_at, 8), IMC_ERROR_BAD_DESCRIPTOR},
        {make(IMC_OP_CONFIG, 0x10, 4096), IMC_ERROR_DMA},
        {make(IMC_OP_CONFIG, AcceleratorBench::outputs, 4096), IMC_ERROR_BAD_PROGRAM}};
    imc_descriptor flags = make(IMC_OP_NOP, 0, 0);
    flags.flags = 0x80;
    cases.push_back({flags, IMC_ERROR_BAD_DESCRIPTOR});
    for (const auto& [d, error] : cases) {
        bench.write(IMC_REG_CTRL, IMC_CTRL_RESET);
        bench.enable();
        bench.push(imc_descriptor{});
        bench.push(d);
        bench.ring_doorbell();
        bench.run(100);
        EXPECT_EQ(bench.read(IMC_REG_ERROR), static_cast<std::uint32_t>(error)) << d.opcode;
        EXPECT_EQ(bench.read(IMC_REG_ERROR_INDEX), 1u);
        EXPECT_EQ(bench.completion(1).status, static_cast<std::uint32_t>(error));
        EXPECT_TRUE(bench.irq.read());
        EXPECT_NE(bench.accelerator.last_error(), "");
    }
}

TEST(BadDescriptor, WorkOnWrongImagesStagesAndSizesIsRefused)
{
    AcceleratorBench bench("bench");
    ProgramBuilder program = diamond();
    const auto image = program.build();
    const auto first_error = [&](imc_descriptor d, bool load) {
        bench.write(IMC_REG_CTRL, IMC_CTRL_RESET);
        bench.enable();
        bench.upload(image, load ? program.refs : std::vector<imc_blob_ref>{});
        bench.push(d);
        bench.ring_doorbell();
        bench.run(200);
        return bench.read(IMC_REG_ERROR);
    };
    imc_descriptor d{};
    d.opcode = IMC_OP_INPUT;
    d.src = AcceleratorBench::inputs;
    d.length = 24;
    EXPECT_EQ(first_error(d, true), 0u);
    EXPECT_EQ(first_error(d, false), static_cast<std::uint32_t>(IMC_ERROR_NOT_CONFIGURED));
    d.length = 23;
    EXPECT_EQ(first_error(d, true), static_cast<std::uint32_t>(IMC_ERROR_BAD_DESCRIPTOR));
    d.length = 24;
    d.src = 0x1000;
    EXPECT_EQ(first_error(d, true), static_cast<std::uint32_t>(IMC_ERROR_DMA));
    imc_descriptor out{};
    out.opcode = IMC_OP_OUTPUT;
    out.length = 4096;
    EXPECT_EQ(first_error(out, true), static_cast<std::uint32_t>(IMC_ERROR_BAD_DESCRIPTOR));
    imc_descriptor load{};
    load.opcode = IMC_OP_LOAD;
    load.stage = 1;  // has no blob
    EXPECT_EQ(first_error(load, true), static_cast<std::uint32_t>(IMC_ERROR_BAD_DESCRIPTOR));
    load.stage = 0;
    load.src = AcceleratorBench::outputs;  // no blob there: the tile refuses it
    load.length = static_cast<std::uint32_t>(program.refs[0].bytes);
    EXPECT_EQ(first_error(load, true), static_cast<std::uint32_t>(IMC_ERROR_BAD_STAGE));
    EXPECT_EQ(bench.accelerator.last_error().rfind("stage 0: its blob was refused: ", 0), 0u)
        << bench.accelerator.last_error();
    imc_descriptor step{};
    step.opcode = IMC_OP_STEP;
    EXPECT_EQ(first_error(step, true), static_cast<std::uint32_t>(IMC_ERROR_BAD_DESCRIPTOR));
}

TEST(BadDescriptor, OutputsToNowhereEndAsADmaErrorOfTheirDescriptor)
{
    AcceleratorBench bench("bench");
    ProgramBuilder program = diamond();
    const auto image = program.build();
    const std::uint64_t nowhere[] = {0x10, AcceleratorBench::ring - 64,
                                     imc::test::BenchMemory::base + (1 << 20) - 32,
                                     0xFFFFFFFFFFFFFFC0ull};
    for (const std::uint64_t dst : nowhere) {
        bench.write(IMC_REG_CTRL, IMC_CTRL_RESET);
        bench.enable();
        bench.upload(image, program.refs);
        bench.push_input(0, 24);
        imc_descriptor out{};
        out.opcode = IMC_OP_OUTPUT;
        out.dst = dst;
        out.length = 24 * 4;
        const std::uint32_t index = bench.push(out);
        bench.ring_doorbell();
        bench.run(200);
        EXPECT_EQ(bench.read(IMC_REG_ERROR), static_cast<std::uint32_t>(IMC_ERROR_DMA)) << dst;
        EXPECT_EQ(bench.read(IMC_REG_ERROR_INDEX), index) << dst;
        EXPECT_TRUE(bench.irq.read());
        EXPECT_NE(bench.accelerator.last_error().find("OUTPUT of image 0: the bus refused to write "
                                                      "96 bytes at 0x"),
                  std::string::npos)
            << bench.accelerator.last_error();
    }
    bench.write(IMC_REG_CTRL, IMC_CTRL_RESET);  // and the accelerator is fit for work again
    bench.enable();
    bench.upload(image, program.refs);
    bench.push_input(0, 24);
    const std::uint32_t index = bench.push_output(0, 24);
    bench.ring_doorbell();
    bench.run(200);
    EXPECT_EQ(bench.read(IMC_REG_ERROR), 0u);
    EXPECT_EQ(bench.completion(index).done, 1u);
}

/// Weights that come with every image must come in the order in which steps open.
TEST(BadProgram, ReloadedBlobsFollowTheSteps)
{
    AcceleratorBench bench("bench");
    const auto with = [&](imc_schedule schedule, auto change) {
        ProgramBuilder program = diamond(schedule);
        program.blob(1, {20});
        program.reload = {{0, 1}, {1, 1}};
        change(program);
        return static_cast<imc_error>(config_error(bench, program.build()));
    };
    using P = ProgramBuilder;
    const auto sequential = IMC_SCHEDULE_LAYER_SEQUENTIAL;
    EXPECT_EQ(with(sequential, [](P&) {}), IMC_ERROR_NONE);
    EXPECT_EQ(with(sequential, [](P& p) { p.reload = {}; }), IMC_ERROR_NONE);
    EXPECT_EQ(with(sequential, [](P& p) { std::swap(p.layers[0].step, p.layers[1].step); }),
              IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with(IMC_SCHEDULE_PIPELINED, [](P&) {}), IMC_ERROR_BAD_PROGRAM);
}

TEST(BadProgram, EveryCheckedFieldHasItsError)
{
    AcceleratorBench bench("bench");
    const auto with = [&](auto change) {
        ProgramBuilder program = diamond();
        change(program);
        return static_cast<imc_error>(config_error(bench, program.build()));
    };
    using P = ProgramBuilder;
    EXPECT_EQ(with([](P&) {}), IMC_ERROR_NONE);
    EXPECT_EQ(with([](P& p) { p.stages[0].tile = 4; }), IMC_ERROR_BAD_STAGE);  // the I/O node
    EXPECT_EQ(with([](P& p) { p.stages[0].tile = 999; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].engine = IMC_ENGINE_CAM; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].op = 77; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].streams = 9; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].streams = 0; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].copies = 0; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].unit_rows = 0; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].stride_h = 0; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].kernel_h = 60000; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].in[0].depth_rows = 2; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].in[0].depth_rows = 0xFFFFFFFF; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].channel_end = 3; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].groups = 3; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[0].arrays = 97; }), IMC_ERROR_CAPACITY);
    EXPECT_EQ(with([](P& p) { p.stages[2].in[0].width = 4; }), IMC_ERROR_BAD_STAGE);
    EXPECT_EQ(with([](P& p) { p.stages[1].role = IMC_ROLE_PSUM_WORKER; }), IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with([](P& p) { p.stages[1].psum_workers = 1; }), IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with([](P& p) { p.stages[0].engine_arg[0] = 0xBAD; }),
              IMC_ERROR_BAD_STAGE);  // refused by the engine
    EXPECT_EQ(with([](P& p) { p.output.height = 5; }), IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with([](P& p) { p.output.channels = 3; }), IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with([](P& p) { p.input.bytes = 3; }), IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with([](P& p) { p.input.width = 0; }), IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with([](P& p) { p.connect(0, 2, 0, 0, 1); }),
              IMC_ERROR_BAD_PROGRAM);  // channel 0 twice
    EXPECT_EQ(with([](P& p) { p.connect(0, 2, 5, 0, 2); }), IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with([](P& p) { p.connect(0, 2, 0, 1, 2); }), IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(with([](P& p) { p.connect(0, 2, 0, 0, 2, 1); }), IMC_ERROR_BAD_PROGRAM);
}

TEST(BadProgram, CrcsMagicAndTablesAreChecked)
{
    AcceleratorBench bench("bench");
    const auto image = diamond().build();
    const auto broken = [&](std::size_t at) {
        auto copy = image;
        copy[at] ^= 0x40;
        return config_error(bench, copy);
    };
    EXPECT_EQ(broken(0), static_cast<std::uint32_t>(IMC_ERROR_BAD_PROGRAM));
    EXPECT_EQ(broken(100), static_cast<std::uint32_t>(IMC_ERROR_BAD_PROGRAM));
    EXPECT_EQ(broken(sizeof(imc_program_header) + 5),
              static_cast<std::uint32_t>(IMC_ERROR_BAD_PROGRAM));
    imc_program_header h{};
    std::memcpy(&h, image.data(), sizeof h);
    const auto resealed = [&](auto change) {
        auto copy = image;
        imc_program_header other = h;
        change(other);
        ProgramBuilder::seal(copy, other);
        return config_error(bench, copy);
    };
    const auto bad = static_cast<std::uint32_t>(IMC_ERROR_BAD_PROGRAM);
    EXPECT_EQ(resealed([](auto&) {}), 0u);
    EXPECT_NE(resealed([](auto& x) { x.stages.offset += 8; }), 0u);
    EXPECT_EQ(resealed([](auto& x) { x.routes.offset = 0xFFFFFFFFFFFFFFF8ull; }), bad);
    EXPECT_EQ(resealed([](auto& x) { x.routes.entry_bytes = 1; }), bad);
    EXPECT_EQ(resealed([](auto& x) { x.layers.count = 60000; }), bad);
    EXPECT_EQ(resealed([](auto& x) { x.stages.count = 0; }), bad);
    EXPECT_EQ(resealed([](auto& x) { x.version = 7; }), bad);
    EXPECT_EQ(resealed([](auto& x) { x.steps = 0; }), bad);
    EXPECT_EQ(resealed([](auto& x) { x.source_route_begin = 0xFFFFFFFF; }), bad);
}

/// Random bytes of header and tables replaced, CRCs made right again: each program runs, starves,
/// or ends in an error.
TEST(BadProgram, RandomCorruptionNeverCrashes)
{
    AcceleratorBench bench("bench");
    const auto image = diamond().build();
    imc_program_header good{};
    std::memcpy(&good, image.data(), sizeof good);
    unsigned refused = 0;
    for (std::uint64_t trial = 0; trial < 400; ++trial) {
        auto copy = image;
        const auto key = imc::random_key(7, trial);
        for (std::uint64_t n = 0; n <= trial % 3; ++n)
            copy[imc::random_bits(key, 2 * n) % good.payload_offset] =
                static_cast<std::uint8_t>(imc::random_bits(key, 2 * n + 1));
        imc_program_header h{};
        std::memcpy(&h, copy.data(), sizeof h);
        if (h.payload_offset >= sizeof h && h.payload_offset <= copy.size())
            ProgramBuilder::seal(copy, h);
        bench.write(IMC_REG_CTRL, IMC_CTRL_RESET);
        bench.enable();
        ProgramBuilder refs = diamond();
        refs.build();
        bench.upload(copy, refs.refs);
        bench.push_input(0, 24);
        bench.push_output(0, 24);
        bench.ring_doorbell();
        bench.run(20);
        refused += bench.read(IMC_REG_ERROR) != 0;
    }
    EXPECT_GT(refused, 50u);
}

}  // namespace
