// SPDX-License-Identifier: Apache-2.0
#include "run/device_warnings.h"

#include <gmock/gmock.h>

namespace {

using imc::config::RunConfig;
using imc::crossbar::SignMode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> warnings(SignMode sign, void (*set)(imc::crossbar::DeviceConfig&))
{
    RunConfig config;
    config.platform.crossbar.sign = sign;
    set(config.platform.crossbar.device);
    return imc::run::device_warnings(config);
}

TEST(DeviceWarnings, NameSettingsWithoutEffect)
{
    const auto pairs = SignMode::diff_analog, singles = SignMode::diff_digital;
    EXPECT_THAT(warnings(pairs, [](auto&) {}), IsEmpty());
    EXPECT_THAT(warnings(singles, [](auto& d) { d.on_off_ratio = 10; }),
                ElementsAre(HasSubstr("device.on_off_ratio changes nothing")));
    EXPECT_THAT(warnings(singles,
                         [](auto& d) {
                             d.on_off_ratio = 10;
                             d.compensate_offset = false;
                         }),
                IsEmpty());
    EXPECT_THAT(warnings(pairs,
                         [](auto& d) {
                             d.on_off_ratio = 10;
                             d.compensate_offset = false;
                         }),
                ElementsAre(HasSubstr("on_off_ratio"), HasSubstr("all columns are pairs")));
    EXPECT_THAT(warnings(pairs,
                         [](auto& d) {
                             d.on_off_ratio = 10;
                             d.device_sigma = 0.1;
                         }),
                IsEmpty());
    EXPECT_THAT(warnings(pairs, [](auto& d) { d.verify_tolerance = 0.1; }),
                ElementsAre(HasSubstr("verify_tolerance")));
    EXPECT_THAT(warnings(pairs, [](auto& d) { d.verify_tries = 3; }),
                ElementsAre(HasSubstr("verify_tries")));
    EXPECT_THAT(warnings(pairs, [](auto& d) { d.drift_mean = 0.1; }),
                ElementsAre(HasSubstr("drift_mean")));
    EXPECT_THAT(warnings(pairs, [](auto& d) { d.drift_time_s = 1000; }),
                ElementsAre(HasSubstr("drift_time_s")));
    EXPECT_THAT(warnings(pairs,
                         [](auto& d) {
                             d.drift_sigma = 0.1;
                             d.drift_time_s = 1000;
                         }),
                IsEmpty());
}

}  // namespace
