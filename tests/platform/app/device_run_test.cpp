// SPDX-License-Identifier: Apache-2.0
/// `vp run` on real devices: the time and energy of ideal ones, other values.
#include "run_command.h"

namespace imc::app {
namespace {

const std::string device = " --set platform.crossbar.device.";

class DeviceRun : public RunCommand {
protected:
    Outcome column(const std::string& arguments, const std::string& out) const
    {
        return vp.run("run --quiet " + VpProcess::scenario("accuracy_column") +
                      " --images 20 --set run.check=none --out " + out + arguments);
    }
};

TEST_F(DeviceRun, BwqOnRealDevicesTakesWhatItsBitMapAsksFor)
{
    const std::string one = "--images 1 --set run.check=none";
    ASSERT_EQ(run(one, "ideal").status, 0);
    ASSERT_EQ(run(one + device + "adc_sigma=1e-12", "quiet").status, 0);
    const auto varied = run(one + device + "device_sigma=0.3", "varied");
    ASSERT_EQ(varied.status, 0) << varied.err;
    EXPECT_TRUE(figures("quiet", {"reference"}) == figures("ideal", {"reference"}));
    EXPECT_TRUE(vp.text_of("quiet/outputs.npy") == vp.text_of("ideal/outputs.npy"));
    EXPECT_EQ(summary("varied")["latency_s"], summary("ideal")["latency_s"]);
    EXPECT_EQ(summary("varied")["energy_j"], summary("ideal")["energy_j"]);
    EXPECT_TRUE(vp.text_of("varied/outputs.npy") != vp.text_of("ideal/outputs.npy"));
}

TEST_F(DeviceRun, TuningCellsRecoversTheirValuesAndCostsSetup)
{
    ASSERT_EQ(column("", "ideal").status, 0);
    ASSERT_EQ(column(device + "device_sigma=0.2", "loose").status, 0);
    ASSERT_EQ(
        column(device + "device_sigma=0.2" + device + "verify_tolerance=0.000001", "tuned").status,
        0);
    EXPECT_TRUE(vp.text_of("loose/outputs.npy") != vp.text_of("ideal/outputs.npy"));
    // The second write of each cell is exact where nothing varies between writes.
    EXPECT_EQ(summary("tuned")["accuracy"], summary("ideal")["accuracy"]);
    const auto setup = [&](const char* run, const char* key) {
        return summary(run)["setup"][key].get<double>();
    };
    EXPECT_EQ(setup("loose", "energy_j"), setup("ideal", "energy_j"));
    EXPECT_GT(setup("tuned", "energy_j"), 1.5 * setup("ideal", "energy_j"));
    EXPECT_GT(setup("tuned", "latency_s"), setup("ideal", "latency_s"));
}

TEST_F(DeviceRun, ColumnQuantWithVanishingFaultsIsColumnQuant)
{
    ASSERT_EQ(column("", "ideal").status, 0);
    ASSERT_EQ(column(device + "adc_sigma=1e-12", "quiet").status, 0);
    EXPECT_TRUE(figures("quiet", {"reference"}) == figures("ideal", {"reference"}));
    EXPECT_TRUE(vp.text_of("quiet/outputs.npy") == vp.text_of("ideal/outputs.npy"));
}

TEST_F(DeviceRun, SettingsWithoutEffectAreWarnedOf)
{
    const auto outcome = column(device + "on_off_ratio=20", "r");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(summary()["warnings"].dump(), HasSubstr("device.on_off_ratio changes nothing"));
}

TEST_F(DeviceRun, ColumnTilesTakeThePlatformsRows)
{
    const std::string rows = " --set platform.crossbar.rows=64";
    ASSERT_EQ(column("", "tall").status, 0);
    ASSERT_EQ(column(rows, "short").status, 0);
    ASSERT_EQ(column(rows + " --set quantization.column.array_rows=64", "given").status, 0);
    EXPECT_TRUE(figures("short") == figures("given"));
    EXPECT_TRUE(vp.text_of("short/outputs.npy") != vp.text_of("tall/outputs.npy"));
    const auto trained = vp.run("run --quiet " + VpProcess::scenario("accuracy_column2") +
                                " --images 1 --out r" + rows);
    EXPECT_NE(trained.status, 0);
    EXPECT_THAT(trained.err, HasSubstr("is quantised for arrays of 128 rows, the platform's have "
                                       "64; set platform.crossbar.rows"));
}

}  // namespace
}  // namespace imc::app
