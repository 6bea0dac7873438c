// SPDX-License-Identifier: Apache-2.0
/// What a call that must refuse its input says.
#pragma once

#include "common/error.h"

#include <gtest/gtest.h>

#include <string>

namespace imc::test {

/// The message of the InputError that `call` throws; a test failure if it throws none or more than
/// one line.
template <typename Call>
std::string error_line(Call call)
{
    try {
        call();
    } catch (const InputError& error) {
        const std::string line = error.what();
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
        EXPECT_LT(line.size(), 600u) << line;
        return line;
    }
    ADD_FAILURE() << "no InputError";
    return "";
}

}  // namespace imc::test
