# SPDX-License-Identifier: Apache-2.0
# A tight loop under a timer that fires every microsecond, 500 times; then `disable; check; wfi; enable`, 100 times.
#include "program.inc"
    .equ period, 10             # ticks of 100 ns
    start
    li s0, clint_mtimecmp
    li s1, 0                    # interrupts taken
    li s2, 500
    li s10, clint_mtime
    ld s3, 0(s10)
    addi s3, s3, period
    sd s3, 0(s0)
    li t0, 0x80
    csrw mie, t0
    csrsi mstatus, 8
1:  addi s4, s4, 1              # the loop and a shadow of it must agree
    addi s5, s5, 1
    bltu s1, s2, 1b
    sub s4, s4, s5
    result 0, s4
    result 1, s1
    li s2, 600
2:  csrci mstatus, 8
    mv s6, s1                   # check
    wfi
    csrsi mstatus, 8
    nop
    sub s6, s1, s6              # one interrupt a turn
    add s7, s7, s6
    bltu s1, s2, 2b
    csrci mstatus, 8
    result 2, s7
    ld t0, 0(s10)
    result 3, t0
    pass
    .balign 4
trap:
    addi s1, s1, 1
    csrr t0, mcause
    result 4, t0
    addi s3, s3, period
    sd s3, 0(s0)
    mret
