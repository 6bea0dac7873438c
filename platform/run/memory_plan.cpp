// SPDX-License-Identifier: Apache-2.0
#include "run/memory_plan.h"

#include "common/error.h"
#include "imcvp/soc.h"

#include <fmt/format.h>

namespace imc::run {

namespace {

constexpr std::uint64_t heap_bytes =
    1 << 20;  ///< ring (256 KiB at its largest) and completion records

std::uint64_t aligned(std::uint64_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

}  // namespace

std::uint32_t output_size(const imc_program_header& program)
{
    return program.output.channels * program.output.height * program.output.width;
}

imc_boot plan_memory(const imc_program_header& program, std::uint32_t images,
                     std::uint64_t ram_bytes)
{
    const auto& port = program.input;
    imc_boot boot{};
    boot.magic = IMC_BOOT_MAGIC;
    boot.images = images;
    boot.regs_base = IMC_REGS_ADDRESS;
    boot.program_base = IMC_DATA_ADDRESS;
    boot.program_bytes = program.total_bytes;
    boot.input_base = boot.program_base + aligned(boot.program_bytes);
    boot.input_stride =
        aligned(std::uint64_t{port.channels} * port.height * port.width * port.bytes);
    boot.output_base = boot.input_base + images * boot.input_stride;
    boot.output_stride = aligned(std::uint64_t{output_size(program)} * 4);
    boot.result_base = boot.output_base + images * boot.output_stride;
    boot.result_stride = boot.output_stride;
    boot.heap_base = boot.result_base + images * boot.result_stride;
    boot.heap_bytes = heap_bytes;
    const std::uint64_t needed = boot.heap_base + boot.heap_bytes - IMC_SOC_RAM_BASE;
    if (needed > ram_bytes)
        throw InputError(
            fmt::format("soc.ram_mb: {} MiB are too few for program and images; write {}",
                        ram_bytes >> 20, (needed >> 20) + 1));
    return boot;
}

}  // namespace imc::run
