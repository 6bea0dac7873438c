// SPDX-License-Identifier: Apache-2.0
/// A program's tables as the command processor holds them after CONFIG: read, checked, and joined
/// up.
#pragma once

#include "accelerator/config.h"
#include "common/module/stage_setup.h"
#include "imcvp/program.h"
#include "imcvp/regs.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace imc::accelerator {

constexpr std::uint32_t max_stages = 8192;              ///< IMC_REG_CAPS_STAGES
constexpr std::uint64_t max_table_bytes = 64ull << 20;  ///< of all tables together

/// What is wrong with a program, as the error register will show it.
class ProgramError : public std::runtime_error {
public:
    ProgramError(imc_error code, const std::string& text) : std::runtime_error(text), m_code(code)
    {
    }
    imc_error code() const { return m_code; }

private:
    imc_error m_code;
};

struct Program {
    imc_program_header header{};
    std::vector<imc_layer> layers;
    std::vector<imc_stage> stages;
    std::vector<imc_route> routes;
    std::vector<imc_blob_ref> blobs;
    std::vector<char> strings;  ///< ends with NUL

    const char* layer_name(std::uint16_t layer) const
    {
        return strings.data() + layers[layer].name;
    }
    bool is_gated() const { return header.schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL; }
};

/// Checks magic, version, CRC and sizes of a header. `total_bytes` is the length of the whole
/// image. Throws ProgramError.
void check_header(const imc_program_header& header, std::uint64_t total_bytes);

/// Copies the tables out of [header, payload_offset), whose CRC must match. Throws ProgramError.
/// Fields of the tables are not looked at.
Program read_tables(const imc_program_header& header, const std::vector<unsigned char>& image);

/// Checks every field that the accelerator acts on, against itself and against the hardware; after
/// it no access of the model can leave its bounds. Throws ProgramError naming stage and field.
void check_program(const Program& program, const AcceleratorConfig& config);

/// What each tile is told about its stages. The program must have been checked.
std::vector<std::shared_ptr<const StageSetup>> join_stages(const Program& program,
                                                           const AcceleratorConfig& config);

/// Where the source sends input rows, and the room of the streams there.
std::vector<OutRoute> source_routes(const Program& program);

}  // namespace imc::accelerator
