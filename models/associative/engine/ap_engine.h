// SPDX-License-Identifier: Apache-2.0
/// A stage on a cluster of associative processors: its share of a layer's outputs, with the time
/// the whole layer takes on all clusters. SystemC-free; ApTile gives it time and a network.
#pragma once

#include <memory>
#include <vector>

#include "associative/cost/layer_cost.h"
#include "associative/engine/ap_cost.h"
#include "associative/engine/rescale.h"
#include "associative/engine/weight_store.h"
#include "common/stage_engine.h"

namespace imc::associative {

/// engine_arg of a stage of this engine.
enum ApArgument {
    ap_owner = 0,   ///< stage that is loaded with the tables of this slice, plus 1; 0 = this one
    ap_height = 1,  ///< output rows of the whole layer; 0 = out_height
};

/// Computes every operation in the arrays, bit-exact to docs/numbers.md (kinds NONE and DYADIC).
///
/// Time: a layer's i x u outputs lie evenly over all arrays, whatever tile sends them on, so every
/// stage of a layer takes T_layer (docs/models/associative.md, "Layer time") and all of them run
/// side by side. With LoadMode::network each cluster makes its own share and gets its weights as
/// packets (Work::stream). Energy: exact counts of the stage's own outputs.
class ApEngine : public StageEngine {
public:
    /// Throws InputError for operations and kinds without microcode.
    ApEngine(const imc_stage& stage, std::shared_ptr<const ApCost> cost,
             std::shared_ptr<WeightStore> store);

    Work load(const Blob& blob) override;
    void run(std::uint32_t image, std::uint32_t first, std::uint32_t rows, const InputRows& in,
             std::int32_t* out, std::int64_t* psums, Work& work) override;

private:
    /// The rows of a unit: where its codes go.
    struct Unit {
        std::uint32_t first = 0, rows = 0;
        const InputRows* in = nullptr;
        std::int32_t* out = nullptr;
        std::size_t size = 0;  ///< outputs a channel
    };
    /// Counts of a unit, and the cycles of one step of its word operations.
    struct Tally {
        Counts counts;
        Cycles words;
        double cell_writes = 0.0;  ///< a step, of the most written cell of the products
        /// Rows that work beside the others.
        void add(const Counts& unit);
        /// The same, with what their words go through afterwards.
        void add(const Counts& unit, const Tally& after);
    };

    std::uint32_t channels() const { return m_stage.channel_end - m_stage.channel_begin; }
    std::uint64_t batch_positions() const;
    std::uint64_t sharing_channels() const;
    GemmShape gemm_shape() const;
    std::int32_t lowest_input(unsigned stream) const;
    std::uint64_t highest_input(unsigned stream) const;
    /// Takes up tables and precision of image `image`.
    void select(std::uint32_t image);
    const imc_requant& entry(std::size_t index) const;
    WordUnit word_unit(std::size_t rows) const;

    void convolve(const Unit& unit, Tally& tally);
    /// Most writes of a cell of the products and sums in a step, mean of a few dot products spread
    /// over the unit, whose operands `codes` holds.
    double cell_writes(const Unit& unit, const std::vector<std::uint16_t>& codes) const;
    void gather(const Unit& unit, unsigned group, std::vector<std::uint16_t>& codes) const;
    void requantize(const Unit& unit, std::size_t channel, const std::vector<std::uint64_t>& words,
                    const Rescale& rescale, Tally& tally);
    void add(const Unit& unit, Tally& tally);
    void pool(const Unit& unit, Tally& tally);
    void max_pool(const Unit& unit, Tally& tally);
    void average_pool(const Unit& unit, Tally& tally);
    void average_rows(const Unit& unit, const std::vector<std::size_t>& outputs, unsigned cells,
                      Tally& tally);
    void affine(const Unit& unit, Tally& tally);
    void look_up(const Unit& unit, Tally& tally);
    std::vector<std::uint64_t> codes(const Unit& unit, unsigned stream, std::size_t channel,
                                     std::size_t count) const;
    /// Cell (kh, kw) of the window of output `index` of `channel`; false = padding.
    bool window_code(const Unit& unit, std::size_t index, unsigned kh, unsigned kw,
                     std::int32_t& code) const;

    void add_products(std::uint32_t image, const Tally& tally, Work& work) const;
    void add_stream(const GemmCost& cost, std::uint32_t image, Work& work) const;
    void charge_products(const GemmCost& cost, const Tally& tally, Work& work) const;
    /// One stage speaks for the layer: all of its arrays work alike.
    bool is_speaker() const
    {
        return m_base.engine_arg[ap_owner] == 0 && m_base.channel_begin == 0;
    }
    void add_time(std::uint32_t image, const Tally& tally, Work& work) const;
    void add_segment(const char* operation, Cycles cycles, std::uint32_t image, Work& work) const;

    imc_stage m_base;   ///< as the program has it
    imc_stage m_stage;  ///< at the precision of the image at work
    std::shared_ptr<const ApCost> m_cost;
    std::shared_ptr<WeightStore> m_store;
    std::shared_ptr<const SliceTables> m_slice;
    std::shared_ptr<const StageTables> m_tables;
};

}  // namespace imc::associative
