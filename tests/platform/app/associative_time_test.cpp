// SPDX-License-Identifier: Apache-2.0
/// Times of layers as a run's trace has them, against a calculation from the program.
#include "accelerator/kernel/program.h"
#include "associative_layer_time.h"
#include "associative_run.h"

#include <cstring>
#include <map>
#include <sstream>

namespace imc::app {
namespace {

/// Busy ps of the compute APs by stage, from the lines of activities.csv with a duration.
std::map<unsigned, std::uint64_t> cap_times(const std::string& csv)
{
    std::map<unsigned, std::uint64_t> times;
    std::istringstream lines(csv);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::vector<std::string> cells;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, ',');)
            cells.push_back(cell);
        const std::size_t stage = cells[2].find("/s"), own = cells[2].rfind("/cap");
        if (cells[3] != "cap" || stage == std::string::npos || own == std::string::npos ||
            cells[4] == "work")
            continue;
        times[static_cast<unsigned>(std::stoul(cells[2].substr(stage + 2)))] +=
            std::stoull(cells[1]);
    }
    return times;
}

/// Issue 4, point 3: products, reduction, requantisation, residual additions and the average pool
/// of every stage of ResNet-20 take what sections 7 to 9 of bf-imna.md say. Columns are plenty, so
/// that none has to be cleared for another use.
TEST_F(AssociativeRun, EveryStageTakesTheTimeOfItsFormulas)
{
    const std::string wide =
        " --set network.onnx=networks/resnet20_cifar10.onnx --set "
        "platform.associative.columns=1024";
    ASSERT_EQ(
        vp.run("compile " + VpProcess::scenario("alexnet_ap_8bit") + wide + " -o p.imcprog").status,
        0);
    const std::string image = vp.text_of("p.imcprog");
    imc_program_header header{};
    std::memcpy(&header, image.data(), sizeof header);
    const accelerator::Program program = accelerator::read_tables(
        header,
        {image.begin(), image.begin() + static_cast<std::ptrdiff_t>(header.payload_offset)});
    run("alexnet_ap_8bit", wide);
    const auto times = cap_times(vp.text_of("r/activities.csv"));
    EXPECT_EQ(times.size(), program.stages.size());
    std::map<unsigned, unsigned> checked;
    for (const imc_stage& stage : program.stages) {
        const std::uint32_t owner = stage.engine_arg[0] == 0 ? stage.id : stage.engine_arg[0] - 1;
        const auto ref = std::find_if(program.blobs.begin(), program.blobs.end(),
                                      [&](const imc_blob_ref& b) { return b.stage == owner; });
        ASSERT_NE(ref, program.blobs.end());
        const Blob blob(reinterpret_cast<const std::uint8_t*>(image.data()) + ref->offset,
                        ref->bytes);
        EXPECT_EQ(times.at(stage.id), StageTime(stage, blob).cycles() * 1000)
            << program.layer_name(stage.layer) << ", stage " << stage.id;
        ++checked[stage.op];
    }
    EXPECT_GT(checked[IMC_STAGE_CONV], 300u);
    EXPECT_GT(checked[IMC_STAGE_ADD], 50u);
    EXPECT_GT(checked[IMC_STAGE_AVGPOOL], 0u);
}

}  // namespace
}  // namespace imc::app
