// SPDX-License-Identifier: Apache-2.0
/// Models that must be refused, and the test that looks at what the importer says of them.
#pragma once

#include "compiler/import/onnx_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "support/error_line.h"
#include "support/onnx_builder.h"

namespace imc::test {

/// What the importer says of a model it must refuse.
inline std::string refusal(const std::string& bytes)
{
    return error_line([&] { compiler::import_onnx_bytes(bytes.data(), bytes.size(), "m.onnx"); });
}

struct Bad {
    const char* name;
    std::function<OnnxBuilder()> model;
    const char* place;  // node or tensor that the line must name
    const char* says;
};

class Malformed : public testing::TestWithParam<Bad> {};

/// Input x of 3x8x8, output y; the caller adds what lies between.
inline OnnxBuilder image(int opset = 13)
{
    OnnxBuilder b(opset);
    b.input("x", {0, 3, 8, 8}).output("y");
    return b;
}

inline OnnxBuilder conv(const Dims& weight, const std::vector<Attribute>& attributes = {})
{
    return image().weight("w", weight).node("Conv", {"x", "w"}, "y", attributes);
}

}  // namespace imc::test
