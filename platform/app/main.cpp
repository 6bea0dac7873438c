// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "reports.h"

#include <cstdlib>
#include <systemc>

int sc_main(int argc, char** argv)
{
    return imc::app::dispatch(argc, argv);
}

/// Instead of the `main` in the SystemC library: its banner has no place among the output of a
/// tool.
int main(int argc, char** argv)
{
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    imc::app::install_report_handler();
    return sc_core::sc_elab_and_sim(argc, argv);
}
