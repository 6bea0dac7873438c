// SPDX-License-Identifier: Apache-2.0
#include "compiler/data/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_line.h"
#include "support/temp_folder.h"

namespace {

using imc::compiler::NpyArray;
using imc::compiler::parse_npy;
using imc::compiler::read_npy;
using imc::compiler::write_npy;
using imc::test::error_line;
using testing::HasSubstr;

/// An NPY 1.0 file as numpy.save writes it.
std::string npy(const std::string& header, const std::string& data)
{
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
           data;
}

const std::string four_bytes_header =
    "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n";

TEST(Npy, ReadsWhatNumpyWrites)
{
    const NpyArray array = parse_npy(npy(four_bytes_header, "\x01\x02\x03\xff"), "x.npy");
    EXPECT_EQ(array.dims, (std::vector<std::int64_t>{2, 2}));
    EXPECT_EQ(std::get<std::vector<std::uint8_t>>(array.data),
              (std::vector<std::uint8_t>{1, 2, 3, 255}));
}

TEST(Npy, ReadsVersionTwoAndScalars)
{
    const std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (), }";
    std::string bytes = std::string("\x93NUMPY\x02\x00", 8) + static_cast<char>(header.size()) +
                        std::string(3, '\0') + header;
    const NpyArray array = parse_npy(bytes + std::string("\x05\0\0\0", 4), "x.npy");
    EXPECT_TRUE(array.dims.empty());
    EXPECT_EQ(std::get<std::vector<std::int32_t>>(array.data), (std::vector<std::int32_t>{5}));
}

TEST(Npy, WritesWhatItReadsWithAlignedData)
{
    imc::test::TempFolder folder;
    for (const auto& dims : {std::vector<std::int64_t>{3}, {3, 1}, {1, 3, 1, 1}}) {
        const NpyArray array{dims, std::vector<float>{1.5f, -2.0f, 3e10f}};
        write_npy(folder.path("a.npy"), array);
        const NpyArray back = read_npy(folder.path("a.npy"));
        EXPECT_EQ(back.dims, array.dims);
        EXPECT_EQ(back.data, array.data);
        EXPECT_EQ(std::filesystem::file_size(folder.path("a.npy")) % 64, 12u);
        EXPECT_FALSE(std::filesystem::exists(folder.path("a.npy.part")));
    }
    EXPECT_THAT(error_line([&] {
                    write_npy(folder.path("none/a.npy"), {{1}, std::vector<float>{1}});
                }),
                HasSubstr("cannot be written"));
}

struct Malformed {
    const char* name;
    std::string bytes;
    const char* says;
};

class MalformedNpy : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedNpy, IsRefusedInOneLine)
{
    EXPECT_THAT(error_line([&] { parse_npy(GetParam().bytes, "x.npy"); }),
                HasSubstr(GetParam().says));
}

std::string with_header(const std::string& header)
{
    return npy(header, "abcd");
}

INSTANTIATE_TEST_SUITE_P(
    Npy, MalformedNpy,
    testing::Values(
        Malformed{"empty", "", "is not an NPY file"},
        Malformed{"text", "hello, this is no array", "is not an NPY file"},
        Malformed{"version", std::string("\x93NUMPY\x09\x00\x01\x00{}     ", 17), "version 9"},
        Malformed{"header_cut", npy(four_bytes_header, "").substr(0, 30), "header is cut short"},
        Malformed{"data_cut", npy(four_bytes_header, "abc"),
                  "3 bytes of data where the shape needs 4"},
        Malformed{"too_long", npy(four_bytes_header, "abcde"), "5 bytes of data"},
        Malformed{"no_shape", with_header("{'descr': '|u1', 'fortran_order': False, }"),
                  "no 'shape'"},
        Malformed{"no_end", with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2"),
                  "does not end"},
        Malformed{"fortran",
                  with_header("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }"),
                  "Fortran"},
        Malformed{"big_endian",
                  with_header("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }"),
                  "'>f4' is not supported"},
        Malformed{"objects",
                  with_header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
                  "'|O' is not supported"},
        Malformed{"negative",
                  with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (-4,), }"),
                  "does not parse"},
        Malformed{
            "absurd",
            with_header(
                "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 99999999999), }"),
            "2^40"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
