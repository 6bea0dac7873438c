// SPDX-License-Identifier: Apache-2.0
#include "run/state_text.h"

#include "imcvp/regs.h"

#include <fmt/format.h>

namespace imc::run {

namespace {

struct NamedRegister {
    const char* name;
    std::uint32_t offset;
};

constexpr NamedRegister registers[]{
    {"STATUS", IMC_REG_STATUS},
    {"IRQ_STATUS", IMC_REG_IRQ_STATUS},
    {"IRQ_MASK", IMC_REG_IRQ_MASK},
    {"ERROR", IMC_REG_ERROR},
    {"ERROR_INDEX", IMC_REG_ERROR_INDEX},
    {"RING_SIZE", IMC_REG_RING_SIZE},
    {"HEAD", IMC_REG_HEAD},
    {"TAIL", IMC_REG_TAIL},
    {"EPOCH", IMC_REG_EPOCH},
    {"PERF_DESCRIPTORS", IMC_REG_PERF_DESCRIPTORS},
    {"PERF_UNITS", IMC_REG_PERF_UNITS},
    {"PERF_PACKETS", IMC_REG_PERF_PACKETS},
};

/// Reads by debug transport: without time and side effects.
std::uint32_t peek(System& system, std::uint32_t offset)
{
    std::uint32_t value = 0;
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(sizeof value);
    payload.set_streaming_width(sizeof value);
    system.accelerator.regs.get_base_interface().transport_dbg(payload);
    return value;
}

}  // namespace

std::string state_text(System& system)
{
    std::string text = fmt::format("time {}\n\nregisters\n", sc_core::sc_time_stamp().to_string());
    for (const auto& entry : registers)
        text += fmt::format("  {:<17} 0x{:08x}\n", entry.name, peek(system, entry.offset));
    text += "\nstages: tile, layer, units, busy, waited for input, waited for credits (us)\n";
    for (const auto& stage : system.accelerator.stages())
        text += fmt::format("  {:>5} {:>5} {:>5} {:>9} {:>12.3f} {:>12.3f} {:>12.3f}\n",
                            stage.stage, stage.tile, stage.layer, stage.stats.units,
                            static_cast<double>(stage.stats.busy_ps) * 1e-6,
                            static_cast<double>(stage.stats.stall_input_ps) * 1e-6,
                            static_cast<double>(stage.stats.stall_credit_ps) * 1e-6);
    for (const auto& line : system.accelerator.diagnose())
        text += "  " + line + "\n";
    return text;
}

}  // namespace imc::run
