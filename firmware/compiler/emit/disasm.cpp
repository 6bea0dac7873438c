// SPDX-License-Identifier: Apache-2.0
#include "common/crc32.h"
#include "common/error.h"
#include "common/stage_engine.h"
#include "compiler/emit/emit.h"

#include <cstring>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

const char* const op_names[] = {"conv",   "add", "maxpool", "avgpool",
                                "affine", "lut", "copy",    "spill"};
const char* const engine_names[] = {"crossbar", "associative", "cam", "buffer"};
const char* const requant_names[] = {"none", "dyadic", "onnx", "tflite", "per_conversion"};
const char* const host_names[] = {"softmax", "argmax", "log_softmax"};

template <std::size_t N>
const char* name_of(const char* const (&names)[N], unsigned index)
{
    return index < N ? names[index] : "?";
}

/// Entry `i` of a table whose bounds were checked.
template <typename T>
T entry(const std::uint8_t* image, const imc_table& table, std::size_t i)
{
    T value;
    std::memcpy(&value, image + table.offset + i * sizeof(T), sizeof(T));
    return value;
}

void check_table(const char* name, const imc_table& table, std::size_t entry_bytes,
                 const imc_program_header& header)
{
    if (table.entry_bytes != entry_bytes)
        throw InputError(fmt::format("program: table '{}' has entries of {} bytes, not {}", name,
                                     table.entry_bytes, entry_bytes));
    if (table.offset > header.payload_offset ||
        table.count > (header.payload_offset - table.offset) / entry_bytes)
        throw InputError(fmt::format("program: table '{}' lies outside the table area", name));
}

void check_tables(const imc_program_header& header)
{
    check_table("layers", header.layers, sizeof(imc_layer), header);
    check_table("stages", header.stages, sizeof(imc_stage), header);
    check_table("routes", header.routes, sizeof(imc_route), header);
    check_table("blobs", header.blobs, sizeof(imc_blob_ref), header);
    check_table("host_ops", header.host_ops, sizeof(imc_host_op), header);
    check_table("strings", header.strings, 1, header);
}

imc_program_header read_header(const std::uint8_t* image)
{
    imc_program_header header;
    std::memcpy(&header, image, sizeof header);
    return header;
}

std::string string_at(const std::uint8_t* image, const imc_program_header& header,
                      std::uint32_t offset)
{
    if (offset >= header.strings.count) return "?";
    const char* begin = reinterpret_cast<const char*>(image + header.strings.offset + offset);
    return std::string(begin, strnlen(begin, header.strings.count - offset));
}

std::string rows_of(const imc_route& r)
{
    if (r.row_count == 0) return {};
    return fmt::format(" rows {}+{} offset {}", r.row_first, r.row_count, r.row_offset);
}

/// The four letters of a magic number as they stand in the file.
std::string magic_text(std::uint32_t magic)
{
    return std::string(reinterpret_cast<const char*>(&magic), sizeof magic);
}

void print_route(std::string& text, const imc_route& r)
{
    if (r.stage == IMC_ROUTE_SINK)
        text += fmt::format("      -> sink at node {} channels {}+{} offset {}{}\n", r.tile,
                            r.channel_first, r.channel_count, r.channel_offset, rows_of(r));
    else
        text += fmt::format(
            "      -> stage {} node {} {} channels {}+{} offset {} slots {}{}\n", r.stage, r.tile,
            r.stream == IMC_PSUM_STREAM ? std::string("psum") : fmt::format("stream {}", r.stream),
            r.channel_first, r.channel_count, r.channel_offset, r.depth_rows, rows_of(r));
}

void print_stage(std::string& text, const std::uint8_t* image, const imc_program_header& header,
                 const imc_stage& s)
{
    const auto layer =
        s.layer < header.layers.count
            ? string_at(image, header, entry<imc_layer>(image, header.layers, s.layer).name)
            : "?";
    text += fmt::format("  stage {} '{}' {} on {} node {} copy {}/{} arrays {} role {}\n", s.id,
                        layer, name_of(op_names, s.op), name_of(engine_names, s.engine), s.tile,
                        s.copy, s.copies, s.arrays, s.role);
    text += fmt::format(
        "    out {}x{}x{} channels {}..{} {} bits {} [{}, {}] requant {} unit {} row(s)\n",
        s.out_channels, s.out_height, s.out_width, s.channel_begin, s.channel_end, s.out_bits,
        s.out_signed ? "signed" : "unsigned", s.out_min, s.out_max,
        name_of(requant_names, s.requant), s.unit_rows);
    text += fmt::format(
        "    kernel {}x{} stride {}x{} dilation {}x{} pad {},{},{},{} groups {} weights {} bits\n",
        s.kernel_h, s.kernel_w, s.stride_h, s.stride_w, s.dilation_h, s.dilation_w, s.pad_top,
        s.pad_left, s.pad_bottom, s.pad_right, s.groups, s.weight_bits);
    for (unsigned i = 0; i < s.streams && i < IMC_MAX_STREAMS; ++i)
        text += fmt::format(
            "    in {}: {}x{}x{} from channel {} {} bits {} pad code {} slots {}\n", i,
            s.in[i].channels, s.in[i].height, s.in[i].width, s.in[i].channel_begin, s.in[i].bits,
            s.in[i].is_signed ? "signed" : "unsigned", s.in[i].pad_code, s.in[i].depth_rows);
    for (std::uint64_t r = s.route_begin;
         r < std::uint64_t{s.route_begin} + s.route_count && r < header.routes.count; ++r)
        print_route(text, entry<imc_route>(image, header.routes, r));
}

const char* section_name(std::uint32_t kind)
{
    static const char* const names[] = {"?",          "weights int8", "weights int16",
                                        "block bits", "requant",      "table",
                                        "column ADC", "codebook",     "engine"};
    return name_of(names, kind);
}

/// The constants of docs/numbers.md; equal neighbours (channels that share theirs) as one line.
void print_requant(std::string& text, const std::uint8_t* entries, std::uint64_t count)
{
    const auto constants = [&](std::uint64_t i) {
        imc_requant r;
        std::memcpy(&r, entries + i * sizeof r, sizeof r);
        return fmt::format("bias {} multiplier {} divisor {} shift {}", r.bias, r.multiplier,
                           r.divisor, r.shift);
    };
    for (std::uint64_t begin = 0, end = 0; begin < count; begin = end) {
        const std::string line = constants(begin);
        while (++end < count && constants(end) == line) {
        }
        text += end - begin == 1 ? fmt::format("      {}: {}\n", begin, line)
                                 : fmt::format("      {}..{}: {}\n", begin, end - 1, line);
    }
}

void print_blob(std::string& text, const std::uint8_t* image, const imc_blob_ref& ref)
{
    text += fmt::format("  stage {} at {} {} bytes\n", ref.stage, ref.offset, ref.bytes);
    const Blob blob(image + ref.offset, ref.bytes);
    for (const auto& section : blob.sections()) {
        text += fmt::format("    {}: {} x {} bytes at {}\n", section_name(section.kind),
                            section.count, section.entry_bytes, ref.offset + section.offset);
        if (section.kind == IMC_SECTION_REQUANT && section.entry_bytes == sizeof(imc_requant))
            print_requant(text, blob.data<std::uint8_t>(section), section.count);
    }
}

}  // namespace

void check_program(const std::uint8_t* image, std::size_t bytes)
{
    if (bytes < sizeof(imc_program_header))
        throw InputError(fmt::format("program: {} bytes are fewer than a header's {}", bytes,
                                     sizeof(imc_program_header)));
    imc_program_header header = read_header(image);
    if (header.magic != IMC_PROGRAM_MAGIC)
        throw InputError("program: not a program image (bad magic)");
    if (header.version != IMC_PROGRAM_VERSION)
        throw InputError(fmt::format("program: version {} where this build reads {}",
                                     header.version, IMC_PROGRAM_VERSION));
    if (header.total_bytes != bytes)
        throw InputError(
            fmt::format("program: {} bytes where the header says {} (truncated or extended)", bytes,
                        header.total_bytes));
    const std::uint32_t header_crc = header.header_crc;
    header.header_crc = 0;
    if (crc32(&header, sizeof header) != header_crc)
        throw InputError("program: header CRC does not match");
    if (header.payload_offset < sizeof header || header.payload_offset > bytes)
        throw InputError("program: payload offset lies outside");
    if (crc32(image + sizeof header, header.payload_offset - sizeof header) != header.table_crc)
        throw InputError("program: table CRC does not match");
    if (crc32(image + header.payload_offset, bytes - header.payload_offset) != header.payload_crc)
        throw InputError("program: payload CRC does not match");
    check_tables(header);
    for (std::size_t i = 0; i < header.blobs.count; ++i) {
        const auto ref = entry<imc_blob_ref>(image, header.blobs, i);
        if (ref.offset < header.payload_offset || ref.offset > bytes ||
            ref.bytes > bytes - ref.offset)
            throw InputError(fmt::format("program: blob {} lies outside the payload", i));
    }
}

std::string disassemble(const std::uint8_t* image, std::size_t bytes)
{
    check_program(image, bytes);
    const auto header = read_header(image);
    std::string text = fmt::format(
        "program magic {} (0x{:08x}) version {}, {} bytes, payload at {}, crc "
        "{:08x}/{:08x}/{:08x}\n",
        magic_text(header.magic), header.magic, header.version, header.total_bytes,
        header.payload_offset, header.header_crc, header.table_crc, header.payload_crc);
    text += fmt::format(
        "schedule {}, {} step{}, {} tile{}, weights {}\n",
        header.schedule == IMC_SCHEDULE_PIPELINED ? "pipelined" : "layer_sequential", header.steps,
        header.steps == 1 ? "" : "s", header.tiles, header.tiles == 1 ? "" : "s",
        header.weights_synthetic ? "SYNTHETIC (drawn from a seed)" : "from the network file");
    for (const auto* port : {&header.input, &header.output})
        text += fmt::format("{} {}x{}x{} {} bits {} scale {:.9g} zero point {}\n",
                            port == &header.input ? "input " : "output", port->channels,
                            port->height, port->width, port->bits,
                            port->is_signed ? "signed" : "unsigned", port->scale, port->zero_point);
    text += fmt::format("layers {}\n", header.layers.count);
    for (std::size_t i = 0; i < header.layers.count; ++i) {
        const auto l = entry<imc_layer>(image, header.layers, i);
        text +=
            fmt::format("  layer {} '{}' {} step {} macs {}{} activation bits {} on {}\n", i,
                        string_at(image, header, l.name), name_of(op_names, l.op), l.step, l.macs,
                        l.weight_bits_mean_milli == 0
                            ? ""
                            : fmt::format(" weight bits {:.3f}", l.weight_bits_mean_milli / 1000.0),
                        l.activation_bits, name_of(engine_names, l.engine));
    }
    text += fmt::format("stages {}\n", header.stages.count);
    for (std::size_t i = 0; i < header.stages.count; ++i)
        print_stage(text, image, header, entry<imc_stage>(image, header.stages, i));
    text += "source\n";
    for (std::uint64_t r = header.source_route_begin;
         r < std::uint64_t{header.source_route_begin} + header.source_route_count &&
         r < header.routes.count;
         ++r)
        print_route(text, entry<imc_route>(image, header.routes, r));
    text += fmt::format("blobs {}\n", header.blobs.count);
    for (std::size_t i = 0; i < header.blobs.count; ++i)
        print_blob(text, image, entry<imc_blob_ref>(image, header.blobs, i));
    for (std::size_t i = 0; i < header.host_ops.count; ++i)
        text += fmt::format(
            "host {}\n", name_of(host_names, entry<imc_host_op>(image, header.host_ops, i).kind));
    return text;
}

}  // namespace imc::compiler
