// SPDX-License-Identifier: GPL-2.0-only
/// SoC, stub accelerator and one of the two hosts, with a small program image in memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "firmware/runtime/stub_accelerator.h"
#include "host/native/native_host.h"
#include "host/rv64/rv64_host.h"
#include "imcvp/boot.h"
#include "imcvp/program.h"
#include "imcvp/soc.h"
#include "soc/soc.h"

namespace imc::test {

constexpr unsigned outputs = 300, input_bytes = 48;
constexpr std::uint64_t program_base = 0x90000000, input_base = 0x91000000,
                        output_base = 0x92000000, result_base = 0x93000000;

/// CRC-32 by long division, bit by bit (IEEE 802.3): nothing shared with the firmware's table.
inline std::uint32_t crc32_by_bits(const void* data, std::size_t bytes)
{
    std::uint32_t crc = ~0u;
    for (std::size_t i = 0; i < bytes; ++i) {
        crc ^= static_cast<const unsigned char*>(data)[i];
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

/// What a run is given.
struct Job {
    unsigned images = 3;
    std::vector<std::uint32_t> host_ops{IMC_HOST_SOFTMAX};
    unsigned steps = 0;   ///< above 0: layer_sequential
    unsigned reload = 0;  ///< above 0: blob 1, of layer 1 and step 2, comes every so many images
};

/// A program of two blobs, and of two stages and layers for the firmware; the stub needs none.
inline std::vector<unsigned char> make_program(const Job& job)
{
    imc_program_header header{};
    header.magic = IMC_PROGRAM_MAGIC;
    header.version = IMC_PROGRAM_VERSION;
    header.input.channels = 3;
    header.input.height = header.input.width = 4;
    header.input.bytes = 1;
    header.output.channels = outputs;
    header.output.height = header.output.width = 1;
    header.output.bytes = 4;
    header.output.scale = 0.0625f;
    header.output.zero_point = 3;
    header.schedule = job.steps > 0 ? IMC_SCHEDULE_LAYER_SEQUENTIAL : IMC_SCHEDULE_PIPELINED;
    header.steps = std::max(job.steps, 1u);
    const std::uint64_t blobs = sizeof header, ops = blobs + 2 * sizeof(imc_blob_ref);
    const std::uint64_t stages = (ops + job.host_ops.size() * sizeof(imc_host_op) + 7) / 8 * 8;
    const std::uint64_t layers = stages + 2 * sizeof(imc_stage);
    header.stages = {stages, 2, sizeof(imc_stage)};
    header.layers = {layers, 2, sizeof(imc_layer)};
    header.payload_offset = (layers + 2 * sizeof(imc_layer) + 63) / 64 * 64;
    header.total_bytes = header.payload_offset + 128;
    header.blobs = {blobs, 2, sizeof(imc_blob_ref)};
    header.host_ops = {ops, static_cast<std::uint32_t>(job.host_ops.size()), sizeof(imc_host_op)};
    std::vector<unsigned char> image(header.total_bytes, 0x5A);
    for (unsigned i = 0; i < 2; ++i) {
        const imc_blob_ref ref{i, i == 1 ? job.reload : 0, header.payload_offset + 64 * i, 64};
        std::memcpy(&image[blobs + i * sizeof ref], &ref, sizeof ref);
        imc_stage stage{};
        stage.id = stage.layer = static_cast<std::uint16_t>(i);
        std::memcpy(&image[stages + i * sizeof stage], &stage, sizeof stage);
        imc_layer layer{};
        layer.step = 2 * i;
        std::memcpy(&image[layers + i * sizeof layer], &layer, sizeof layer);
    }
    for (unsigned i = 0; i < job.host_ops.size(); ++i) {
        const imc_host_op op{job.host_ops[i], 0, 0, 0};
        std::memcpy(&image[ops + i * sizeof op], &op, sizeof op);
    }
    header.table_crc = crc32_by_bits(&image[sizeof header], header.payload_offset - sizeof header);
    header.header_crc = crc32_by_bits(&header, sizeof header);
    std::memcpy(image.data(), &header, sizeof header);
    return image;
}

enum class Kind { native, rv64 };

class Platform : public sc_core::sc_module {
public:
    soc::Soc soc;
    StubAccelerator accelerator;
    std::unique_ptr<host::Host> host;
    std::vector<unsigned char> program;
    imc_boot boot{};

    Platform(const sc_core::sc_module_name& name, Kind kind, const Job& job,
             const host::HostConfig& config = {})
        : sc_module(name),
          soc("soc", soc::SocConfig{}),
          accelerator("accelerator"),
          program(make_program(job))
    {
        if (kind == Kind::rv64) {
            auto cpu = std::make_unique<host::Rv64Host>("cpu", config, &soc.clint);
            m_rv64 = cpu.get();
            host = std::move(cpu);
        } else {
            host = std::make_unique<host::NativeHost>("cpu", config);
        }
        const unsigned number = soc.bus.add_initiator("cpu", 0, true, host->socket);
        soc.bus.add_initiator("dma", 1, false, accelerator.dma);
        soc.bus.add_snoop(number, [this](auto a, auto n) { host->memory_written(a, n); });
        soc.add_accelerator(0, IMC_REGS_SIZE, accelerator.in);
        accelerator.irq.bind(soc.accelerator_irq[0]);
        host->external_irq.bind(soc.external_irq);
        host->timer_irq.bind(soc.timer_irq);
        host->software_irq.bind(soc.software_irq);
        boot = {IMC_BOOT_MAGIC, job.images, IMC_REGS_ADDRESS, program_base, program.size(),
                input_base,     64,         output_base,      4096,         result_base,
                4096,           0x81000000, 1 << 20};
    }

    void end_of_elaboration() override
    {
        if (m_rv64 != nullptr) m_rv64->load(host::read_elf(IMC_FIRMWARE_ELF));
        soc.load(IMC_BOOT_ADDRESS, &boot, sizeof boot);
        soc.load(program_base, program.data(), program.size());
        for (unsigned image = 0; image < boot.images; ++image)
            soc.load(input_base + 64 * image, input(image).data(), input_bytes);
    }

    static std::vector<unsigned char> input(unsigned image)
    {
        std::vector<unsigned char> bytes(input_bytes);
        for (unsigned i = 0; i < input_bytes; ++i)
            bytes[i] = static_cast<unsigned char>(image * 41 + i * 13);
        return bytes;
    }

    std::vector<float> results(unsigned image)
    {
        std::vector<float> values(outputs);
        soc.dump(result_base + 4096 * image, values.data(), 4 * outputs);
        return values;
    }

    /// The exit code, or -1 if the firmware did not end.
    int exit_code() const { return soc.finisher.exit_code().value_or(-1); }
    std::string console() const { return soc.uart.log(); }

private:
    host::Rv64Host* m_rv64 = nullptr;
};

inline void run(double milliseconds = 5)
{
    sc_core::sc_start(sc_core::sc_time(milliseconds, sc_core::SC_MS));
}

}  // namespace imc::test
