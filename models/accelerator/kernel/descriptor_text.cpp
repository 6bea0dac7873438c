// SPDX-License-Identifier: Apache-2.0
#include "accelerator/kernel/descriptor_text.h"

#include <iterator>
#include <sstream>

namespace imc::accelerator {

std::string name_of(const imc_descriptor& d)
{
    const char* const names[] = {"NOP", "CONFIG", "LOAD", "INPUT", "STEP", "OUTPUT", "FENCE"};
    return d.opcode < std::size(names) ? names[d.opcode] : "opcode " + std::to_string(d.opcode);
}

std::string bytes_at(std::uint64_t bytes, std::uint64_t address)
{
    std::ostringstream text;
    text << bytes << " bytes at 0x" << std::hex << address;
    return text.str();
}

std::string fetched_text(std::uint32_t index, const imc_descriptor& d)
{
    return "ring entry " + std::to_string(index) + ": " + name_of(d) + ", image " +
           std::to_string(d.image) + ", stage " + std::to_string(d.stage) + ", " +
           std::to_string(d.length) + " bytes";
}

std::string refused_text(const imc_descriptor& d)
{
    const bool writes = d.opcode == IMC_OP_OUTPUT;
    return name_of(d) + " of image " + std::to_string(d.image) + ": the bus refused to " +
           (writes ? "write " : "read ") + bytes_at(d.length, writes ? d.dst : d.src);
}

}  // namespace imc::accelerator
