// SPDX-License-Identifier: GPL-2.0-only
/// How fast the rv64 host runs the firmware, instructions counted: it boots and checks the CRC of a
/// program image with 8 MiB of tables, then finds no accelerator and ends. One line on stdout.
#include "common/crc32.h"
#include "host/rv64/rv64_host.h"
#include "imcvp/boot.h"
#include "imcvp/program.h"
#include "soc/soc.h"

#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

constexpr std::uint64_t program_base = 0x90000000, table_bytes = 8 << 20;

std::vector<unsigned char> program_image()
{
    std::vector<unsigned char> image(sizeof(imc_program_header) + table_bytes);
    for (std::size_t i = sizeof(imc_program_header); i < image.size(); ++i)
        image[i] = static_cast<unsigned char>(i * 2654435761u >> 13);
    imc_program_header header{};
    header.magic = IMC_PROGRAM_MAGIC;
    header.version = IMC_PROGRAM_VERSION;
    header.total_bytes = header.payload_offset = image.size();
    header.table_crc = imc::crc32(image.data() + sizeof header, table_bytes);
    header.header_crc = imc::crc32(&header, sizeof header);
    std::memcpy(image.data(), &header, sizeof header);
    return image;
}

class Bench : public sc_core::sc_module {
public:
    imc::soc::Soc soc{"soc", {}};
    imc::host::Rv64Host cpu{"cpu", {}, &soc.clint};

    explicit Bench(const sc_core::sc_module_name& name) : sc_module(name)
    {
        soc.bus.add_initiator("cpu", 0, true, cpu.socket);
        cpu.external_irq.bind(soc.external_irq);
        cpu.timer_irq.bind(soc.timer_irq);
        cpu.software_irq.bind(soc.software_irq);
        soc.finisher.on_finish([](int) { sc_core::sc_stop(); });
    }

private:
    void end_of_elaboration() override
    {
        const auto image = program_image();
        imc_boot boot{};
        boot.magic = IMC_BOOT_MAGIC;
        boot.regs_base = IMC_REGS_ADDRESS;
        boot.program_base = program_base;
        boot.program_bytes = image.size();
        soc.load(IMC_BOOT_ADDRESS, &boot, sizeof boot);
        soc.load(program_base, image.data(), image.size());
        cpu.load(imc::host::read_elf(IMC_FIRMWARE_ELF));
    }
};

}  // namespace

int sc_main(int, char**)
{
    Bench bench("bench");
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    const std::clock_t start = std::clock();
    sc_core::sc_start();
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    const auto instructions = static_cast<double>(*bench.cpu.statistics().instructions);
    std::printf("rv64 firmware: %.0f instructions in %.3f s of CPU time, %.0f MIPS\n", instructions,
                seconds, instructions / seconds / 1e6);
    return bench.soc.uart.log().find("program: ") != std::string::npos ? 0 : 1;
}
