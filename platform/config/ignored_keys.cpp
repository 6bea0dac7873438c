// SPDX-License-Identifier: Apache-2.0
/// Keys whose value nothing reads under the scenario's other keys: refused rather than ignored.
#include "config/ignored_keys.h"

#include <algorithm>
#include <string>

namespace imc::config {

namespace {

class IgnoredKeys {
public:
    IgnoredKeys(const RunConfig& config, Reader& reader) : m_config(config), m_reader(reader) {}

    void check()
    {
        check_layers();
        check_bits();
        check_columns();
        check_codebooks();
        check_crossbar();
    }

private:
    void refuse(bool wrong, const std::string& key, const std::string& what,
                const std::string& remedy)
    {
        if (wrong && !m_reader.errors.has(key))
            m_reader.errors.add(m_reader.place(key), key, what, remedy);
    }

    void check_layers()
    {
        const auto& q = m_config.quantization;
        for (const auto& layer : q.layers) {
            const std::string key = "quantization.layers." + layer.name;
            refuse(layer.weight_bits != 0 && q.scheme == Scheme::bwq, key + ".weight_bits",
                   "is not read under scheme bwq, which finds the bits of every block",
                   "leave it out, or give a bit_map");
            refuse(layer.weight_bits != 0 && q.scheme == Scheme::column, key + ".weight_bits",
                   "is not read under scheme column",
                   "write quantization.weight_bits or column.other_weight_bits");
            refuse(q.scheme == Scheme::codebook, key, "is not read under scheme codebook",
                   "write quantization.codebook, or leave it out");
        }
    }

    /// Weights are signed and have 2 to 16 bits (docs/numbers.md); bwq counts planes of magnitudes.
    void check_bits()
    {
        const auto& q = m_config.quantization;
        const char* what = "1 bit leaves no magnitude beside the sign";
        const char* remedy = "write 2 to 16; binary weights are not offered";
        const auto& tiles = m_config.platform.tiles;
        const bool associative =
            !tiles.empty() && std::all_of(tiles.begin(), tiles.end(), [](const TileGroup& group) {
                return group.engine == IMC_ENGINE_ASSOCIATIVE;
            });
        if (associative) return;  // 1 bit is -1, 0 and 1 there
        const bool is_signed = q.scheme == Scheme::uniform || q.scheme == Scheme::per_layer ||
                               q.scheme == Scheme::hawq;
        refuse(is_signed && q.weight_bits < 2, "quantization.weight_bits", what, remedy);
        refuse(is_signed && q.input_layer_bits < 2, "quantization.input_layer_bits",
               std::string("is of the first layer's weights too: ") + what, remedy);
        for (const auto& layer : q.layers)
            refuse(is_signed && layer.weight_bits == 1,
                   "quantization.layers." + layer.name + ".weight_bits", what, remedy);
    }

    template <typename T>
    void owned(bool by_others, const std::string& key, const T& value, const T& usual,
               const std::string& owner)
    {
        refuse(by_others && value != usual, key, "belongs to scheme " + owner,
               "set scheme: " + owner + ", or leave it out");
    }

    void check_columns()
    {
        const auto& q = m_config.quantization;
        const bool other = q.scheme != Scheme::column;
        const compiler::ColumnOptions& c = q.column;
        const compiler::ColumnOptions usual;
        const auto key = [](const char* name) {
            return std::string("quantization.column.") + name;
        };
        owned(other, key("cell_bits"), c.cell_bits, usual.cell_bits, "column");
        owned(other, key("adc_bits"), c.adc_bits, usual.adc_bits, "column");
        owned(other, key("array_rows"), c.array_rows, usual.array_rows, "column");
        owned(other, key("weights"), c.weights, usual.weights, "column");
        owned(other, key("partial_sums"), c.partial_sums, usual.partial_sums, "column");
        owned(other, key("split_polarity"), c.split_polarity, usual.split_polarity, "column");
        owned(other, key("bit_serial_inputs"), c.bit_serial_inputs, usual.bit_serial_inputs,
              "column");
        owned(other, key("other_weight_bits"), c.other_weight_bits, usual.other_weight_bits,
              "column");
        owned(other, key("samples"), c.samples, usual.samples, "column");
    }

    void check_codebooks()
    {
        const auto& q = m_config.quantization;
        const bool other = q.scheme != Scheme::codebook;
        const compiler::CodebookScheme& c = q.codebook;
        const compiler::CodebookScheme usual;
        const auto key = [](const char* name) {
            return std::string("quantization.codebook.") + name;
        };
        owned(other, key("weight_codes"), c.weight_codes, usual.weight_codes, "codebook");
        owned(other, key("input_codes"), c.input_codes, usual.input_codes, "codebook");
        owned(other, key("product_bits"), c.product_bits, usual.product_bits, "codebook");
        owned(other, key("per_channel"), c.per_channel, usual.per_channel, "codebook");
        owned(other, key("tree"), c.tree, usual.tree, "codebook");
        owned(other, key("activation_rows"), c.activation_rows, usual.activation_rows, "codebook");
        owned(other, key("quality_loss"), c.quality_loss, usual.quality_loss, "codebook");
    }

    void check_crossbar()
    {
        const auto& x = m_config.platform.crossbar;
        const bool packs =
            x.skipping == crossbar::Skipping::sre || x.skipping == crossbar::Skipping::sme;
        refuse(x.gate_zero_inputs && packs, "platform.crossbar.gate_zero_inputs",
               "is not read with skipping sre and sme, whose rows are chosen for each read",
               "leave it out, or set skipping: none or bwq");
    }

    const RunConfig& m_config;
    Reader& m_reader;
};

}  // namespace

void check_ignored_keys(const RunConfig& config, Reader& reader)
{
    IgnoredKeys(config, reader).check();
}

}  // namespace imc::config
