// SPDX-License-Identifier: Apache-2.0
/// Keys whose values are lists or maps, for the tables.
#pragma once

#include "config/run_config.h"

namespace imc::config {

/// A list of `length` numbers (0: any length) within [min, max].
template <typename T, typename Number>
Table<T>& add_number_list(Table<T>& table, const char* name, std::vector<Number> T::*member,
                          std::size_t length, double min, double max, const char* help)
{
    const std::string type =
        length == 0 ? std::string("list of numbers") : fmt::format("list of {} numbers", length);
    const auto read = [=](T& to, const Value& value, const std::string& key, Reader& reader) {
        if (!value.is_list() || (length != 0 && value.items.size() != length)) {
            reader.errors.add(value.place, key,
                              value.is_list() ? fmt::format("has {} numbers", value.items.size())
                                              : fmt::format("is {}", value.kind_text()),
                              "write a " + type + ", such as [9, 8]");
            return;
        }
        std::vector<Number> numbers;
        for (const auto& item : value.items) {
            if constexpr (std::is_integral_v<Number>) {
                std::uint64_t number = 0;
                if (read_integer(item, key, static_cast<std::uint64_t>(min),
                                 static_cast<std::uint64_t>(max), number, reader.errors))
                    numbers.push_back(static_cast<Number>(number));
            } else {
                double number = 0;
                if (read_number(item, key, min, max, number, reader.errors))
                    numbers.push_back(number);
            }
        }
        if (numbers.size() == value.items.size()) to.*member = numbers;
    };
    const auto print = [=](const T& from) {
        return (from.*member).empty() ? std::string()
                                      : fmt::format("[{}]", fmt::join(from.*member, ", "));
    };
    return table.add(name, type, "", help, read, print);
}

using CountMap = std::map<std::string, unsigned>;

/// Reads a map from a name to a whole number.
void read_count_map(CountMap& to, const Value& value, const std::string& key, unsigned min,
                    unsigned max, Reader& reader);
std::string print_count_map(const CountMap& from);

template <typename T>
Table<T>& add_count_map(Table<T>& table, const char* name, CountMap T::*member, unsigned min,
                        unsigned max, const char* unit, const char* help)
{
    return table.add(
        name, fmt::format("map of name: {}..{}", min, max), unit, help,
        [=](T& to, const Value& value, const std::string& key, Reader& reader) {
            read_count_map(to.*member, value, key, min, max, reader);
        },
        [=](const T& from) { return print_count_map(from.*member); });
}

/// `quantization.layers`: {name: {weight_bits, activation_bits}}.
void add_layer_bits(Table<QuantizationConfig>& table, const char* name,
                    std::vector<LayerBits> QuantizationConfig::*);
/// `mapping.replicate`: none, balance or a map of layer: copies.
void add_replicate(Table<MappingConfig>& table);
/// `mapping.chips`: auto or a number.
void add_chips(Table<MappingConfig>& table);
/// `mapping.engines`: {conv: crossbar, default: associative}.
void add_engine_rules(Table<MappingConfig>& table);
/// `run.precision`: uniform bits or names of HAWQ-V3 configurations.
void add_precision(Table<RunSection>& table);
/// `platform.tiles`: a number of crossbar tiles, or a list of {engine, count}.
void add_tiles(Table<AcceleratorConfig>& table);

}  // namespace imc::config
