// SPDX-License-Identifier: Apache-2.0
/// The stages of a CAM tile: weighted sums on RNA blocks, and code operations (addition, pooling,
/// look-up) in the blocks' memories. SystemC-free.
#pragma once

#include "cam/config.h"
#include "cam/engine/cam_books.h"
#include "common/stage_engine.h"

#include <memory>

namespace imc::cam {

/// What every stage of a tile refers to.
struct CamContext {
    Config config;
    Technology technology;
    CamBooks books;
};

/// The engine of `stage`, which must be a conv, add, max or average pool or LUT stage with all its
/// input channels. Throws InputError for any other.
std::unique_ptr<StageEngine> make_cam_engine(const imc_stage& stage,
                                             std::shared_ptr<const CamContext> context);

/// Parts: the weighted sums (RnaStage), and the operations on codes (CodeStage).
std::unique_ptr<StageEngine> make_rna_stage(const imc_stage& stage,
                                            std::shared_ptr<const CamContext> context);
std::unique_ptr<StageEngine> make_code_stage(const imc_stage& stage,
                                             std::shared_ptr<const CamContext> context);

/// Cycles of all `blocks` that are written side by side for `ps`.
std::uint64_t written_cycles(std::uint64_t blocks, std::uint64_t ps, const Config& config);

/// Cycles of the phases of work, in the order in which they pass.
struct PhaseCycles {
    std::uint64_t broadcast = 0, count = 0, add = 0, activate = 0, encode = 0;
    /// Duration and segments of `work`, after `offset_ps` of other work.
    void schedule(const CamBooks& books, const Config& config, std::uint64_t offset_ps,
                  Work& work) const;
};

}  // namespace imc::cam
