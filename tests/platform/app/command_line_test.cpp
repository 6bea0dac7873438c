// SPDX-License-Identifier: Apache-2.0
/// The command line as a user meets it: exit statuses, help, errors of one line.
#include "vp_process.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace imc::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::size_t lines(const std::string& text)
{
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(CommandLine, HelpNamesEveryCommandAndTheExitStatuses)
{
    const auto help = VpProcess().run("help");
    EXPECT_EQ(help.status, 0);
    for (const char* word : {"check", "compile", "disasm", "config", "list", "test", "130 Ctrl-C"})
        EXPECT_THAT(help.out, HasSubstr(word));
    EXPECT_THAT(help.err, IsEmpty());
    EXPECT_EQ(VpProcess().run("").status, 2) << "no command is bad usage";
    EXPECT_THAT(VpProcess().run("--version").out, StartsWith("vp "));
}

TEST(CommandLine, EveryCommandExplainsItself)
{
    for (const char* command : {"run", "check", "compile", "disasm", "infer", "config", "list",
                                "compare", "report", "sweep", "bench"}) {
        const auto help = VpProcess().run(std::string(command) + " --help");
        EXPECT_EQ(help.status, 0) << command;
        EXPECT_THAT(help.out, HasSubstr(std::string("usage: vp ") + command));
    }
}

struct BadUsage {
    const char* arguments;
    const char* line;
};

TEST(CommandLine, BadUsageIsOneLineWithARemedyAndExit2)
{
    const BadUsage cases[] = {
        {"chek s.yaml", "vp: there is no command 'chek'; did you mean 'check'?"},
        {"frobnicate", "vp: there is no command 'frobnicate'; `vp help` lists them"},
        {"check --sett a=b s.yaml", "vp check: there is no option --sett; did you mean --set?"},
        {"check", "vp check: scenario is missing; `vp check --help` shows the usage"},
        {"check a.yaml b.yaml", "vp check: too many arguments; `vp check --help` shows the usage"},
        {"check absent.yaml",
         "absent.yaml:1:1: there is no such file; give the path of a YAML file"},
        {"check /", "/:1:1: not a file; give the path of a YAML file"},
        {"config", "vp config: scenario is missing; `vp config --help` shows the usage"},
        {"run s.yaml --threads 0",
         "vp run: there is no option --threads; write --set run.threads=VALUE"},
        {"run s.yaml --host foo", "vp run: there is no option --host; write --set host.cpu=VALUE"},
        {"run s.yaml --chips 2",
         "vp run: there is no option --chips; write --set "
         "mapping.chips=VALUE"},
        {"run ''",
         "the scenario's name is empty; give the path of a YAML file (`vp list "
         "scenarios`)"},
        {"list weather",
         "vp list: there is no kind 'weather'; write scenarios, networks, platforms, technologies, "
         "schemes, ops or keys"},
        {"disasm absent.imcprog",
         "absent.imcprog: cannot be opened; give a file that `vp compile` wrote"},
    };
    VpProcess vp;
    for (const auto& test : cases) {
        const auto outcome = vp.run(test.arguments);
        EXPECT_EQ(outcome.status, 2) << test.arguments;
        EXPECT_EQ(outcome.err, std::string(test.line) + "\n");
        EXPECT_THAT(outcome.out, IsEmpty()) << test.arguments;
    }
}

/// Options that stand for keys, with what cannot be.
TEST(CommandLine, OptionsThatMeanNothingAreRefusedBeforeAnythingRuns)
{
    const std::string scenario = VpProcess::scenario("accuracy_glyphs");
    const BadUsage cases[] = {
        {"--images -1",
         "--images -1: run.images: '-1' is not a whole number in range; write a "
         "whole number from 1 to 1000000"},
        {"--images 0",
         "--images 0: run.images: 0 is out of range; write a whole number from 1 to 1000000"},
        {"--images many",
         "--images many: run.images: 'many' is not a whole number in range; "
         "write a whole number from 1 to 1000000"},
        {"--until 0",
         "--until 0: nothing would be simulated; write a time such as '10 us', or "
         "leave it out"},
        {"--until 5",
         "--until 5: run.until: '5' is not a time; write a time with its unit (s, "
         "ms, us, ns, ps), such as `10 us`"},
        {"--out ''", "--out: is empty; name a folder, or leave it out for out/<scenario name>"},
    };
    VpProcess vp;
    for (const auto& test : cases) {
        const auto outcome = vp.run("run " + scenario + " " + test.arguments);
        EXPECT_EQ(outcome.status, 2) << test.arguments;
        EXPECT_EQ(outcome.err, std::string(test.line) + "\n");
        EXPECT_FALSE(vp.exists("out")) << test.arguments;
    }
}

TEST(CommandLine, ListTellsTheSizeOfEveryNetwork)
{
    const auto outcome = VpProcess().run("list networks");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    // He et al., CVPR 2016, table 6: ResNet-20 has 0.27 M.
    EXPECT_THAT(outcome.out, HasSubstr("3 x 32 x 32, 0.272 M parameters"));
    EXPECT_THAT(outcome.out, HasSubstr("trained"));
}

TEST(CommandLine, CheckReportsEveryErrorAndLeavesNothing)
{
    VpProcess vp;
    vp.write("s.yaml", "run: {images: 0}\nplatform: none.yaml\nbogus: 1\n");
    const auto outcome = vp.run("check s.yaml");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_GE(lines(outcome.err), 4u) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("s.yaml:1:15: run.images: 0 is out of range"));
    EXPECT_FALSE(vp.exists("out"));
}

TEST(CommandLine, TheMainScenarioPassesItsCheck)
{
    const auto outcome = VpProcess().run("check " + VpProcess::scenario("resnet18_bwq"));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("nothing wrong"));
    const auto quiet = VpProcess().run("check --quiet " + VpProcess::scenario("resnet20_bwq"));
    EXPECT_EQ(quiet.status, 0);
    EXPECT_EQ(quiet.out + quiet.err, "");
}

TEST(CommandLine, OneIsNotPlural)
{
    VpProcess vp;
    const auto outcome = vp.run("compile " + VpProcess::scenario("resnet20_bwq") +
                                " --set run.schedule=pipelined -o p.imcprog");
    EXPECT_THAT(outcome.err, HasSubstr(" on 1 tile of 1 chip,"));
}

TEST(CommandLine, PresetsAreFoundFromAnyFolder)
{
    VpProcess vp;
    vp.write("mine.yaml",
             "network: {onnx: networks/resnet20_cifar10.onnx, weights: synthetic, seed: 3}\n"
             "quantization: {scheme: uniform, weight_bits: 4, activation_bits: 4}\n"
             "platform: platforms/bwq_h.yaml\ntechnology: technologies/isaac_32nm.yaml\n");
    const auto outcome = vp.run("check mine.yaml");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("nothing wrong"));
}

/// What a stage would refuse when it is loaded is refused before anything runs, at its place.
TEST(CommandLine, WhatAStageWouldRefuseIsRefusedByCheckRunAndCompile)
{
    VpProcess vp;
    const auto refused = [&](const std::string& scenario, const std::string& setting,
                             const std::string& words,
                             const std::vector<std::string>& commands = {"check"}) {
        const std::string more = " " + VpProcess::scenario(scenario) + " --set " + setting;
        for (const std::string& command : commands) {
            const auto outcome = vp.run(command + more);
            EXPECT_EQ(outcome.status, 2) << command << more;
            EXPECT_EQ(lines(outcome.err), 1u) << outcome.err;
            EXPECT_THAT(outcome.err, HasSubstr(words)) << command;
        }
        EXPECT_FALSE(vp.exists("r"));
        EXPECT_FALSE(vp.exists("p.bin"));
    };
    refused("resnet20_bwq", "'mapping.replicate={layer1.0.conv1: 33}'",
            "mapping.replicate: 33 copies of layer 'layer1.0.conv1', which makes its 32 output "
            "rows in 32 parts; write at most 32",
            {"check", "run --quiet --out r", "compile -o p.bin"});
    refused("resnet20_bwq", "'mapping.replicate={fc: 2}'",
            "layer 'fc', which makes its 1 output row in 1 part; write at most 1");
    refused("resnet20_bwq", "'mapping.replicate={layer1.0.add: 2}'",
            "'layer1.0.add' takes no arrays that could be copied");
    refused("vgg16_ap_4bit", "'mapping.replicate={conv0: 2}'", "is spread over all tiles already");
    refused("resnet20_bwq", "platform.crossbar.adc_bits=2 --set run.kernel_path=integer",
            "--set run.kernel_path=integer: run.kernel_path: integer sums stand for conversions "
            "that cannot clip, and those of layer 'conv1' may with adc_bits 2");
    refused("resnet18_sre", "platform.crossbar.adc_bits=3",
            "--set platform.crossbar.adc_bits=3: platform.crossbar.adc_bits: skipping sre and sme");
    EXPECT_EQ(vp.run("check " + VpProcess::scenario("resnet20_bwq") +
                     " --set 'mapping.replicate={layer1.0.conv1: 32, fc: 1}'"
                     " --set run.kernel_path=integer")
                  .status,
              0);
}

TEST(CommandLine, NamesInTheMappingThatTheNetworkLacksAreRefusedWithANearOne)
{
    VpProcess vp;
    const auto check = [&](const std::string& setting) {
        const auto outcome =
            vp.run("check " + VpProcess::scenario("resnet20_bwq") + " --set '" + setting + "'");
        EXPECT_EQ(outcome.status, 2);
        EXPECT_EQ(lines(outcome.err), 1u) << outcome.err;
        return outcome.err;
    };
    EXPECT_THAT(check("mapping.replicate={layer1.0.conf1: 3}"),
                HasSubstr("no layer is called 'layer1.0.conf1'; did you mean 'layer1.0.conv1'?"));
    EXPECT_THAT(check("mapping.replicate={nowhere: 3}"), HasSubstr("layers are called conv1, "));
    EXPECT_THAT(check("mapping.buffer_rows={\"conv1:layer1.0.ad\": 3}"),
                HasSubstr("no edge 'conv1:layer1.0.ad'; did you mean 'conv1:layer1.0.add'?"));
}

TEST(CommandLine, AProgramCanBeCompiledAndRead)
{
    VpProcess vp;
    const auto compiled =
        vp.run("compile " + VpProcess::scenario("resnet20_bwq") + " -o p.imcprog");
    ASSERT_EQ(compiled.status, 0) << compiled.err;
    EXPECT_THAT(compiled.err, HasSubstr("synthetic weights, drawn from seed 1"));
    const auto text = vp.run("disasm p.imcprog");
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("conv"));
    EXPECT_THAT(text.out, HasSubstr("magic IMCP"));
    EXPECT_THAT(text.out, HasSubstr("multiplier"));
    EXPECT_FALSE(vp.exists("p.imcprog.part"));
}

TEST(CommandLine, DamagedProgramsAreRefusedInOneLine)
{
    VpProcess vp;
    ASSERT_EQ(vp.run("compile " + VpProcess::scenario("resnet20_bwq") + " -o p.imcprog").status, 0);
    const std::string good = vp.text_of("p.imcprog");
    const auto refused = [&](const std::string& bytes, const char* what) {
        vp.write("q.imcprog", bytes);
        const auto outcome = vp.run("disasm q.imcprog");
        EXPECT_EQ(outcome.status, 2) << what;
        EXPECT_EQ(lines(outcome.err), 1u) << what << ": " << outcome.err;
        EXPECT_THAT(outcome.err, StartsWith("q.imcprog: ")) << what;
    };
    refused("", "empty");
    refused(good.substr(0, 100), "cut in its header");
    refused(good.substr(0, good.size() - 1), "cut at its end");
    refused(good + "x", "longer than it says");
    for (const std::size_t at : {0u, 4u, 8u, 24u, 40u, 300u, 5000u}) {
        std::string bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        refused(bytes, ("bit flipped at byte " + std::to_string(at)).c_str());
    }
    std::string last = good;
    last.back() = static_cast<char>(last.back() ^ 1);
    refused(last, "bit flipped in the last weight");
}

TEST(CommandLine, AnOutputThatCannotBeWrittenIsOneLine)
{
    const auto outcome =
        VpProcess().run("compile " + VpProcess::scenario("resnet20_bwq") + " -o no/such/p.imcprog");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.err, HasSubstr("no/such/p.imcprog: cannot be written"));
}

TEST(CommandLine, ConfigShowsOriginsAndItsLockIsAScenario)
{
    VpProcess vp;
    const auto shown =
        vp.run("config " + VpProcess::scenario("resnet18_bwq") + " --set run.images=3");
    EXPECT_EQ(shown.status, 0);
    EXPECT_THAT(shown.out, HasSubstr("# --set run.images=3"));
    EXPECT_THAT(shown.out, HasSubstr("# default"));
    EXPECT_THAT(shown.out, HasSubstr("isaac_ou.yaml:"));
    const auto name = shown.out.find("technology.name");
    ASSERT_NE(name, std::string::npos);
    EXPECT_THAT(shown.out.substr(name, shown.out.find('\n', name) - name),
                HasSubstr("isaac_32nm.yaml:"));
    const auto lock = vp.run("config --lock " + VpProcess::scenario("resnet18_bwq"));
    vp.write("lock.yaml", lock.out);
    EXPECT_EQ(vp.run("config --lock lock.yaml").out, lock.out);
}

TEST(CommandLine, TheReferencePageHoldsEveryKey)
{
    const auto keys = VpProcess().run("config --keys");
    EXPECT_EQ(keys.status, 0);
    std::ifstream page(std::string(IMC_SOURCE_DIR) + "/docs/scenario.md");
    std::ostringstream text;
    text << page.rdbuf();
    EXPECT_THAT(text.str(), testing::EndsWith(keys.out)) << "write it with: ./vp config --keys";
}

TEST(CommandLine, UnsupportedNetworksNameTheFileAndThePlace)
{
    VpProcess vp;
    vp.write("n.onnx", "this is no network");
    vp.write("s.yaml", "network: {onnx: n.onnx}\nplatform: " + std::string(IMC_SOURCE_DIR) +
                           "/scenarios/platforms/bwq_h.yaml\n");
    const auto outcome = vp.run("check s.yaml");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(lines(outcome.err), 1u) << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith("s.yaml:1:17: network.onnx: "));
}

}  // namespace
}  // namespace imc::app
