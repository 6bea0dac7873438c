// SPDX-License-Identifier: Apache-2.0
/// Ids under which models and platform report through SystemC, and reports at debug level, which
/// cost nothing until somebody raises the verbosity.
#pragma once

#include <string>
#include <systemc>

namespace imc::report_id {

/// Errors that a guest or host made: severity INFO, medium verbosity.
constexpr const char* accelerator_error = "/imcvp/accelerator/error";
constexpr const char* tile_config = "/imcvp/tile/config";
constexpr const char* tile_load = "/imcvp/tile/load";
constexpr const char* tile_run = "/imcvp/tile/run";
/// What goes on: severity INFO, verbosity SC_DEBUG.
constexpr const char* accelerator_command = "/imcvp/accelerator/command";
constexpr const char* tile_image = "/imcvp/tile/image";
constexpr const char* host_access = "/imcvp/host/access";
constexpr const char* host_interrupt = "/imcvp/host/interrupt";

/// All of them, sorted.
constexpr const char* all[] = {accelerator_command, accelerator_error, host_access, host_interrupt,
                               tile_config,         tile_image,        tile_load,   tile_run};

}  // namespace imc::report_id

namespace imc {

/// Reports the text that `make_text` returns, if anybody listens to debug reports.
template <typename MakeText>
void report_debug(const char* id, MakeText&& make_text)
{
    if (sc_core::sc_report_handler::get_verbosity_level() < sc_core::SC_DEBUG) return;
    const std::string text = make_text();
    SC_REPORT_INFO_VERB(id, text.c_str(), sc_core::SC_DEBUG);
}

}  // namespace imc
