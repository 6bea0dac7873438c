// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <cstdio>
#include <cstdlib>
#include <systemc>

int sc_main(int argc, char** argv)
{
    return imc::app::dispatch(argc, argv);
}

namespace {

/// Models report what guests do wrong with severity INFO or WARNING: shown with --verbose, on
/// stderr. Errors of the kernel itself go the usual way (an exception).
void show_report(const sc_core::sc_report& report, const sc_core::sc_actions& actions)
{
    if (report.get_severity() > sc_core::SC_WARNING)
        return sc_core::sc_report_handler::default_handler(report, actions);
    if (imc::app::verbose_reports())
        std::fprintf(stderr, "%s: %s\n", report.get_msg_type(), report.get_msg());
}

}  // namespace

/// Instead of the `main` in the SystemC library: its banner has no place among the output of a
/// tool.
int main(int argc, char** argv)
{
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    sc_core::sc_report_handler::set_handler(show_report);
    return sc_core::sc_elab_and_sim(argc, argv);
}
