// SPDX-License-Identifier: Apache-2.0
/// main of every test executable. SystemC brings `main`, so this is sc_main; warnings of the kernel
/// are failures.
#include <gtest/gtest.h>

#include <systemc>

int sc_main(int argc, char* argv[])
{
    sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING,
                                            sc_core::SC_DISPLAY | sc_core::SC_THROW);
    sc_core::sc_report_handler::set_actions("/IEEE_Std_1666/deprecated", sc_core::SC_DO_NOTHING);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
