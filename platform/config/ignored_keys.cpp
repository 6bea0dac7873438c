// SPDX-License-Identifier: Apache-2.0
/// Single keys whose value nothing reads under the scenario's other keys: refused rather than
/// ignored.
#include "config/ignored_keys.h"

#include "config/engines.h"

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
        if (is_only(m_config.platform, IMC_ENGINE_ASSOCIATIVE)) return;  // 1 bit is -1, 0 and 1
        const bool is_signed = q.scheme == Scheme::uniform || q.scheme == Scheme::per_layer ||
                               q.scheme == Scheme::hawq;
        refuse(is_signed && q.weight_bits < 2, "quantization.weight_bits", what, remedy);
        refuse(is_signed && q.input_layer_bits < 2, "quantization.input_layer_bits",
               std::string("is of the first layer's weights too: ") + what, remedy);
        for (const auto& layer : q.layers)
            refuse(is_signed && layer.weight_bits == 1,
                   "quantization.layers." + layer.name + ".weight_bits", what, remedy);
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
