// SPDX-License-Identifier: Apache-2.0
/// Files of trained ColumnQuant parameters: what they hold, and how bad ones are refused.
#include "compiler/quantize/column_trained.h"

#include "common/error.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace {

using namespace imc;
using namespace imc::compiler;

/// One layer of 2 tiles x 2 outputs in one 4-bit slice.
const std::string good =
    R"({"format": "imcvp-column-parameters", "version": 1, "weight_bits": 4, "activation_bits": 4,
"cell_bits": 4, "adc_bits": 1.5, "array_rows": 18, "split_polarity": false, "weights": "column",
"partial_sums": "array", "tensors": [{"name": "a", "bits": 4, "signed": false, "scale": 0.25}],
"layers": [{"name": "c", "tiles": 2, "outputs": 2, "weight_scale": [[0.5, -0.5], [1, 2]],
"step": [[[[3, 4], [5, 6.5]]]], "centre": [[[[0, -1], [2, 7]]]]}]})";

class ColumnFileTest : public testing::Test {
protected:
    ColumnFile read(const std::string& text)
    {
        std::ofstream(path) << text;
        return read_column_file(path);
    }
    /// The one line of refusal after `old` has become `replacement`.
    std::string refusal(const std::string& old, const std::string& replacement)
    {
        std::string text = good;
        text.replace(text.find(old), old.size(), replacement);
        try {
            read(text);
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }
    imc::test::TempFolder folder;
    std::string path = folder.path("column_file_test.json");
};

TEST_F(ColumnFileTest, ReadsEveryNumber)
{
    const ColumnFile file = read(good);
    EXPECT_EQ(file.weight_bits, 4u);
    EXPECT_EQ(file.column.adc_bits, 1.5);
    EXPECT_EQ(file.column.partial_sums, Granularity::array);
    ASSERT_NE(file.layer("c"), nullptr);
    EXPECT_EQ(file.layer("d"), nullptr);
    EXPECT_EQ(file.layer("c")->weight_scale, (std::vector<double>{0.5, -0.5, 1, 2}));
    EXPECT_EQ(file.layer("c")->step, (std::vector<double>{3, 4, 5, 6.5}));
    EXPECT_EQ(file.layer("c")->centre, (std::vector<std::int32_t>{0, -1, 2, 7}));
    EXPECT_EQ(file.tensors[0].scale, 0.25);
}

TEST_F(ColumnFileTest, RefusesBadFilesByName)
{
    EXPECT_NE(refusal("imcvp-column-parameters", "other").find("version 1"), std::string::npos);
    EXPECT_NE(refusal("[[0.5, -0.5], [1, 2]]", "[[0.5, -0.5]]").find("weight_scale"),
              std::string::npos);
    EXPECT_NE(refusal("-0.5", "0").find("zero"), std::string::npos);
    EXPECT_NE(refusal("6.5", "-1").find("not positive"), std::string::npos);
    EXPECT_NE(refusal("6.5", "null").find("finite"), std::string::npos);
    EXPECT_NE(refusal("6.5", "1e999").find("column_file_test.json"), std::string::npos);
    EXPECT_NE(refusal("1.5", "9").find("adc_bits"), std::string::npos);
    EXPECT_NE(refusal("[2, 7]", "[2, 7.5]").find("whole"), std::string::npos);
    EXPECT_NE(refusal("\"array_rows\": 18,", "").find("array_rows"), std::string::npos);
    EXPECT_NE(refusal("]}]}", "").find("column_file_test.json"), std::string::npos);
    EXPECT_NE(refusal("]}]}", "").find("no JSON, or cut short, at byte"), std::string::npos);
    EXPECT_EQ(refusal("]}]}", "").find("json.exception"), std::string::npos);
    EXPECT_THROW(read_column_file("/nonexistent/x.json"), InputError);
}

TEST_F(ColumnFileTest, CodesAreWeightsOverTheScaleOfTheirTileAndOutput)
{
    QuantOptions options = trained_options({}, read(good));
    std::vector<float> weights(2 * 4 * 9, 0.0f);  // 4 channels, 3x3: two tiles of 18 rows
    weights[0] = 3.5f;                            // output 0, tile 0: 3.5 / 0.5
    weights[18] = -8.0f;                          // output 0, tile 1: -8 / 1
    weights[36 + 17] = 1.0f;                      // output 1, tile 0: 1 / -0.5
    weights[36 + 35] = 99.0f;                     // output 1, tile 1: clamped
    const ColumnLayer layer{2, 4, 9, &weights};
    const ColumnCodes codes = trained_codes(layer, read(good).layers[0], options);
    EXPECT_EQ(codes.tiles, 2u);
    EXPECT_EQ(codes.codes[0], 7);
    EXPECT_EQ(codes.codes[18], -8);
    EXPECT_EQ(codes.codes[36 + 17], -2);
    EXPECT_EQ(codes.codes[36 + 35], 7);
    const ColumnLayer other{2, 6, 9, &weights};
    EXPECT_THROW(trained_codes(other, read(good).layers[0], options), InputError);
}

}  // namespace
