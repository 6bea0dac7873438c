// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/dequantize.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace imc::crossbar {

namespace {

unsigned bits_of(std::uint64_t values)
{
    unsigned bits = 0;
    while ((std::uint64_t{1} << bits) < values)
        ++bits;
    return bits;
}

/// The constants of a layer's slice by polarity and slice (`plane`), tile and output.
class Constants {
public:
    Constants(const ColumnForm& form, const imc_column_adc* adc)
        : m_form(form), m_planes(form.polarities * form.slices), m_adc(adc)
    {
    }
    /// True if `same` holds between every conversion and its partner: the first of its output, of
    /// its output and tile, or of its plane and tile.
    template <typename Same>
    bool over_planes_and_tiles(Same&& same) const
    {
        return all([&](unsigned, unsigned, unsigned o) { return at(0, 0, o); }, same);
    }
    template <typename Same>
    bool over_planes(Same&& same) const
    {
        return all([&](unsigned, unsigned t, unsigned o) { return at(0, t, o); }, same);
    }
    template <typename Same>
    bool over_outputs(Same&& same) const
    {
        return all([&](unsigned p, unsigned t, unsigned) { return at(p, t, 0); }, same);
    }
    unsigned planes() const { return m_planes; }

private:
    imc_column_adc at(unsigned plane, unsigned tile, unsigned output) const
    {
        return m_adc[(std::size_t{plane} * m_form.tiles + tile) * m_form.outputs + output];
    }
    template <typename Partner, typename Same>
    bool all(Partner&& partner, Same&& same) const
    {
        for (unsigned p = 0; p < m_planes; ++p)
            for (unsigned t = 0; t < m_form.tiles; ++t)
                for (unsigned o = 0; o < m_form.outputs; ++o)
                    if (!same(at(p, t, o), partner(p, t, o))) return false;
        return true;
    }

    const ColumnForm& m_form;
    unsigned m_planes;
    const imc_column_adc* m_adc;
};

bool same_word(const imc_column_adc& a, const imc_column_adc& b)
{
    return a.scale == b.scale;
}

bool same_reference(const imc_column_adc& a, const imc_column_adc& b)
{
    return a.step == b.step && a.centre == b.centre;
}

/// Multiplications, their operands and the words.
void add_words(const ColumnForm& form, const Constants& constants, DequantizeNeeds& needs)
{
    std::uint64_t groups = std::uint64_t{constants.planes()} * form.tiles;
    needs.operand_bits =
        bits_of(static_cast<std::uint64_t>(std::lround(adc::levels(form.adc_bits)))) +
        form.cycle_bits;
    if (constants.over_planes(same_word)) {
        needs.sharing = WordSharing::tile;
        groups = form.tiles;
        needs.operand_bits += form.cell_bits * (form.slices - 1) + (form.polarities - 1);
    }
    if (constants.over_planes_and_tiles(same_word)) {
        needs.sharing = WordSharing::output;
        groups = 1;
        needs.operand_bits += bits_of(form.tiles);
    }
    needs.multiplies = groups * form.outputs;
    needs.scale_words = constants.over_outputs(same_word) ? groups : needs.multiplies;
}

/// References of the converters.
void add_references(const ColumnForm& form, const Constants& constants, const Config& config,
                    DequantizeNeeds& needs)
{
    const std::uint64_t groups = std::uint64_t{constants.planes()} * form.tiles;
    const std::uint64_t bitlines = std::uint64_t{form.outputs} * form.slices;
    const bool own_converters =
        config.adcs_per_array >= std::min<std::uint64_t>(bitlines, config.columns);
    const bool by_array = constants.over_outputs(same_reference);
    if (by_array && constants.over_planes_and_tiles(same_reference)) {
        needs.reference_words = 1;
        return;
    }
    needs.reference_words = by_array ? groups : groups * form.outputs;
    if (own_converters) return;
    if (!by_array) {
        needs.reference_updates = needs.conversions;
    } else if (form.slices > 1) {
        needs.reference_updates =
            std::min(needs.conversions, form.arrays(config.columns) * config.adcs_per_array *
                                            form.slices * form.input_cycles);
    }
    if (needs.reference_updates != 0)
        needs.reference_fetches = needs.reference_words * form.input_cycles;
}

}  // namespace

ColumnForm column_form(const imc_stage& stage)
{
    ColumnForm form;
    form.cell_bits = stage.engine_arg[0] & 0xFF;
    form.slices = stage.engine_arg[0] >> 8 & 0xFF;
    form.polarities = stage.engine_arg[0] >> 16 & 0xFF;
    const unsigned input_bits = stage.in[0].bits;
    const unsigned at_once = (stage.engine_arg[0] >> 24) != 0 ? 1 : 8;
    form.input_cycles = (input_bits + at_once - 1) / at_once;
    form.cycle_bits = input_bits - std::min(input_bits, at_once);
    const unsigned kernel = std::max(1u, unsigned{stage.kernel_h} * stage.kernel_w);
    const unsigned channels = stage.in[0].channels;
    const unsigned tile_channels =
        std::clamp(stage.engine_arg[1] / kernel, 1u, std::max(1u, channels));
    form.tiles = (channels + tile_channels - 1) / tile_channels;
    form.outputs = stage.channel_end - stage.channel_begin;
    form.adc_bits = stage.engine_arg[2] / 2.0;
    return form;
}

std::uint64_t ColumnForm::arrays(unsigned array_columns) const
{
    const std::uint64_t bitlines = std::uint64_t{outputs} * slices;
    return std::uint64_t{polarities} * tiles * ((bitlines + array_columns - 1) / array_columns);
}

DequantizeNeeds dequantize_needs(const ColumnForm& form, const imc_column_adc* adc,
                                 std::size_t count, const Config& config)
{
    const std::uint64_t columns =
        std::uint64_t{form.polarities} * form.slices * form.tiles * form.outputs;
    if (count != columns)
        throw InputError("crossbar: " + std::to_string(count) + " steps and centres for " +
                         std::to_string(columns) + " columns");
    DequantizeNeeds needs;
    needs.conversions = columns * form.input_cycles;
    const Constants constants(form, adc);
    add_words(form, constants, needs);
    add_references(form, constants, config, needs);
    return needs;
}

double dequantize_mm2(const DequantizeNeeds& needs, const ColumnForm& form, const Config& config,
                      const Technology& technology)
{
    const double word_bits = technology.get("dequantize.word_bits");
    const double stored_bits =
        static_cast<double>(needs.scale_words) * word_bits +
        static_cast<double>(needs.reference_words) * technology.get("dequantize.reference_bits");
    const double converters =
        static_cast<double>(form.arrays(config.columns)) * config.adcs_per_array;
    // Products are due at the converters' rate, divided by the codes that are added first.
    const double added =
        static_cast<double>(needs.conversions) / static_cast<double>(needs.multiplies);
    const double multipliers =
        std::ceil(converters / added * std::max(1.0, config.adc_gsps / config.clock_ghz));
    return stored_bits * technology.get("dequantize.word_bit_mm2") +
           multipliers * needs.operand_bits * word_bits *
               technology.get("dequantize.multiplier_bit_mm2") +
           converters * technology.get("dequantize.reference_mm2");
}

}  // namespace imc::crossbar
