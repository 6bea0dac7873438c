// SPDX-License-Identifier: Apache-2.0
/// Runs a test once for every instruction set this processor has.
#pragma once

#include "common/cpu_features.h"

#include <gtest/gtest.h>

namespace imc::test {

/// Fixture parameterised by the level the kernels are to choose; the detected one again afterwards.
class SimdLevels : public testing::TestWithParam<SimdLevel> {
protected:
    void SetUp() override
    {
        if (GetParam() > detected_simd_level()) GTEST_SKIP() << "this processor lacks the level";
        set_simd_level(GetParam());
    }
    void TearDown() override { set_simd_level(detected_simd_level()); }
};

}  // namespace imc::test
