// SPDX-License-Identifier: Apache-2.0
/// `vp run` as a user meets it: files, exit statuses, and that nothing but the scenario decides the
/// figures.
#include "run_command.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

namespace imc::app {
namespace {

TEST_F(RunCommand, WritesACompleteFolderAndAgreesWithTheReference)
{
    const auto outcome = run("");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "") << "--quiet";
    for (const char* file :
         {"summary.json", "layers.csv", "components.csv", "trace.pftrace", "power.vcd",
          "report.html", "outputs.npy", "console.log", "scenario.lock.yaml"})
        EXPECT_TRUE(vp.exists(std::string("r/") + file)) << file;
    const auto json = summary();
    EXPECT_EQ(json["status"], "ok");
    EXPECT_EQ(json["reference"]["compared"], 10);
    EXPECT_EQ(json["reference"]["mismatches"], 0);
    EXPECT_EQ(json["network"]["weights"], "synthetic");
    EXPECT_GT(json["host"]["instructions"].get<std::uint64_t>(), 1000u);
    EXPECT_GT(json["latency_s"].get<double>(), 0.0);
    EXPECT_TRUE(no_leftovers());
}

TEST_F(RunCommand, ComponentsAndLayersSumToTheEnergy)
{
    ASSERT_EQ(run("").status, 0);
    const auto json = summary();
    double components = 0, layers = 0;
    for (const auto& component : json["components"])
        components += component["energy_j"].get<double>();
    for (const auto& layer : json["layers"])
        layers += layer["energy_j"].get<double>();
    const double total = json["energy_j"];
    EXPECT_NEAR(components / total, 1.0, 1e-9);
    EXPECT_NEAR(layers / total, 1.0, 1e-9);
}

TEST_F(RunCommand, BothHostsGiveTheSameOutputsAndTheSameEnergy)
{
    ASSERT_EQ(run("", "rv64").status, 0);
    const auto native = run("--set host.cpu=native", "native");
    ASSERT_EQ(native.status, 0) << native.err;
    EXPECT_EQ(vp.text_of("rv64/outputs.npy"), vp.text_of("native/outputs.npy"));
    // The CPU itself is outside: only the rv64 host counts instructions.
    const auto inside = [&](const std::string& out) {
        auto components = summary(out)["components"];
        components.erase(std::remove_if(components.begin(), components.end(),
                                        [](const auto& c) { return c["name"] == "external.host"; }),
                         components.end());
        return components;
    };
    EXPECT_EQ(inside("rv64"), inside("native"));
    EXPECT_TRUE(summary("native")["host"]["instructions"].is_null());
}

TEST_F(RunCommand, EqualScenariosGiveEqualBytes)
{
    ASSERT_EQ(run("", "a").status, 0);
    ASSERT_EQ(run("", "b").status, 0);
    for (const char* file :
         {"layers.csv", "components.csv", "trace.pftrace", "power.vcd", "outputs.npy",
          "console.log", "scenario.lock.yaml", "activities.csv", "timeline.csv"})
        EXPECT_EQ(vp.text_of(std::string("a/") + file), vp.text_of(std::string("b/") + file))
            << file;
    EXPECT_EQ(figures("a"), figures("b"));
}

TEST_F(RunCommand, SpeedOptionsAndTracesMoveNoTimestampAndNoJoule)
{
    ASSERT_EQ(run("", "base").status, 0);
    const char* options[] = {"--set run.threads=1",
                             "--set run.threads=3",
                             "--set run.kernel_path=bit_serial",
                             "--set trace='{perfetto: false, vcd: false, csv: false, html: false}'",
                             "--set host.quantum='100 ns'",
                             "--set host.quantum='100 us'"};
    for (const char* option : options) {
        ASSERT_EQ(run(option, "changed").status, 0) << option;
        EXPECT_EQ(figures("base"), figures("changed")) << option;
        EXPECT_EQ(vp.text_of("base/outputs.npy"), vp.text_of("changed/outputs.npy")) << option;
    }
}

/// BWQ's Table I in W (bwq.md 2.22): array 0.89, DAC 0.36, ADC 23.22, controller 0.0928,
/// shift-and-add with registers 0.0926. Of a run, what the operation units spend stands in these
/// proportions: blocks at the edges drive and read fewer rows and columns than 9 x 8, and the table
/// is walked for empty blocks too. The converter's comparator is not in the paper's table, buffer
/// and network are not the units'.
TEST_F(RunCommand, UnitsOfARunSpendAsTableOneOfBwq)
{
    ASSERT_EQ(run("").status, 0);
    std::map<std::string, double> joules;
    const auto json = summary();
    for (const auto& component : json["components"])
        for (const auto& event : component["events"])
            joules[component["name"].get<std::string>() + "." + event["name"].get<std::string>()] =
                event["energy_j"];
    const double adc = joules.at("adc.conversion");
    EXPECT_NEAR(joules.at("crossbar.cell_read") / adc, 0.89 / 23.22, 0.001);
    EXPECT_NEAR(joules.at("dac.drive") / adc, 0.36 / 23.22, 0.0005);
    EXPECT_NEAR(joules.at("shift_add.add") / adc, 0.0926 / 23.22, 0.0001);
    EXPECT_LT(joules.at("controller.lookup") / adc,
              0.0928 / 23.22);  // one entry a block, not a plane
    const double units = adc + joules.at("crossbar.cell_read") + joules.at("dac.drive") +
                         joules.at("shift_add.add") + joules.at("controller.lookup");
    EXPECT_NEAR(adc / units, 23.22 / (25.245 - 0.59), 0.003);  // the table without its buffer
}

TEST_F(RunCommand, DoublingAnEnergyDoublesExactlyItsShare)
{
    ASSERT_EQ(run("--set technology.crossbar.cell_read_pj=0.0008", "once").status, 0);
    ASSERT_EQ(run("--set technology.crossbar.cell_read_pj=0.0016", "twice").status, 0);
    const auto once = summary("once"), twice = summary("twice");
    EXPECT_DOUBLE_EQ(energy_of(twice, "crossbar"), 2 * energy_of(once, "crossbar"));
    for (const auto& component : once["components"]) {
        const std::string name = component["name"];
        if (name == "crossbar") continue;
        EXPECT_DOUBLE_EQ(energy_of(twice, name), component["energy_j"].get<double>()) << name;
    }
    EXPECT_EQ(once["latency_s"], twice["latency_s"]);
}

/// The ImageNet form of the main scenario, from both hosts: the same values, all as the reference
/// has them.
TEST_F(RunCommand, TheImageNetScenarioIsRightOnBothHosts)
{
    std::string outputs;
    for (const std::string host : {"rv64", "native"}) {
        const auto outcome = vp.run("run --quiet " + VpProcess::scenario("resnet18_imagenet_bwq") +
                                    " --set trace='{}' --set host.cpu=" + host + " --out " + host);
        ASSERT_EQ(outcome.status, 0) << outcome.err;
        const auto json = summary(host);
        EXPECT_EQ(json["reference"]["compared"], 1000);
        EXPECT_EQ(json["reference"]["mismatches"], 0) << host;
        EXPECT_EQ(json["host"]["kind"], host);
        const std::string file = vp.text_of(host + "/outputs.npy");
        ASSERT_EQ(file.size(), 128u + 4 * 1000);
        std::vector<float> logits(1000);
        std::memcpy(logits.data(), file.data() + 128, 4000);
        EXPECT_GT(std::set<float>(logits.begin(), logits.end()).size(), 500u);
        EXPECT_LT(std::count(logits.begin(), logits.end(), 0.0f), 10);
        if (!outputs.empty()) EXPECT_EQ(file, outputs);
        outputs = file;
    }
}

/// The designs that BWQ compares, on one small network.
TEST_F(RunCommand, EveryDesignOfBwqsComparisonAgreesWithTheReference)
{
    const std::string network =
        " --set network.onnx=" + std::string(IMC_SOURCE_DIR) +
        "/scenarios/networks/resnet20_cifar10.onnx --set host.cpu=native --set trace.html=false";
    for (const std::string design : {"isaac_ou", "sre", "sme", "bsq", "bwq"}) {
        const auto outcome = vp.run("run --quiet " + VpProcess::scenario("resnet18_" + design) +
                                    " --out " + design + network);
        ASSERT_EQ(outcome.status, 0) << design << ": " << outcome.err;
        EXPECT_EQ(summary(design)["reference"]["compared"], 10) << design;
        EXPECT_EQ(summary(design)["reference"]["mismatches"], 0) << design;
    }
    // Three set bits instead of sixteen places free rows of the lower planes.
    EXPECT_LT(energy_of(summary("sme"), "adc"), 0.9 * energy_of(summary("isaac_ou"), "adc"));
}

/// ResNet-20's blocks of 9 x 8, by hand: conv1 3 x 2; stage 1 six times 16 x 2; stage 2 16 x 4,
/// five times 32 x 4, shortcut 2 x 4; stage 3 32 x 8, five times 64 x 8, shortcut 4 x 8; fc 8 x 2.
TEST_F(RunCommand, TheBitWidthTableHoldsFourBitsABlockWhateverTheImages)
{
    constexpr double blocks = 6 + 6 * 32 + 64 + 5 * 128 + 8 + 256 + 5 * 512 + 32 + 16;
    for (const char* images : {"--images 1", "--images 2"}) {
        ASSERT_EQ(run(std::string("--set host.cpu=native --set run.check=none ") + images).status,
                  0);
        double bits = 0;
        const auto json = summary();
        for (const auto& layer : json["layers"])
            bits += layer["observed"].value("controller.stored_index_bits", 0.0);
        EXPECT_EQ(bits, 4 * blocks) << images;
    }
}

/// Unit cycles of 200 us and more put events further apart than the simulation looks at a time.
TEST_F(RunCommand, EventsFurtherApartThanASliceAreReached)
{
    const auto slow = [&](const char* cycle_ns) {
        const auto outcome = run(std::string("--set host.cpu=native --set run.check=none "
                                             "--set run.watchdog=0 --set platform.crossbar."
                                             "ou_cycle_ns=") +
                                 cycle_ns);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return summary()["latency_s"].get<double>();
    };
    const double once = slow("2e5"), twice = slow("4e5"), thrice = slow("6e5");
    EXPECT_GT(once, 1.0);
    EXPECT_NEAR((thrice - twice) / (twice - once), 1.0, 1e-6);
}

TEST_F(RunCommand, TheLockFileRepeatsTheRun)
{
    ASSERT_EQ(run("--set run.images=2").status, 0);
    const auto again = vp.run("run --quiet r/scenario.lock.yaml --out again");
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(figures("r"), figures("again"));
    EXPECT_EQ(vp.text_of("r/outputs.npy"), vp.text_of("again/outputs.npy"));
}

TEST_F(RunCommand, ARunReplacesAnOldRunButNothingElse)
{
    ASSERT_EQ(run("").status, 0);
    EXPECT_EQ(run("--images 2").status, 0);
    EXPECT_EQ(summary()["images"], 2);
    std::filesystem::create_directory(vp.folder() + "/mine");
    vp.write("mine/thesis.txt", "years of work");
    const auto refused = run("", "mine");
    EXPECT_EQ(refused.status, 2);
    EXPECT_EQ(refused.err, "mine: exists and is no run's folder; name another with --out\n");
    EXPECT_EQ(vp.text_of("mine/thesis.txt"), "years of work");
    EXPECT_TRUE(no_leftovers());
}

/// Every host and quantum gives ResNet-18's outputs, time and joules, all equal to the reference.
TEST_F(RunCommand, TheMainScenarioAgreesOnBothHostsAtBothQuanta)
{
    nlohmann::json first;
    for (const char* cpu : {"rv64", "native"})
        for (const char* quantum : {"100 ns", "100 us"}) {
            const std::string what = std::string(cpu) + ", " + quantum;
            const auto outcome =
                vp.run("run --quiet " + VpProcess::scenario("resnet18_bwq") +
                       " --out r --set trace='{perfetto: false, vcd: false, csv: false, html: "
                       "false}' --set host.cpu=" +
                       cpu + " --set host.quantum='" + quantum + "'");
            ASSERT_EQ(outcome.status, 0) << what << ": " << outcome.err;
            auto json = summary();
            EXPECT_EQ(json["reference"]["compared"], 10) << what;
            EXPECT_EQ(json["reference"]["mismatches"], 0) << what;
            EXPECT_EQ(json["reference"]["exact_expected"], true) << what;
            if (first.is_null()) {
                first = json;
                std::filesystem::copy(vp.folder() + "/r/outputs.npy", vp.folder() + "/first.npy");
                continue;
            }
            EXPECT_EQ(vp.text_of("r/outputs.npy"), vp.text_of("first.npy")) << what;
            for (const char* figure : {"latency_s", "energy_j", "edp_js", "throughput_ips"})
                EXPECT_EQ(json[figure], first[figure]) << what << ": " << figure;
        }
}

TEST_F(RunCommand, EveryOutputSaysThatWeightsAreSynthetic)
{
    ASSERT_EQ(run("").status, 0);
    for (const char* file : {"layers.csv", "components.csv", "events.csv", "activities.csv",
                             "timeline.csv", "trace.pftrace", "power.vcd", "report.html",
                             "summary.json", "console.log", "scenario.lock.yaml"}) {
        std::string text = vp.text_of(std::string("r/") + file);
        std::transform(text.begin(), text.end(), text.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        EXPECT_THAT(text, HasSubstr("synthetic")) << file;
    }
}

TEST_F(RunCommand, FunctionsOfTheCpuAreOneTrack)
{
    ASSERT_EQ(run("").status, 0);
    const std::string text = vp.text_of("r/activities.csv");
    EXPECT_THAT(text, HasSubstr(",host CPU,external.host,imc_firmware_main,"));
    EXPECT_THAT(text, testing::Not(HasSubstr("host CPU/")));
}

TEST_F(RunCommand, LogShowsTheReportsThatAreAskedForAndMovesNothing)
{
    const auto quiet = run("", "quiet");
    ASSERT_EQ(quiet.status, 0);
    EXPECT_EQ(quiet.err, "");
    const auto accelerator = run("--log '/imcvp/acc*=debug'", "logged");
    ASSERT_EQ(accelerator.status, 0);
    EXPECT_THAT(accelerator.err, HasSubstr("/imcvp/accelerator/command: ring entry 0: CONFIG"));
    EXPECT_THAT(accelerator.err, HasSubstr(": OUTPUT, image 0"));
    EXPECT_EQ(accelerator.err.find("/imcvp/host"), std::string::npos);
    EXPECT_EQ(figures("quiet"), figures("logged"));
    const auto host = run("--log '*=debug' --log '/imcvp/[at]*=off'", "host");
    // The accelerator's ID is the first of its registers that the driver reads.
    EXPECT_THAT(host.err, HasSubstr("/imcvp/host/access: read 0x40000000, 4 bytes: "));
    EXPECT_THAT(host.err, HasSubstr("/imcvp/host/interrupt: taken"));
    EXPECT_EQ(host.err.find("/imcvp/accelerator"), std::string::npos) << "the last rule decides";
    EXPECT_EQ(run("--log '/imcvp/*=info'", "info").err, "") << "nothing was done wrong";
}

TEST_F(RunCommand, BadLogRulesAreOneLine)
{
    const std::pair<const char*, const char*> rules[] = {
        {"host", "is not pattern=level; write such as"},
        {"=info", "is not pattern=level; write such as"},
        {"'*=loud'", "there is no level 'loud'; levels are off, warning, info, debug"},
        {"/imcvp/hots/*=info", "no report's id fits '/imcvp/hots/*'; ids are /imcvp/accelerator"}};
    for (const auto& [rule, why] : rules) {
        const auto outcome = run(std::string("--log ") + rule);
        EXPECT_EQ(outcome.status, 2) << rule;
        EXPECT_THAT(outcome.err, HasSubstr(why));
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
        EXPECT_FALSE(vp.exists("r"));
    }
}

TEST_F(RunCommand, ReportAndCompareReadWhatRunWrote)
{
    ASSERT_EQ(run("", "a").status, 0);
    ASSERT_EQ(run("--set platform.crossbar.sign=diff_digital", "b").status, 0);
    const auto compared = vp.run("compare a b");
    EXPECT_EQ(compared.status, 0) << compared.err;
    EXPECT_THAT(compared.out, HasSubstr("energy"));
    const std::string page = vp.text_of("a/report.html");
    std::filesystem::remove(vp.folder() + "/a/report.html");
    EXPECT_EQ(vp.run("report a").status, 0);
    EXPECT_EQ(vp.text_of("a/report.html"), page);
    EXPECT_EQ(vp.run("compare a nowhere").status, 2);
}

}  // namespace
}  // namespace imc::app
