// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"
#include "compiler/quantize/bwq.h"
#include "compiler/quantize/weights.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// Reads ROWS lines of COLUMNS digits 0..8.
std::shared_ptr<QBlockBits> read_map(std::istream& in, const std::string& path,
                                     unsigned& line_number, unsigned rows, unsigned columns)
{
    auto map = std::make_shared<QBlockBits>();
    map->rows = rows;
    map->columns = columns;
    for (unsigned v = 0; v < rows; ++v) {
        std::string line;
        ++line_number;
        if (!std::getline(in, line))
            throw InputError(
                fmt::format("{}:{}: file ends inside a block map; {} rows are expected", path,
                            line_number, rows));
        if (line.size() != columns ||
            !std::all_of(line.begin(), line.end(), [](char c) { return c >= '0' && c <= '8'; }))
            throw InputError(fmt::format("{}:{}: a row of {} digits 0 to 8 is expected", path,
                                         line_number, columns));
        for (const char c : line)
            map->bits.push_back(static_cast<std::uint8_t>(c - '0'));
    }
    return map;
}

/// The map of a layer of zeros and ones, which the compiler makes of a slice or pad (the shortcut
/// of ResNet-20) and training does not know: a plane where a block holds a one. None for others.
std::shared_ptr<QBlockBits> selection_map(const BwqLayer& layer, const QuantOptions& options)
{
    if (layer.weights == nullptr || !std::all_of(layer.weights->begin(), layer.weights->end(),
                                                 [](float w) { return w == 0.0f || w == 1.0f; }))
        return nullptr;
    return measure_blocks({layer.weights->begin(), layer.weights->end()}, layer.out,
                          options.ou_rows, options.ou_columns);
}

}  // namespace

std::vector<std::shared_ptr<QBlockBits>> read_bit_maps(const std::string& path,
                                                       const std::vector<BwqLayer>& layers,
                                                       const QuantOptions& options)
{
    std::ifstream in(path);
    if (!in) throw InputError(fmt::format("bit map '{}' cannot be opened", path));
    std::vector<std::shared_ptr<QBlockBits>> maps(layers.size());
    std::string line;
    for (unsigned number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words(line);
        std::string keyword, name;
        unsigned rows = 0, columns = 0;
        if (!(words >> keyword >> name >> rows >> columns) || keyword != "layer")
            throw InputError(
                fmt::format("{}:{}: 'layer NAME ROWS COLUMNS' is expected", path, number));
        const auto found = std::find_if(layers.begin(), layers.end(),
                                        [&](const BwqLayer& l) { return l.name == name; });
        if (found == layers.end())
            throw InputError(
                fmt::format("{}:{}: the network has no layer '{}'", path, number, name));
        const unsigned v = (found->k + options.ou_rows - 1) / options.ou_rows,
                       h = (found->out + options.ou_columns - 1) / options.ou_columns;
        if (rows != v || columns != h)
            throw InputError(fmt::format(
                "{}:{}: layer '{}' has {} x {} blocks of {} x {}, not {} x {}", path, number, name,
                v, h, options.ou_rows, options.ou_columns, rows, columns));
        auto map = read_map(in, path, number, rows, columns);
        map->ou_rows = options.ou_rows;
        map->ou_columns = options.ou_columns;
        maps[found - layers.begin()] = map;
    }
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (!maps[i]) maps[i] = selection_map(layers[i], options);
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (!maps[i])
            throw InputError(fmt::format("{}: no block map for layer '{}'", path, layers[i].name));
    return maps;
}

}  // namespace imc::compiler
