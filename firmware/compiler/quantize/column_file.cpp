// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/column_file.h"

#include "common/error.h"
#include "compiler/quantize/parameter_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

using nlohmann::json;

/// Numbers of nested lists in order; every list of a level must have the length `sizes` says.
void flatten(const json& list, const std::vector<std::size_t>& sizes, std::size_t level,
             const std::string& what, std::vector<double>& numbers)
{
    if (level == sizes.size()) {
        const double x = list.is_number() ? list.get<double>() : std::nan("");
        if (!std::isfinite(x))
            throw InputError(fmt::format("{}: a finite number is expected", what));
        numbers.push_back(x);
        return;
    }
    if (!list.is_array() || list.size() != sizes[level])
        throw InputError(
            fmt::format("{}: lists of {} numbers are expected", what, fmt::join(sizes, " x ")));
    for (const json& entry : list)
        flatten(entry, sizes, level + 1, what, numbers);
}

std::vector<double> numbers(const json& entry, const char* key,
                            const std::vector<std::size_t>& sizes, const std::string& where)
{
    std::vector<double> found;
    flatten(entry.at(key), sizes, 0, fmt::format("{}: {}", where, key), found);
    return found;
}

Granularity granularity(const json& document, const char* key)
{
    const auto name = document.at(key).get<std::string>();
    if (name == "layer") return Granularity::layer;
    if (name == "array") return Granularity::array;
    if (name == "column") return Granularity::column;
    throw InputError(fmt::format("{} is '{}'; layer, array or column is expected", key, name));
}

unsigned whole(const json& entry, const char* key, unsigned low, unsigned high)
{
    const json& value = entry.at(key);
    const double x = value.is_number() ? value.get<double>() : -1.0;
    if (!(x >= low && x <= high) || x != std::floor(x))
        throw InputError(fmt::format("{}: a whole number {} to {} is expected", key, low, high));
    return static_cast<unsigned>(x);
}

double adc_bits(const json& document)
{
    const double bits = document.at("adc_bits").get<double>();
    const std::array<double, 9> known{1, 1.5, 2, 3, 4, 5, 6, 7, 8};
    if (std::find(known.begin(), known.end(), bits) == known.end())
        throw InputError("adc_bits: 1, 1.5 or 2 to 8 is expected");
    return bits;
}

TrainedTensor tensor(const json& entry)
{
    TrainedTensor t;
    t.name = entry.at("name").get<std::string>();
    t.bits = whole(entry, "bits", 1, 16);
    t.is_signed = entry.at("signed").get<bool>();
    t.scale = numbers(entry, "scale", {}, fmt::format("tensor '{}'", t.name))[0];
    if (!(t.scale > 0.0))
        throw InputError(fmt::format("tensor '{}': scale must be positive", t.name));
    return t;
}

TrainedColumns columns(const json& entry, const ColumnFile& file)
{
    TrainedColumns layer;
    layer.name = entry.at("name").get<std::string>();
    const std::string where = fmt::format("layer '{}'", layer.name);
    layer.tiles = whole(entry, "tiles", 1, 1u << 20);
    layer.outputs = whole(entry, "outputs", 1, 1u << 20);
    const std::size_t tiles = layer.tiles, outputs = layer.outputs;
    const std::vector<std::size_t> all{file.column.split_polarity ? 2u : 1u,
                                       file.weight_bits / file.column.cell_bits, tiles, outputs};
    layer.weight_scale = numbers(entry, "weight_scale", {tiles, outputs}, where);
    for (const double s : layer.weight_scale)
        if (s == 0.0) throw InputError(fmt::format("{}: a weight_scale is zero", where));
    layer.step = numbers(entry, "step", all, where);
    for (double& s : layer.step) {
        s = static_cast<float>(s);
        if (!(s > 0.0)) throw InputError(fmt::format("{}: a step is not positive", where));
    }
    for (const double c : numbers(entry, "centre", all, where)) {
        if (std::abs(c) > std::numeric_limits<std::int32_t>::max() / 2 || c != std::floor(c))
            throw InputError(fmt::format("{}: centre holds whole numbers", where));
        layer.centre.push_back(static_cast<std::int32_t>(c));
    }
    return layer;
}

ColumnFile read(const json& document)
{
    if (document.value("format", "") != "imcvp-column-parameters" ||
        document.value("version", 0) != 1)
        throw InputError("not a file of ColumnQuant parameters, version 1");
    ColumnFile file;
    file.weight_bits = whole(document, "weight_bits", 1, 16);
    file.activation_bits = whole(document, "activation_bits", 1, 16);
    file.column.cell_bits = whole(document, "cell_bits", 1, 16);
    file.column.array_rows = whole(document, "array_rows", 1, 1u << 16);
    file.column.adc_bits = adc_bits(document);
    file.column.split_polarity = document.at("split_polarity").get<bool>();
    file.column.weights = granularity(document, "weights");
    file.column.partial_sums = granularity(document, "partial_sums");
    if (file.weight_bits % file.column.cell_bits != 0)
        throw InputError("weight_bits are no whole number of cells");
    for (const json& entry : document.at("tensors"))
        file.tensors.push_back(tensor(entry));
    for (const json& entry : document.at("layers"))
        file.layers.push_back(columns(entry, file));
    return file;
}

}  // namespace

const TrainedColumns* ColumnFile::layer(const std::string& name) const
{
    const auto found = std::find_if(layers.begin(), layers.end(),
                                    [&](const TrainedColumns& l) { return l.name == name; });
    return found == layers.end() ? nullptr : &*found;
}

ColumnFile read_column_file(const std::string& path)
{
    return read_parameter_file(path, read);
}

}  // namespace imc::compiler
