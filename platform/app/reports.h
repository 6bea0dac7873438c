// SPDX-License-Identifier: Apache-2.0
/// Reports of the models and of the host on stderr: which of them, by `--log pattern=level`.
#pragma once

#include "command.h"

#include <string>
#include <vector>

namespace imc::app {

/// `--log`, for commands that simulate.
void declare_log(po::options_description& options);

/// Takes the place of SystemC's own handler. Errors of the simulation kernel go the usual way (an
/// exception); all else is shown as far as show_reports() asks.
void install_report_handler();

/// Each rule is `pattern=level`: a pattern of report ids with * and ?, and off, warning, info or
/// debug; the last rule that fits an id decides. --verbose is `*=info` before them; without either
/// nothing is shown. Throws InputError for a rule that is none or whose pattern fits no id.
void show_reports(const std::vector<std::string>& rules, bool verbose);

}  // namespace imc::app
