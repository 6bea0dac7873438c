// SPDX-License-Identifier: Apache-2.0
#include "compiler/data/dataset.h"
#include "compiler/data/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <jpeglib.h>
#include <cstdio>
#include <cstring>
#include <limits>

#include "support/data_folder.h"
#include "support/error_line.h"
#include "support/temp_folder.h"

namespace {

using namespace imc::compiler;
using imc::test::error_line;
using imc::test::TempFolder;
using testing::ElementsAre;
using testing::HasSubstr;

const InputForm grey_2x3{{1, 2, 3}, false, 4};
const InputForm colour_2x2{{3, 2, 2}, false, 4};

Dataset load(const std::string& images, const std::string& labels, const InputForm& network,
             const std::string& format = "auto")
{
    return load_dataset({images, labels, format, {}, 0, 0}, network);
}

std::string big_endian(unsigned n)
{
    return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
            static_cast<char>(n)};
}

std::string idx(const std::vector<unsigned>& dims, const std::string& data)
{
    std::string bytes{0, 0, 8, static_cast<char>(dims.size())};
    for (const unsigned dim : dims)
        bytes += big_endian(dim);
    return bytes + data;
}

TEST(Datasets, IdxPairOfMnist)
{
    TempFolder folder;
    const auto images = folder.write("t10k-images-idx3-ubyte", idx({2, 2, 3}, "abcdefghijkl"));
    const auto labels =
        folder.write("t10k-labels-idx1-ubyte", idx({2}, std::string("\x03\x01", 2)));
    const Dataset set = load(images, labels, grey_2x3);
    EXPECT_EQ(set.size(), 2u);
    EXPECT_THAT(set.labels(), ElementsAre(3, 1));
    EXPECT_THAT(set.images(1, 1), ElementsAre('g', 'h', 'i', 'j', 'k', 'l'));
}

TEST(Datasets, NpyPairFlatOrShaped)
{
    TempFolder folder;
    write_npy(folder.path("x.npy"),
              {{2, 2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}});
    write_npy(folder.path("y.npy"), {{2}, std::vector<std::int64_t>{2, 0}});
    EXPECT_THAT(load(folder.path("x.npy"), folder.path("y.npy"), grey_2x3).labels(),
                ElementsAre(2, 0));
    EXPECT_THAT(load(folder.path("x.npy"), "", {{6, 1, 1}, false, 0}).images(1, 1),
                ElementsAre(6, 7, 8, 9, 10, 11));
}

TEST(Datasets, CodesAndLinesComeAsTheFileOfTheNetworkHasThem)
{
    TempFolder folder;
    write_npy(folder.path("x.npy"), {{1, 2, 3}, std::vector<std::int8_t>{-128, -2, -1, 0, 1, 127}});
    InputForm line{{2, 3, 1}, false, 0};  // (N, C, L)
    EXPECT_THAT(load(folder.path("x.npy"), "", line).images(0, 1),
                ElementsAre(-128, -2, -1, 0, 1, 127));
    line.affine = {{0.5f, 2.0f}, {1.0f, -1.0f}};  // one of a channel
    EXPECT_THAT(load(folder.path("x.npy"), "", line).images(0, 1),
                ElementsAre(-63, 0, 0.5, -1, 1, 253));
    line.affine = {{0.5f}, {1.0f}};
    EXPECT_THAT(load(folder.path("x.npy"), "", line).images(0, 1),
                ElementsAre(-63, 0, 0.5, 1, 1.5, 64.5));
}

TEST(Datasets, NhwcFilesOfNhwcNetworksBecomePlanes)
{
    TempFolder folder;
    write_npy(
        folder.path("x.npy"),
        {{1, 2, 2, 3}, std::vector<std::uint8_t>{1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33}});
    EXPECT_THAT(load(folder.path("x.npy"), "", {{3, 2, 2}, true, 0}).images(0, 1),
                ElementsAre(1, 11, 21, 31, 2, 12, 22, 32, 3, 13, 23, 33));
    EXPECT_THAT(error_line([&] { load(folder.path("x.npy"), "", colour_2x2); }),
                HasSubstr("shape (1,2,2,3), but the network takes (N,3,2,2)"));
}

TEST(Datasets, CifarRecordsHoldTheirLabels)
{
    TempFolder folder;
    const InputForm cifar{{3, 32, 32}, false, 100};
    const std::string image(3072, 'p');
    const auto ten = folder.write("test_batch.bin", '\x07' + image + '\x02' + image);
    EXPECT_THAT(load(ten, "", cifar).labels(), ElementsAre(7, 2));
    const auto hundred =
        folder.write("test.bin", std::string("\x01\x2a", 2) + image);  // coarse 1, fine 42
    EXPECT_THAT(load(hundred, "", cifar).labels(), ElementsAre(42));
}

TEST(Datasets, RawFloatsByTheirName)
{
    TempFolder folder;
    const float numbers[] = {1.5f, -2.0f};
    const auto path =
        folder.write("calib_f32_2.bin", {reinterpret_cast<const char*>(numbers), sizeof numbers});
    EXPECT_THAT(load(path, "", {{2, 1, 1}, false, 0}).images(0, 1), ElementsAre(1.5f, -2.0f));
}

TEST(Datasets, RawBytesAndSixteenBitLabels)
{
    TempFolder folder;
    const auto images = folder.write("x.bin", "abcdefghijkl");
    const auto labels = folder.write("y.bin", std::string("\x01\x00\x00\x01", 4));
    EXPECT_THAT(load(images, labels, {{1, 2, 3}, false, 1000}).labels(), ElementsAre(1, 256));
    const Dataset second =
        load_dataset({images, labels, "auto", {}, 1, 1}, {{1, 2, 3}, false, 1000});
    EXPECT_THAT(second.labels(), ElementsAre(256));
    EXPECT_EQ(second.images(0, 1)[0], 'g');
}

TEST(Datasets, PreprocessingIsDivideSubtractDivideByChannel)
{
    TempFolder folder;
    const auto images = folder.write("x.bin", std::string("\xff\x00\x80\x40", 4));
    DatasetDescription d{images, "", "raw_u8", {255.0f, {0.5f, 0.25f}, {0.5f, 2.0f}}, 0, 0};
    EXPECT_THAT(load_dataset(d, {{2, 1, 2}, false, 0}).images(0, 1),
                ElementsAre(1.0f, -1.0f, (128.0f / 255.0f - 0.25f) / 2.0f,
                            (64.0f / 255.0f - 0.25f) / 2.0f));
}

void write_png(const std::string& path, const std::vector<std::uint8_t>& rgb)
{
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = 2;
    image.format = PNG_FORMAT_RGB;
    ASSERT_NE(png_image_write_to_file(&image, path.c_str(), 0, rgb.data(), 0, nullptr), 0);
}

void write_flat_jpeg(const std::string& path, int side, std::uint8_t grey)
{
    jpeg_compress_struct info;
    jpeg_error_mgr error;
    info.err = jpeg_std_error(&error);
    jpeg_create_compress(&info);
    std::FILE* file = std::fopen(path.c_str(), "wb");
    jpeg_stdio_dest(&info, file);
    info.image_width = info.image_height = static_cast<unsigned>(side);
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_start_compress(&info, TRUE);
    std::vector<std::uint8_t> row(static_cast<std::size_t>(side) * 3, grey);
    for (int y = 0; y < side; ++y) {
        JSAMPROW line = row.data();
        jpeg_write_scanlines(&info, &line, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    std::fclose(file);
}

TEST(Datasets, FolderOfClassesTakesTurns)
{
    TempFolder folder;
    for (const char* name : {"set/cat/a.png", "set/cat/b.png", "set/dog/a.jpg"})
        folder.write(name, "");
    write_png(folder.path("set/cat/a.png"), {1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33});
    write_png(folder.path("set/cat/b.png"), std::vector<std::uint8_t>(12, 9));
    write_flat_jpeg(folder.path("set/dog/a.jpg"), 2, 200);
    const Dataset set = load(folder.path("set"), "", colour_2x2);
    EXPECT_THAT(set.labels(), ElementsAre(0, 1, 0));
    EXPECT_THAT(set.images(0, 1), ElementsAre(1, 11, 21, 31, 2, 12, 22, 32, 3, 13, 23, 33));
    for (const float pixel : set.images(1, 1))
        EXPECT_NEAR(pixel, 200.0f, 2.0f);  // JPEG of one colour
}

TEST(Datasets, FolderWithAList)
{
    TempFolder folder;
    folder.write("set/a.png", "");
    write_png(folder.path("set/a.png"), std::vector<std::uint8_t>(12, 5));
    const auto list = folder.write("labels.csv", "a.png,3\na.png 1\n");
    EXPECT_THAT(load(folder.path("set"), list, colour_2x2).labels(), ElementsAre(3, 1));
}

TEST(Datasets, FilesThatAreNotUsedAreSaid)
{
    TempFolder folder;
    for (const char* name : {"set/a.png", "set/b.png", "set/more/c.png"}) {
        folder.write(name, "");
        write_png(folder.path(name), std::vector<std::uint8_t>(12, 5));
    }
    const auto all = folder.write("all.csv", "a.png,3\nb.png,1\nmore/c.png,0\n");
    EXPECT_EQ(load(folder.path("set"), all, colour_2x2).left_out(), "");
    const auto one = folder.write("set/labels.csv", "b.png,1\n");
    EXPECT_EQ(
        load(folder.path("set"), one, colour_2x2).left_out(),
        folder.path("set") + ": 2 files are not used (first: a.png), which the labels do not name");
    const auto lacking = folder.write("lacking.csv", "a.png,3\nd.png,1\n");
    EXPECT_THAT(error_line([&] { load(folder.path("set"), lacking, colour_2x2); }),
                HasSubstr("lacking.csv:2: there is no file 'd.png'"));
    folder.write("classes/cat/a.png", "");
    write_png(folder.path("classes/cat/a.png"), std::vector<std::uint8_t>(12, 5));
    EXPECT_EQ(load(folder.path("classes"), "", colour_2x2).left_out(), "");
    folder.write("classes/cat/b.bmp", "no image that is read");
    EXPECT_THAT(load(folder.path("classes"), "", colour_2x2).left_out(),
                HasSubstr("1 file is not used (first: cat/b.bmp)"));
}

TEST(Datasets, BadOnesAreRefusedInOneLine)
{
    TempFolder f;
    const auto six = f.write("six.bin", "abcdef"), labels = f.write("y.txt", "1\n2\n");
    const auto says = [&](const std::string& images, const std::string& with,
                          const InputForm& network, const char* format = "auto") {
        return error_line([&] { load(images, with, network, format); });
    };
    EXPECT_THAT(says(f.path("none.npy"), "", grey_2x3), HasSubstr("no such file"));
    EXPECT_THAT(says(f.write("x.gz", "abc"), "", grey_2x3), HasSubstr("gunzip"));
    EXPECT_THAT(says(six, "", grey_2x3, "tfrecord"), HasSubstr("'tfrecord' is not one of"));
    EXPECT_THAT(says(f.write("seven.bin", "abcdefg"), "", grey_2x3),
                HasSubstr("no multiple of an image of 6 bytes"));
    EXPECT_THAT(says(f.write("no.bin", ""), "", grey_2x3, "raw_u8"), HasSubstr("holds no images"));
    EXPECT_THAT(says(six, labels, grey_2x3), HasSubstr("2 labels for 1 images"));
    EXPECT_THAT(says(six, f.path("none.txt"), grey_2x3), HasSubstr("cannot be opened"));
    EXPECT_THAT(says(six, f.write("w.txt", "cat"), grey_2x3), HasSubstr("'cat' is not a label"));
    EXPECT_THAT(says(six, f.write("w.txt", "17"), grey_2x3),
                HasSubstr("label 17 is outside the network's 4 classes"));
    EXPECT_THAT(says(six, f.write("w.bin", "abc"), grey_2x3),
                HasSubstr("3 bytes of labels for 1 images"));
    EXPECT_THAT(says(f.write("a-ubyte", idx({2, 2, 3}, "abc")), "", grey_2x3),
                HasSubstr("3 bytes of data where the IDX header needs 12"));
    EXPECT_THAT(says(f.write("b-ubyte", idx({1, 3, 3}, "abcdefghi")), "", grey_2x3),
                HasSubstr("9 bytes, but the network takes (N,1,2,3)"));
    EXPECT_THAT(says(f.write("c-ubyte", "zz"), "", grey_2x3), HasSubstr("is not an IDX file"));
    EXPECT_THAT(says(f.write("c.bin", std::string(3073, 'x')), "", grey_2x3),
                HasSubstr("CIFAR images are (3,32,32)"));
    EXPECT_THAT(
        says(f.write("c.bin", std::string(3072, 'x')), "", {{3, 32, 32}, false, 10}, "cifar10"),
        HasSubstr("CIFAR record"));
    write_npy(f.path("nan.npy"),
              {{1, 6}, std::vector<float>{0, 1, 2, std::numeric_limits<float>::quiet_NaN(), 4, 5}});
    EXPECT_THAT(says(f.path("nan.npy"), "", grey_2x3),
                HasSubstr("element 3 is not a finite number"));
    write_npy(f.path("i64.npy"), {{1, 6}, std::vector<std::int64_t>(6, 1)});
    EXPECT_THAT(says(f.path("i64.npy"), "", grey_2x3), HasSubstr("must be float32, uint8 or int8"));
    write_npy(f.path("fy.npy"), {{1}, std::vector<float>{1}});
    EXPECT_THAT(says(six, f.path("fy.npy"), grey_2x3), HasSubstr("labels are floats"));
    write_npy(f.path("ly.npy"), {{1}, std::vector<std::int64_t>{(std::int64_t{1} << 32) + 1}});
    EXPECT_THAT(says(six, f.path("ly.npy"), grey_2x3), HasSubstr("label 4294967297"));
    f.write("empty/readme", "");
    EXPECT_THAT(says(f.path("empty"), "", colour_2x2), HasSubstr("one a class is needed"));
    EXPECT_THAT(error_line([&] {
                    load_dataset({six, "", "auto", {}, 0, 5}, grey_2x3);
                }),
                HasSubstr("holds 1 images, but 5"));
    EXPECT_THAT(error_line([&] {
                    load_dataset({six, "", "auto", {255.0f, {}, {0.0f}}, 0, 0}, grey_2x3);
                }),
                HasSubstr("deviation 0"));
    EXPECT_THAT(error_line([&] {
                    load_dataset({six, "", "auto", {255.0f, {1, 2}, {}}, 0, 0}, grey_2x3);
                }),
                HasSubstr("2 entries"));
}

TEST(Datasets, BadImageFilesAreRefusedInOneLine)
{
    TempFolder f;
    const auto says = [&](const std::string& name, const std::string& bytes) {
        f.write("set/a/" + name, bytes);
        const std::string line = error_line([&] { load(f.path("set"), "", colour_2x2); });
        std::filesystem::remove(f.path("set/a/" + name));
        return line;
    };
    EXPECT_THAT(says("x.png", "no png at all"), HasSubstr("x.png"));
    EXPECT_THAT(says("x.jpg", "no jpeg at all"), HasSubstr("x.jpg: Not a JPEG file"));
    EXPECT_THAT(says("x.jpg", ""), HasSubstr("x.jpg"));
    write_flat_jpeg(f.path("big.jpg"), 40, 3);
    std::ifstream file(f.path("big.jpg"), std::ios::binary);
    const std::string big{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(says("x.jpg", big), HasSubstr("is 40x40 pixels, but the network takes 2x2"));
    f.write("cut/a/x.jpg", big.substr(0, big.size() - 30));
    EXPECT_THAT(error_line([&] {
                    load(f.path("cut"), "", {{3, 40, 40}, false, 0});
                }),
                HasSubstr("Premature end"));
}

TEST(Datasets, RealCifarImages)
{
    IMC_NEEDS_DATA(data);
    const Dataset set =
        load(data + "/cifar10-images/test_lossless_100_u8_chw.bin",
             data + "/cifar10-images/test_lossless_100_labels_u8.bin", {{3, 32, 32}, false, 10});
    EXPECT_EQ(set.size(), 100u);
    EXPECT_EQ(set.labels()[0], 3);  // the first CIFAR-10 test image is a cat
    const Dataset words =
        load(data + "/squeezenet-imagenet/images_40_u8_chw_227.bin",
             data + "/squeezenet-imagenet/labels_40_u16.bin", {{3, 227, 227}, false, 1000});
    EXPECT_EQ(words.labels().size(), 40u);
}

}  // namespace
