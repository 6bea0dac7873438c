// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_file.h"

#include "common/error.h"
#include "compiler/quantize/parameter_file.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

using nlohmann::json;

Codebook codebook(const json& list, const std::string& where)
{
    if (!list.is_array() || list.size() < 2 || list.size() > 64)
        throw InputError(fmt::format("{}: a codebook is a list of 2 to 64 numbers", where));
    Codebook book;
    for (const json& entry : list) {
        const double x = entry.is_number() ? entry.get<double>() : std::nan("");
        if (!std::isfinite(x))
            throw InputError(fmt::format("{}: a finite number is expected", where));
        if (!book.centroid.empty() && x <= book.centroid.back())
            throw InputError(fmt::format("{}: centroids do not ascend", where));
        book.centroid.push_back(x);
    }
    return book;
}

CodebookFile read(const json& document)
{
    if (document.value("format", "") != "imcvp-codebooks" || document.value("version", 0) != 1)
        throw InputError("not a file of codebooks, version 1");
    CodebookFile file;
    for (const json& entry : document.at("tensors")) {
        const auto name = entry.at("name").get<std::string>();
        const std::string where = fmt::format("tensor '{}'", name);
        if (!file.tensors.emplace(name, codebook(entry.at("centroids"), where)).second)
            throw InputError(where + " stands there twice");
    }
    for (const json& entry : document.at("layers")) {
        const auto name = entry.at("name").get<std::string>();
        const std::string where = fmt::format("layer '{}'", name);
        const json& lists = entry.at("centroids");
        if (!lists.is_array() || lists.empty())
            throw InputError(where + ": a list of codebooks is expected, one or one an output");
        std::vector<Codebook> books;
        for (const json& list : lists)
            books.push_back(codebook(list, where));
        if (!file.layers.emplace(name, std::move(books)).second)
            throw InputError(where + " stands there twice");
    }
    return file;
}

}  // namespace

unsigned CodebookFile::weight_codes() const
{
    std::size_t most = 2;
    for (const auto& [name, books] : layers)
        for (const Codebook& book : books)
            most = std::max(most, book.size());
    return static_cast<unsigned>(most);
}

unsigned CodebookFile::input_codes() const
{
    std::size_t most = 2;
    for (const auto& [name, book] : tensors)
        most = std::max(most, book.size());
    return static_cast<unsigned>(most);
}

CodebookFile read_codebook_file(const std::string& path)
{
    return read_parameter_file(path, read);
}

}  // namespace imc::compiler
