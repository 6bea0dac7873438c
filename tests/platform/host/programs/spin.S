# SPDX-License-Identifier: Apache-2.0
# Firmware that hangs: it never looks at the accelerator and never sleeps.
#include "program.inc"
    start
    .globl spin
    .type spin, @function
spin:
    addi t1, t1, 1
    j spin
    .size spin, . - spin
trap:
    j trap
