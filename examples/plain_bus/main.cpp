// SPDX-License-Identifier: Apache-2.0
/// An accelerator, a memory and a driver on a plain bus. Usage: plain_bus PROGRAM.imcprog
/// PROGRAM comes from `vp compile`; the image is a ramp of codes.
#include "platform.h"

int sc_main(int argc, char** argv)
{
    return plain_bus::run(argc, argv, imc::accelerator::standard_tiles());
}
