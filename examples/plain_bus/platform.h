// SPDX-License-Identifier: Apache-2.0
/// The platform of the examples: an accelerator, a memory and a driver on a plain bus. `simulate`
/// runs a program of `vp compile` on a ramp of codes and prints outputs, time and energy.
#pragma once

#include "driver.h"
#include "router.h"

#include "accelerator/module/accelerator.h"
#include "common/error.h"
#include "common/ledger.h"

#include <fstream>
#include <iostream>
#include <iterator>

namespace plain_bus {

constexpr std::uint64_t register_base = 0x1000'0000, memory_base = 0x8000'0000;
constexpr std::size_t memory_bytes = 64 << 20;
constexpr BusMap bus_map{register_base,
                         memory_base,
                         memory_base + 0x1'0000,
                         memory_base + 0x10'0000,
                         memory_base + 0x300'0000,
                         memory_base + 0x380'0000};

/// Hardware in code, without any file: numbers of energy and area as the models ask for them. The
/// library's user has them from a technology of his own; these are ISAAC's (docs/technology.md).
inline imc::AcceleratorConfig hardware()
{
    imc::AcceleratorConfig config;
    config.name = "plain";
    config.tiles = {
        {IMC_ENGINE_CROSSBAR, 168}};  // as the platform that the program was compiled for
    config.crossbar.skipping = imc::crossbar::Skipping::bwq;
    config.technology.name = "plain";
    for (const auto& [key, value] : {std::pair{"adc.conversion_pj", 0.1875},
                                     {"adc.comparator_pj", 0.0586},
                                     {"crossbar.cell_read_pj", 0.0004},
                                     {"crossbar.cell_write_pj", 3910.0},
                                     {"crossbar.cell_verify_pj", 1.08},
                                     {"dac.drive_pj", 0.00258},
                                     {"sample_hold.sample_pj", 8.17e-6},
                                     {"shift_add.add_pj", 0.00075},
                                     {"shift_add.merge_pj", 0.021},
                                     {"controller.lookup_pj", 0.006},
                                     {"register.bit_pj", 0.009},
                                     {"buffer.read_bit_pj", 0.0799},
                                     {"buffer.write_bit_pj", 0.0799},
                                     {"bus.bit_pj", 0.054},
                                     {"digital.requantize_pj", 0.217},
                                     {"digital.multiply_pj", 0.217},
                                     {"digital.add_pj", 0.0417},
                                     {"digital.compare_pj", 0.333},
                                     {"digital.lookup_pj", 0.217},
                                     {"noc.hop_bit_pj", 0.081},
                                     {"global_buffer.read_bit_pj", 0.0799},
                                     {"global_buffer.write_bit_pj", 0.0799},
                                     {"global_buffer.area_mm2", 5.312},
                                     {"dma.bit_pj", 0.054},
                                     {"command.descriptor_pj", 20.45}})
        config.technology.set(key, {value, "pJ", "scenarios/technologies/isaac_32nm.yaml"});
    return config;
}

inline std::vector<unsigned char> file_bytes(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in) throw imc::InputError(path + ": cannot be opened");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::vector<unsigned char> ramp(const imc_port& port)
{
    std::vector<unsigned char> codes(std::size_t{port.channels} * port.height * port.width *
                                     port.bytes);
    for (std::size_t i = 0; i < codes.size(); i += port.bytes)
        codes[i] = static_cast<unsigned char>(i % (1u << (port.bits < 7 ? port.bits : 7)));
    return codes;
}

/// `tiles` says which class models which engine's tiles. Returns the exit status.
inline int simulate(const std::string& path, const imc::accelerator::TileRegistry& tiles)
{
    const auto program = file_bytes(path);
    if (program.size() < sizeof(imc_program_header))
        throw imc::InputError(path + ": is no program");
    imc_program_header header;
    std::memcpy(&header, program.data(), sizeof header);

    imc::Ledger ledger;
    imc::Accelerator accelerator("accelerator", hardware(), ledger, tiles);
    Router router("router");
    PlainMemory memory("memory", memory_bytes);
    Driver driver("driver", bus_map, program, ramp(header.input));
    sc_core::sc_signal<bool> irq("irq"), reset("reset");

    driver.socket.bind(router.in);
    accelerator.dma.bind(router.in);
    router.map(register_base, IMC_REGS_SIZE);
    router.out.bind(accelerator.regs);
    router.map(memory_base, memory_bytes);
    router.out.bind(memory.in);
    accelerator.irq.bind(irq);
    accelerator.reset.bind(reset);
    driver.irq.bind(irq);

    sc_core::sc_start();
    if (!driver.done()) {
        std::cerr << "failed: "
                  << (driver.error().empty() ? "the simulation starved" : driver.error()) << ' '
                  << accelerator.last_error() << '\n';
        for (const auto& line : accelerator.diagnose())
            std::cerr << "  " << line << '\n';
        return 1;
    }
    std::cout << "outputs:";
    for (const auto code : driver.outputs())
        std::cout << ' ' << code;
    std::cout << "\nlatency: " << driver.latency()
              << "\nenergy: " << ledger.energy_pj(imc::Phase::inference) * 1e-6 << " uJ\n";
    return 0;
}

/// The body of sc_main: one argument, the program.
inline int run(int argc, char** argv, const imc::accelerator::TileRegistry& tiles)
{
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " PROGRAM.imcprog\n";
        return 2;
    }
    try {
        return simulate(argv[1], tiles);
    } catch (const imc::InputError& e) {
        std::cerr << e.what() << '\n';
        return 2;
    }
}

}  // namespace plain_bus
