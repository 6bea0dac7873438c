// SPDX-License-Identifier: Apache-2.0
#include "compiler/import/onnx_import.h"
#include "config/technology_keys.h"
#include "config/value.h"
#include "scenario_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace imc::app {

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kinds{"scenarios", "networks", "platforms", "technologies",
                                     "schemes",   "ops",      "keys"};

void declare(po::options_description& options, po::positional_options_description& positional)
{
    options.add_options()("kind", po::value<std::string>()->value_name("KIND"),
                          "scenarios, networks, platforms, technologies, schemes, ops (of ONNX) or "
                          "keys (of technology "
                          "files); all without it");
    positional.add("kind", 1);
}

std::vector<fs::path> files_of(const fs::path& folder, const std::string& extension)
{
    std::vector<fs::path> files;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(folder, code)) {
        if (entry.path().extension() == extension) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// The `description` of a YAML file, "" if it has none.
std::string description_of(const fs::path& file)
{
    config::Errors errors;
    const auto top = config::load_yaml(file, file.string(), errors);
    const auto* description = top.find("description");
    return description ? description->text : "";
}

/// Input, size, work and where the weights come from; what is wrong with a file that is no network.
std::string network_text(const fs::path& file)
{
    try {
        const compiler::Graph graph = compiler::import_onnx(file.string());
        const compiler::Shape& in = graph.shape(graph.input);
        return fmt::format("{} x {} x {}, {:.3g} M parameters, {:.1f} M MACs, {}", in.c, in.h, in.w,
                           static_cast<double>(compiler::params(graph)) / 1e6,
                           static_cast<double>(compiler::macs(graph)) / 1e6,
                           graph.synthetic() ? "topology (weights from a seed)" : "trained");
    } catch (const InputError& error) {
        return error.what();
    }
}

std::string files_text(const std::string& kind)
{
    const fs::path top = config::shipped_folder();
    const fs::path folder = kind == "scenarios" ? top : top / kind;
    std::string text;
    for (const auto& file : files_of(folder, kind == "networks" ? ".onnx" : ".yaml"))
        text += fmt::format("  {:<32} {}\n", file.filename().string(),
                            kind == "networks" ? network_text(file) : description_of(file));
    return text.empty() ? fmt::format("  none in {}\n", folder.string()) : text;
}

std::string schemes_text()
{
    return "  uniform    the same bits for every layer, a scale per output channel\n"
           "  per_layer  bits by layer (quantization.layers)\n"
           "  bwq        blocks of one operation unit, each with its own precision (BWQ, arXiv "
           "2310.12182)\n"
           "  column     scales per column and partial-sum converter (ColumnQuant)\n"
           "  hawq       mixed precision per layer with dyadic requantisation (HAWQ-V3)\n"
           "  codebook   codebooks and product tables (RAPIDNN)\n";
}

std::string text_of(const std::string& kind)
{
    if (kind == "schemes") return schemes_text();
    if (kind == "keys") return config::technology_reference();
    if (kind != "ops") return files_text(kind);
    std::string text;
    for (const auto& op : compiler::supported_operators())
        text += fmt::format("  {}\n", op);
    return text;
}

int list(const po::variables_map& arguments, Terminal& terminal)
{
    std::vector<std::string> wanted = kinds;
    if (arguments.count("kind")) {
        const std::string kind = arguments["kind"].as<std::string>();
        if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
            throw InputError(fmt::format("vp list: there is no kind '{}'; write {}", kind,
                                         config::alternatives(kinds)));
        wanted = {kind};
    }
    for (const auto& kind : wanted)
        terminal.print(fmt::format("{}\n{}", kind, text_of(kind)));
    return exit_ok;
}

}  // namespace

const Command list_command{"list", "[scenarios|networks|platforms|technologies|schemes|ops|keys]",
                           "what is there", declare, list};

}  // namespace imc::app
