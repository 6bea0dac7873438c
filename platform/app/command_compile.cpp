// SPDX-License-Identifier: Apache-2.0
#include "compiler/emit/emit.h"
#include "report/units.h"
#include "run/compile.h"
#include "scenario_arguments.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace imc::app {

namespace {

void declare_compile(po::options_description& options,
                     po::positional_options_description& positional)
{
    declare_scenario(options, positional);
    options.add_options()("output,o", po::value<std::string>()->value_name("P.imcprog"),
                          "the program image; default: <scenario>.imcprog")(
        "report", "print how layers lie on tiles and how deep every edge is buffered");
}

/// Beside first and renamed, so that no half-written program is left behind.
void write_whole(const std::string& path, const std::vector<std::uint8_t>& bytes)
{
    const std::string aside = path + ".part";
    std::ofstream out(aside, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out || std::rename(aside.c_str(), path.c_str()) != 0) {
        std::remove(aside.c_str());
        throw InputError(path + ": cannot be written; check the folder and the space on the disk");
    }
}

int compile(const po::variables_map& arguments, Terminal& terminal)
{
    const auto scenario = scenario_of(arguments);
    const std::string output =
        arguments.count("output")
            ? path_argument(arguments, "output", "name the file of the program image")
            : scenario.config.name + ".imcprog";
    const auto compiled =
        run::compile_located(scenario, [&](const std::string& what, auto done, auto total) {
            terminal.progress(what, done, total);
        });
    terminal.end_progress();
    write_whole(output, compiled.image);
    if (arguments.count("report"))
        terminal.print(compiler::mapping_report(compiled.net, compiled.mapping));
    if (compiled.net.weights_synthetic)
        terminal.warn(
            fmt::format("synthetic weights, drawn from seed {}", scenario.config.network.seed));
    terminal.say(fmt::format("{}: {} bytes, {} on {} of {}, {:.2f} s", output,
                             compiled.image.size(),
                             report::counted(compiled.mapping.stages.size(), "stage"),
                             report::counted(compiled.mapping.tiles_used, "tile"),
                             report::counted(compiled.mapping.chips, "chip"), compiled.seconds));
    return exit_ok;
}

void declare_disasm(po::options_description& options,
                    po::positional_options_description& positional)
{
    options.add_options()("program", po::value<std::string>()->required()->value_name("P.imcprog"),
                          "a program image");
    positional.add("program", 1);
}

int disasm(const po::variables_map& arguments, Terminal& terminal)
{
    const std::string path = arguments["program"].as<std::string>();
    std::ifstream in(path, std::ios::binary);
    if (!in || std::filesystem::is_directory(path))
        throw InputError(path + ": cannot be opened; give a file that `vp compile` wrote");
    const std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(in)),
                                          std::istreambuf_iterator<char>());
    try {
        terminal.print(compiler::disassemble(bytes.data(), bytes.size()));
    } catch (const InputError& e) {
        throw InputError(path + ": " + e.what() + "; compile it again with `vp compile`");
    }
    return exit_ok;
}

}  // namespace

const Command compile_command{
    "compile", "S.yaml [--set key.path=value]... [-o P.imcprog] [--report]",
    "the compiler alone: write the program image", declare_compile, compile};

const Command disasm_command{"disasm", "P.imcprog", "a program image as text", declare_disasm,
                             disasm};

}  // namespace imc::app
