// SPDX-License-Identifier: Apache-2.0
/// The keys of associative-processor tiles, and the rules that give layers to engines.
#include "config/lists.h"
#include "config/run_config.h"

#include <regex>

namespace imc::config {

Table<associative::Config> associative_table()
{
    using A = associative::Config;
    Table<A> table(
        "associative processors (BF-IMNA; labels of the defaults: "
        "docs/models/associative.md)");
    table
        .integer("arrays_per_cluster", &A::arrays_per_cluster, 1, 65536, "arrays",
                 "compute APs of a tile")
        .integer("rows", &A::rows, 64, 32768, "rows", "of an array")
        .integer("columns", &A::columns, 8, 4096, "columns", "of an array")
        .integer("map_bytes", &A::map_bytes, 1024, 1ull << 34, "byte", "memory AP of a tile")
        .integer("link_bits", &A::link_bits, 1, 65536, "bit", "a memory AP sends a cycle")
        .choice("resources", &A::resources, {"limited", "unlimited"},
                "layers folded in time, or as many arrays as a layer has dot products")
        .choice("load", &A::load, {"ideal", "network"},
                "operands come a bit column a cycle, or as fast as the links bring them")
        .choice("weights", &A::weights, {"map_resident", "dram"},
                "where weights wait between layers: in the memory APs, or in main memory, from "
                "which DMA "
                "brings them before each use")
        .choice("reduction", &A::reduction,
                {"carry_save_tree", "ripple_tree", "serial_carry_save", "row_io"},
                "how the rows of a dot product are added up")
        .choice("path", &A::path, {"fast", "pass_exact"},
                "words and tables, or every pass on bit columns; the same results and counts")
        .boolean("preset_cycle", &A::preset_cycle,
                 "charge zeroing of product columns, a cycle a step")
        .integer("multiplier_bits", &A::multiplier_bits, 1, 31, "bit",
                 "significant bits of requantisation multipliers, rounded by the compiler")
        .integer("batch", &A::batch, 1, 4096, "images", "whose outputs share the arrays")
        .number("compare_ns", &A::compare_ns, 0.001, 1e6, "ns", "a compare or read at 1 V")
        .number("write_ns", &A::write_ns, 0.001, 1e6, "ns", "a write at 1 V")
        .number("vdd", &A::vdd, 0.4, 1.2, "V", "supply: energies ~ V^2, times by the alpha law")
        .number("endurance", &A::endurance, 1, 1e20, "writes", "a cell survives");
    return table;
}

void add_engine_rules(Table<MappingConfig>& table)
{
    static const std::vector<std::string> words{"crossbar", "associative", "cam"};
    table.add(
        "engines", "map of layer | operation | requantize | default: engine", "",
        "which engine runs what, e.g. {conv: crossbar, default: associative}",
        [](MappingConfig& to, const Value& value, const std::string& key, Reader& reader) {
            if (!value.is_map()) {
                reader.errors.add(value.place, key, fmt::format("is {}", value.kind_text()),
                                  "write {conv: crossbar, default: associative}");
                return;
            }
            for (const auto& entry : value.entries) {
                std::size_t engine = 0;
                if (read_choice(entry.value, below(key, entry.key), words, engine, reader.errors))
                    to.engines[entry.key] = static_cast<imc_engine>(engine);
            }
        },
        [](const MappingConfig& from) {
            std::string text;
            for (const auto& [name, engine] : from.engines)
                text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", yaml_text(name),
                                    words[engine]);
            return text.empty() ? "" : "{" + text + "}";
        });
}

std::optional<UniformPrecision> uniform_precision(const std::string& name)
{
    static const std::regex form("w([1-9]|1[0-6])a([1-9]|1[0-6])");
    std::smatch bits;
    if (!std::regex_match(name, bits, form)) return std::nullopt;
    return UniformPrecision{static_cast<unsigned>(std::stoul(bits[1])),
                            static_cast<unsigned>(std::stoul(bits[2]))};
}

void add_precision(Table<RunSection>& table)
{
    table.add(
        "precision", "list of wNaM | HAWQ-V3 configurations", "",
        "which images take in turn on one loaded program (associative processors): w8a4 = weights "
        "of 8 bits, activations of 4 (scheme uniform); int8, latency_0.5, ... of ResNet-18 (scheme "
        "hawq)",
        [](RunSection& to, const Value& value, const std::string& key, Reader& reader) {
            if (value.items.empty()) {
                reader.errors.add(value.place, key, fmt::format("is {}", value.kind_text()),
                                  "write a list such as [w8a8, w4a4] or [int8, latency_0.5, int4]");
                return;
            }
            to.precision.clear();
            for (const auto& item : value.items) {
                std::string name;
                if (read_text(item, key, name, reader.errors)) to.precision.push_back(name);
            }
        },
        [](const RunSection& from) {
            return from.precision.empty() ? std::string()
                                          : fmt::format("[{}]", fmt::join(from.precision, ", "));
        });
}

}  // namespace imc::config
