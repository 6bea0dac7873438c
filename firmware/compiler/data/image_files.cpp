// SPDX-License-Identifier: Apache-2.0
/// PNG by libpng's simplified interface, JPEG by libjpeg.
#include "common/error.h"
#include "compiler/data/file_bytes.h"
#include "compiler/data/readers.h"

#include <fmt/format.h>

#include <jpeglib.h>
#include <png.h>
#include <csetjmp>
#include <cstdio>

namespace imc::compiler {

namespace {

/// What libpng or libjpeg says of a file that it cannot read.
[[noreturn]] void fail(const std::string& path, const char* what)
{
    throw InputError(fmt::format("{}: {}; the file is damaged or of another kind", path, what));
}

void check_size(const std::string& path, std::size_t width, std::size_t height, const Shape& shape)
{
    if (shape.c != 1 && shape.c != 3)
        throw InputError(fmt::format("{}: image files have 1 or 3 channels, the network takes {}",
                                     path, shape.c));
    if (width != static_cast<std::size_t>(shape.w) || height != static_cast<std::size_t>(shape.h))
        throw InputError(
            fmt::format("{}: is {}x{} pixels, but the network takes {}x{}; resize the images first",
                        path, width, height, shape.w, shape.h));
}

std::vector<std::uint8_t> planes(const std::vector<std::uint8_t>& interleaved, const Shape& shape)
{
    std::vector<std::uint8_t> result(interleaved.size());
    planes_from_interleaved(interleaved.data(), shape, result.data());
    return result;
}

/// libjpeg's errors come back here instead of ending the process.
struct JpegError {
    jpeg_error_mgr base;
    std::jmp_buf back;
    char text[JMSG_LENGTH_MAX];
};

void on_jpeg_error(j_common_ptr info)
{
    auto* error = reinterpret_cast<JpegError*>(info->err);
    info->err->format_message(info, error->text);
    std::longjmp(error->back, 1);
}

void on_jpeg_warning(j_common_ptr info, int level)
{
    if (level < 0)
        on_jpeg_error(info);  // cut or corrupt data: libjpeg would fill the rest with grey
}

/// Decodes into `pixels` once `header` has set its size. No object with a destructor lives in here:
/// longjmp skips them.
bool decode_jpeg(const std::string& bytes, const Shape& shape, JpegError& error,
                 std::vector<std::uint8_t>& pixels, unsigned size[2])
{
    jpeg_decompress_struct info;
    info.err = jpeg_std_error(&error.base);
    error.base.error_exit = on_jpeg_error;
    error.base.emit_message = on_jpeg_warning;
    jpeg_create_decompress(&info);
    if (setjmp(error.back) != 0) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    size[0] = info.image_width;
    size[1] = info.image_height;
    info.out_color_space = shape.c == 1 ? JCS_GRAYSCALE : JCS_RGB;
    const bool fits =
        size[0] == static_cast<unsigned>(shape.w) && size[1] == static_cast<unsigned>(shape.h);
    if (fits) {
        jpeg_start_decompress(&info);
        while (info.output_scanline < info.output_height) {
            JSAMPROW row =
                pixels.data() + static_cast<std::size_t>(info.output_scanline) * shape.w * shape.c;
            jpeg_read_scanlines(&info, &row, 1);
        }
        jpeg_finish_decompress(&info);
    }
    jpeg_destroy_decompress(&info);
    return true;
}

}  // namespace

std::vector<std::uint8_t> read_png(const std::string& path, const Shape& shape)
{
    const std::string bytes = read_file(path);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.size()));
    if (bytes.empty()) throw InputError(path + ": is empty; copy it again");
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0)
        fail(path, image.message);
    try {
        check_size(path, image.width, image.height, shape);
    } catch (const InputError&) {
        png_image_free(&image);
        throw;
    }
    image.format = shape.c == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    const png_color black{0, 0, 0};
    if (png_image_finish_read(&image, &black, pixels.data(), 0, nullptr) == 0)
        fail(path, image.message);
    return planes(pixels, shape);
}

std::vector<std::uint8_t> read_jpeg(const std::string& path, const Shape& shape)
{
    const std::string bytes = read_file(path);
    if (bytes.empty()) throw InputError(path + ": is empty; copy it again");
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.size()));
    JpegError error{};
    unsigned size[2] = {0, 0};
    if (!decode_jpeg(bytes, shape, error, pixels, size)) fail(path, error.text);
    check_size(path, size[0], size[1], shape);
    return planes(pixels, shape);
}

}  // namespace imc::compiler
