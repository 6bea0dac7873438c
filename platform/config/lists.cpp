// SPDX-License-Identifier: Apache-2.0
#include "config/lists.h"

namespace imc::config {

namespace {

const std::vector<std::string> engine_words{"crossbar", "associative", "cam"};

void read_layer(LayerBits& layer, const Value& value, const std::string& key, Reader& reader)
{
    if (!value.is_map()) {
        reader.errors.add(value.place, key, fmt::format("is {}", value.kind_text()),
                          "write {weight_bits: 4, activation_bits: 4}");
        return;
    }
    report_unknown(value, key, {"weight_bits", "activation_bits"}, reader.errors);
    const auto bits = [&](const char* name, unsigned& out) {
        std::uint64_t number = 0;
        const Value* found = value.find(name);
        if (found && read_integer(*found, below(key, name), 1, 16, number, reader.errors))
            out = static_cast<unsigned>(number);
    };
    bits("weight_bits", layer.weight_bits);
    bits("activation_bits", layer.activation_bits);
}

std::string print_layers(const std::vector<LayerBits>& layers)
{
    std::string text;
    for (const auto& layer : layers) {
        std::string bits;
        if (layer.weight_bits) bits = fmt::format("weight_bits: {}", layer.weight_bits);
        if (layer.activation_bits)
            bits += fmt::format("{}activation_bits: {}", bits.empty() ? "" : ", ",
                                layer.activation_bits);
        text += fmt::format("{}{}: {{{}}}", text.empty() ? "" : ", ", yaml_text(layer.name), bits);
    }
    return text.empty() ? "" : "{" + text + "}";
}

void read_tile_group(const Value& item, const std::string& key, AcceleratorConfig& to,
                     Reader& reader)
{
    TileGroup group;
    std::size_t engine = 0;
    std::uint64_t count = 0;
    if (!item.is_map() || !item.find("engine") || !item.find("count")) {
        reader.errors.add(item.place, key, "is not a group of tiles",
                          "write {engine: crossbar, count: 168}");
        return;
    }
    report_unknown(item, key, {"engine", "count"}, reader.errors);
    if (!read_choice(*item.find("engine"), key + ".engine", engine_words, engine, reader.errors))
        return;
    if (!read_integer(*item.find("count"), key + ".count", 1, 60000, count, reader.errors)) return;
    group.engine = static_cast<imc_engine>(engine);
    group.count = static_cast<unsigned>(count);
    to.tiles.push_back(group);
}

void read_tiles(AcceleratorConfig& to, const Value& value, const std::string& key, Reader& reader)
{
    std::vector<TileGroup> before;
    before.swap(to.tiles);
    std::uint64_t count = 0;
    if (value.is_list()) {
        for (std::size_t i = 0; i < value.items.size(); ++i)
            read_tile_group(value.items[i], fmt::format("{}[{}]", key, i), to, reader);
        if (value.items.empty())
            reader.errors.add(value.place, key, "is empty",
                              "write [{engine: crossbar, count: 168}]");
    } else if (read_integer(value, key, 1, 60000, count, reader.errors)) {
        to.tiles = {TileGroup{IMC_ENGINE_CROSSBAR, static_cast<unsigned>(count)}};
    }
    if (to.tiles.empty()) to.tiles.swap(before);
}

}  // namespace

void read_count_map(CountMap& to, const Value& value, const std::string& key, unsigned min,
                    unsigned max, Reader& reader)
{
    if (!value.is_map()) {
        reader.errors.add(value.place, key, fmt::format("is {}", value.kind_text()),
                          "write {name: number}");
        return;
    }
    for (const auto& entry : value.entries) {
        std::uint64_t number = 0;
        if (read_integer(entry.value, below(key, entry.key), min, max, number, reader.errors))
            to[entry.key] = static_cast<unsigned>(number);
    }
}

std::string print_count_map(const CountMap& from)
{
    std::string text;
    for (const auto& [name, number] : from)
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", yaml_text(name), number);
    return text.empty() ? "" : "{" + text + "}";
}

void add_layer_bits(Table<QuantizationConfig>& table, const char* name,
                    std::vector<LayerBits> QuantizationConfig::*member)
{
    table.add(
        name, "map of layer: {weight_bits, activation_bits}", "", "bits of single layers",
        [=](QuantizationConfig& to, const Value& value, const std::string& key, Reader& reader) {
            if (!value.is_map()) {
                reader.errors.add(value.place, key, fmt::format("is {}", value.kind_text()),
                                  "write {layer: {weight_bits: 4, activation_bits: 4}}");
                return;
            }
            for (const auto& entry : value.entries) {
                LayerBits layer;
                layer.name = entry.key;
                read_layer(layer, entry.value, below(key, entry.key), reader);
                (to.*member).push_back(layer);
            }
        },
        [=](const QuantizationConfig& from) { return print_layers(from.*member); });
}

void add_replicate(Table<MappingConfig>& table)
{
    table.add(
        "replicate", "none | balance | map of layer: copies", "",
        "copies of a layer's arrays that share its output rows",
        [](MappingConfig& to, const Value& value, const std::string& key, Reader& reader) {
            std::size_t word = 0;
            if (value.is_map()) {
                to.replicate = Replicate::list;
                read_count_map(to.copies, value, key, 1, 4096, reader);
            } else if (read_choice(value, key, {"none", "balance"}, word, reader.errors)) {
                to.replicate = static_cast<Replicate>(word);
            }
        },
        [](const MappingConfig& from) {
            if (from.replicate == Replicate::list) return print_count_map(from.copies);
            return std::string(from.replicate == Replicate::balance ? "balance" : "none");
        });
}

void add_chips(Table<MappingConfig>& table)
{
    table.add(
        "chips", "auto | whole number 1..4096", "chips", "chips the network is spread over",
        [](MappingConfig& to, const Value& value, const std::string& key, Reader& reader) {
            std::uint64_t number = 0;
            if (value.is_scalar() && value.text == "auto")
                to.chips = 0;
            else if (read_integer(value, key, 1, 4096, number, reader.errors))
                to.chips = static_cast<unsigned>(number);
        },
        [](const MappingConfig& from) {
            return from.chips == 0 ? std::string("auto") : std::to_string(from.chips);
        });
}

void add_tiles(Table<AcceleratorConfig>& table)
{
    table.add("tiles", "number, or list of {engine, count}", "tiles", "tiles of a chip, by engine",
              read_tiles, [](const AcceleratorConfig& from) {
                  std::string text;
                  for (const auto& group : from.tiles)
                      text += fmt::format("{}{{engine: {}, count: {}}}", text.empty() ? "" : ", ",
                                          engine_words[group.engine], group.count);
                  return "[" + text + "]";
              });
}

}  // namespace imc::config
