// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cam/cost/rna_cost.h"
#include "cam/engine/cam_engine.h"
#include "cam/kernel/rna_layer.h"
#include "cam/kernel/stage_tables.h"

#include <memory>
#include <vector>

namespace imc::cam {

/// A convolution on RNA blocks. Of its `arrays` blocks each output channel has arrays / channels,
/// which take as many positions at once (a wave); with fewer blocks than channels, a block computes
/// several channels one after the other; its weight codes, and its products if every channel has
/// its own, are rewritten in between.
class RnaStage : public StageEngine {
public:
    RnaStage(const imc_stage& stage, std::shared_ptr<const CamContext> context);

    Work load(const Blob& blob) override;
    void run(std::uint32_t image, std::uint32_t first, std::uint32_t rows, const InputRows& in,
             std::int32_t* out, std::int64_t* psums, Work& work) override;

private:
    struct Totals;

    void prepare(StageTables& tables, const std::int8_t* weights);
    void gather_row(std::uint32_t y, const InputRows& in, std::uint8_t* inputs);
    void compute(std::size_t positions);
    void charge(std::uint32_t rows, Work& work) const;
    void add_pass(std::uint32_t begin, std::uint32_t end, std::uint32_t rows, Totals& totals) const;
    void add_wave(std::size_t position, std::size_t positions, std::uint32_t begin,
                  std::uint32_t end, std::uint64_t broadcast, Totals& totals) const;
    std::uint64_t wave_bits(std::size_t position, std::size_t positions) const;
    std::uint64_t code_cells(std::uint32_t channels) const;
    std::uint64_t reload_products() const;
    std::uint64_t write_ps(std::uint64_t products) const;

    imc_stage m_stage;
    std::shared_ptr<const CamContext> m_context;
    std::uint32_t m_outputs, m_group_outputs;
    unsigned m_fan_in = 0;
    bool m_own_products = false;  ///< a table for each channel
    RnaShape m_shape;
    OutputStage m_output;
    std::vector<RnaLayer> m_layers;             ///< by group
    std::vector<std::uint64_t> m_count_cycles;  ///< by output
    std::vector<std::uint16_t> m_tree_stages;   ///< by addends, bias included
    NeuronCycles m_fixed;                       ///< activation and encoding; the final adder's part

    std::vector<std::uint8_t> m_inputs;  ///< [group][position][fan-in]
    std::vector<std::int32_t> m_sums;    ///< [position][output]
    std::vector<std::uint16_t> m_nonzero, m_addends;
    std::vector<std::int32_t> m_group_sums;
    std::vector<std::uint16_t> m_group_nonzero, m_group_addends;
};

}  // namespace imc::cam
