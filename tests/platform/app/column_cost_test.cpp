// SPDX-License-Identifier: Apache-2.0
/// ColumnQuant's hardware in a run: the workload table of columnquant.md section 3 from the shipped
/// networks, and what energy, time and area depend on.
#include "run_command.h"

#include <cstdint>

namespace imc::app {
namespace {

class ColumnCost : public RunCommand {
protected:
    nlohmann::json column(const std::string& set, const std::string& out = "r") const
    {
        const auto outcome =
            vp.run("run --quiet " + VpProcess::scenario("resnet20_column") + " --out " + out +
                   " --set host.cpu=native --set run.check=none --set trace='{perfetto: false, "
                   "vcd: false, csv: false, html: true}' " +
                   set);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return summary(out);
    }
    static std::string arrays(int size, int weight_bits, int cell_bits)
    {
        const std::string n = std::to_string(size), w = std::to_string(weight_bits);
        return "--set quantization.column.array_rows=" + n + " --set platform.crossbar.rows=" + n +
               " --set platform.crossbar.columns=" + n + " --set quantization.weight_bits=" + w +
               " --set quantization.activation_bits=" + w +
               " --set quantization.column.cell_bits=" + std::to_string(cell_bits) + " ";
    }
    static std::string granularity(const std::string& name)
    {
        return "--set quantization.column.weights=" + name +
               " --set quantization.column.partial_sums=" + name;
    }
    static void expect_workload(const nlohmann::json& run, std::uint64_t arrays,
                                std::uint64_t reads, std::uint64_t conversions, std::uint64_t words,
                                std::uint64_t macs)
    {
        const auto& work = run["column_workload"];
        EXPECT_EQ(work["arrays"], arrays);
        EXPECT_EQ(work["array_reads"], reads);
        EXPECT_EQ(work["conversions"], conversions);
        EXPECT_EQ(work["scale_words"], words);
        EXPECT_EQ(work["macs"], macs);
        std::uint64_t sum = 0;
        for (const auto& layer : run["layers"])
            if (layer.contains("column_workload")) {
                const std::uint64_t n = layer["column_workload"]["conversions"];
                sum += n;
            }
        EXPECT_EQ(sum, conversions);
    }
    /// Mean count of the component's events whose name begins so.
    static double count_of(const nlohmann::json& run, const std::string& component,
                           const std::string& begin)
    {
        double sum = 0;
        for (const auto& entry : run["components"])
            for (const auto& event : entry["events"])
                if (entry["name"] == component &&
                    event["name"].get<std::string>().rfind(begin, 0) == 0)
                    sum += event["count"].get<double>();
        return sum;
    }
    static double area_of(const nlohmann::json& run, const std::string& component)
    {
        for (const auto& entry : run["components"])
            if (entry["name"] == component) return entry["area_mm2"];
        return 0;
    }
};

// 18 convolutions of ResNet-20: 40.1 M MACs are 6 x (1024 x 16 x 144 + 256 x 32 x 288 + 64 x 64 x
// 576) less half of the first of each later stage.
TEST_F(ColumnCost, WorkloadOfResnet20)
{
    constexpr std::uint64_t macs = 40108032;
    expect_workload(column(arrays(128, 4, 2)), 57, 18432, 901120, 5056, macs);
    EXPECT_THAT(vp.text_of("r/layers.csv"),
                HasSubstr("arrays,array_reads,conversions,scale_words"));
    EXPECT_THAT(vp.text_of("r/report.html"), HasSubstr("901,120"));
    expect_workload(column(arrays(128, 3, 1), "s"), 85, 20224, 1351680, 7584, macs);
    expect_workload(column(arrays(256, 4, 2), "t"), 34, 10048, 516096, 3072, macs);
    expect_workload(column(arrays(256, 3, 1), "u"), 34, 10048, 774144, 4608, macs);
}

TEST_F(ColumnCost, WorkloadOfResnet18)
{
    const std::string network =
        "--set network.onnx=networks/resnet18_imagenet.onnx --set quantization.column.samples=64 ";
    constexpr std::uint64_t macs = 1676279808;  // 1.676 G
    expect_workload(column(network + arrays(128, 4, 2)), 1398, 221088, 28299264, 178944, macs);
    expect_workload(column(network + arrays(256, 3, 1), "s"), 555, 106134, 22955520, 139008, macs);
}

TEST_F(ColumnCost, FinerGranularityPaysForItsWordsAndReferences)
{
    const auto layer = column(granularity("layer"), "l"), array = column(granularity("array"), "a"),
               each = column(granularity("column"), "c");
    EXPECT_EQ(each["platform"]["technology"], "columnquant");
    // One multiplication an output: 6 x (1024 x 16 + 256 x 32 + 64 x 64).
    EXPECT_EQ(count_of(layer, "dequantize", "multiply"), 172032);
    EXPECT_EQ(count_of(array, "dequantize", "multiply"), 901120);
    EXPECT_EQ(count_of(each, "dequantize", "multiply"), 901120);
    EXPECT_EQ(count_of(layer, "dequantize", "reference_update"), 0);
    EXPECT_EQ(count_of(each, "dequantize", "reference_update"), 901120);
    EXPECT_EQ(count_of(each, "dequantize", "word"), 901120);
    EXPECT_EQ(count_of(array, "dequantize", "word"), 2 * 18432);  // slices of a read
    EXPECT_LT(energy_of(layer, "dequantize"), energy_of(array, "dequantize"));
    EXPECT_LT(energy_of(array, "dequantize"), energy_of(each, "dequantize"));
    EXPECT_LT(area_of(layer, "dequantize"), area_of(array, "dequantize"));
    EXPECT_LT(area_of(array, "dequantize"), area_of(each, "dequantize"));
    EXPECT_EQ(layer["latency_s"], each["latency_s"]);  // behind the converters, hidden
}

TEST_F(ColumnCost, ConvertersAreBuiltForTheirBits)
{
    const auto one = column("--set quantization.column.adc_bits=1", "a"),
               four = column("--set quantization.column.adc_bits=4", "b");
    // Spare arrays and ColumnQuant's: fifteen comparators for one (flash); 8-bit layers keep
    // theirs.
    EXPECT_GT(area_of(four, "adc"), 10 * area_of(one, "adc"));
    EXPECT_LT(area_of(four, "adc"), 15 * area_of(one, "adc"));
    EXPECT_EQ(one["first_latency_s"], four["first_latency_s"]);  // a flash decides at once
    const std::string sar = " --set platform.crossbar.adc_scaling=isaac_sre";
    const auto slow = column("--set quantization.column.adc_bits=8" + sar, "c"),
               fast = column("--set quantization.column.adc_bits=1" + sar, "d");
    EXPECT_LT(fast["first_latency_s"].get<double>(), slow["first_latency_s"].get<double>());
}

TEST_F(ColumnCost, ArraySizeAndCellBitsShowInTheAreaInUse)
{
    const auto two = column("", "a"), four = column("--set quantization.column.cell_bits=4", "b"),
               wide = column(arrays(256, 4, 2), "c");
    EXPECT_LT(four["used_area_mm2"].get<double>(), two["used_area_mm2"].get<double>());
    EXPECT_LT(wide["platform"]["arrays_used"].get<int>(),
              two["platform"]["arrays_used"].get<int>());
    EXPECT_NEAR(area_of(wide, "crossbar") / area_of(two, "crossbar"), 4.0, 1e-9);
}

TEST_F(ColumnCost, LatencyOfTheFirstImageDoesNotDependOnTheirNumber)
{
    const auto few = column("--set run.images=2", "a"), many = column("--set run.images=8", "b");
    EXPECT_GT(many["latency_s"].get<double>(), 1.5 * few["latency_s"].get<double>());  // queueing
    EXPECT_NEAR(many["first_latency_s"].get<double>() / few["first_latency_s"].get<double>(), 1.0,
                0.01);
    EXPECT_NEAR(many["interval_s"].get<double>() / few["interval_s"].get<double>(), 1.0, 0.05);
}

}  // namespace
}  // namespace imc::app
