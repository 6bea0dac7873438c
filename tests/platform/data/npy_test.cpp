// SPDX-License-Identifier: Apache-2.0
#include "data/npy.h"

#include "common/error.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace imc::data {
namespace {

class Npy : public testing::Test {
protected:
    Npy()
    {
        char name[] = "/tmp/imcvp_npy_XXXXXX";
        m_folder = mkdtemp(name);
    }
    ~Npy() override { std::filesystem::remove_all(m_folder); }

    /// A version 1.0 file with this dictionary and these data bytes.
    std::string write(const std::string& dictionary, const std::string& bytes) const
    {
        std::string head("\x93NUMPY\x01\x00", 8);
        head += static_cast<char>(dictionary.size() & 255);
        head += static_cast<char>(dictionary.size() >> 8);
        return write_raw(head + dictionary + bytes);
    }
    std::string write_raw(const std::string& bytes) const
    {
        const std::string path = m_folder + "/a.npy";
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    std::string error_of(const std::string& path) const
    {
        try {
            read_npy(path);
        } catch (const InputError& e) {
            return std::string(e.what()).substr(m_folder.size() + 1);
        }
        return "";
    }

    std::string m_folder;
};

/// The header is what numpy 1.24 writes for numpy.array([[1, 2, 258]], '<i2').
TEST_F(Npy, ReadsWhatNumpyWrites)
{
    const auto array =
        read_npy(write("{'descr': '<i2', 'fortran_order': False, 'shape': (1, 3), }          \n",
                       std::string("\x01\x00\x02\x00\x02\x01", 6)));
    EXPECT_EQ(array.type, NpyType::int16);
    EXPECT_THAT(array.shape, testing::ElementsAre(1u, 3u));
    EXPECT_THAT(array.to_integers("a"), testing::ElementsAre(1, 2, 258));
    EXPECT_THAT(array.to_float("a"), testing::ElementsAre(1.0f, 2.0f, 258.0f));
}

TEST_F(Npy, WhatIsWrittenIsReadBackAndAlignedTo64Bytes)
{
    const std::string path = m_folder + "/b.npy";
    write_npy(path, {2, 1, 3}, {0.5f, -1.0f, 3e-40f, 1e38f, 0.0f, 7.0f});
    const auto array = read_npy(path);
    EXPECT_THAT(array.shape, testing::ElementsAre(2u, 1u, 3u));
    EXPECT_THAT(array.to_float("b"), testing::ElementsAre(0.5f, -1.0f, 3e-40f, 1e38f, 0.0f, 7.0f));
    EXPECT_EQ((std::filesystem::file_size(path) - 24) % 64, 0u);
    write_npy(path, {4}, {1, 2, 3, 4});
    EXPECT_THAT(read_npy(path).shape, testing::ElementsAre(4u))
        << "one dimension needs Python's comma";
}

TEST_F(Npy, EveryDamageIsOneClearLine)
{
    const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
    EXPECT_EQ(error_of(m_folder + "/absent.npy"),
              "absent.npy: cannot be opened; give the path of an NPY file");
    EXPECT_EQ(error_of(write_raw("PK\x03\x04 zip")),
              "a.npy: is no NPY file; save it with numpy.save");
    EXPECT_EQ(error_of(write_raw("")), "a.npy: is no NPY file; save it with numpy.save");
    EXPECT_EQ(error_of(write_raw(std::string("\x93NUMPY\x09\x00\x10\x00", 10))),
              "a.npy: has an unknown NPY version; save it with numpy.save");
    EXPECT_EQ(error_of(write_raw(std::string("\x93NUMPY\x01\x00\xFF\x00{", 11))),
              "a.npy: ends in its header; save it again with numpy.save");
    EXPECT_EQ(
        error_of(write(good, "1234567")),
        "a.npy: has 7 bytes of data where its shape (2,) needs 8; save it again with numpy.save");
    EXPECT_EQ(
        error_of(write(good, "123456789")),
        "a.npy: has 9 bytes of data where its shape (2,) needs 8; save it again with numpy.save");
    EXPECT_EQ(
        error_of(write("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }\n", "1234")),
        "a.npy: elements of type '>f4'; save float32, float64, uint8, int8, int16, int32 or int64");
    EXPECT_EQ(
        error_of(write("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", "1234")),
        "a.npy: elements of type '|O'; save float32, float64, uint8, int8, int16, int32 or int64");
    EXPECT_EQ(error_of(write("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n",
                             "1234")),
              "a.npy: holds records or has a damaged header; save a plain numeric array");
    EXPECT_EQ(error_of(write("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }\n", "1234")),
              "a.npy: is in Fortran order; save numpy.ascontiguousarray(x)");
    EXPECT_EQ(error_of(write("{'descr': '<f4', 'fortran_order': False, 'shape': 3, }\n", "1234")),
              "a.npy: has a damaged header; save it again with numpy.save");
    EXPECT_EQ(
        error_of(write(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }\n",
            "")),
        "a.npy: is too large; split the batch");
    EXPECT_EQ(error_of(write("{'descr': '<f4'}\n", "")),
              "a.npy: has a damaged header; save it again with numpy.save");
}

TEST_F(Npy, NumbersThatAreNoneAreRefused)
{
    const auto nan = read_npy(write("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n",
                                    std::string("\x00\x00\xC0\x7F", 4)));
    EXPECT_THROW(nan.to_float("x.npy"), InputError);
    EXPECT_THROW(nan.to_integers("x.npy"), InputError);
}

}  // namespace
}  // namespace imc::data
