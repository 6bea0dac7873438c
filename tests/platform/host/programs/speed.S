# SPDX-License-Identifier: Apache-2.0
# A checksum over 16 MiB of RAM, as firmware does it: 1 load in 6 instructions.
#include "program.inc"
    start
    li s0, 0x81000000
    li s1, 0x82000000
    li a0, 1
    li a1, 0
1:  ld t0, 0(s0)
    add a0, a0, t0
    add a1, a1, a0
    xori a1, a1, 0x55
    addi s0, s0, 8
    bltu s0, s1, 1b
    result 0, a1
    pass
trap:
    j trap
