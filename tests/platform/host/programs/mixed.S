# SPDX-License-Identifier: Apache-2.0
# For quantum invariance: computes, reads and writes a device, sleeps until a timer interrupt, computes under timer
# interrupts. Nothing in it may depend on how far the hart runs ahead.
#include "program.inc"
    start
    li s0, device
    li s1, clint_mtimecmp
    li s2, clint_mtime
    li t0, 0x80
    csrw mie, t0
    li s3, 40
1:  li t0, 700                  # compute
2:  addi t0, t0, -1
    xor s4, s4, t0
    bnez t0, 2b
    sw s4, 0(s0)
    lw t1, 0(s0)
    add s4, s4, t1
    ld t2, 0(s2)                # sleep 1 to 2 ticks
    addi t2, t2, 2
    sd t2, 0(s1)
    csrci mstatus, 8
    wfi
    csrsi mstatus, 8
    nop
    ld t2, 0(s2)                # compute under an interrupt that comes within
    addi t2, t2, 13
    sd t2, 0(s1)
    li t0, 1500
3:  addi t0, t0, -1
    bnez t0, 3b
    csrci mstatus, 8
    rdcycle t3
    add s5, s5, t3
    addi s3, s3, -1
    bnez s3, 1b
    result 0, s4
    result 1, s5
    result 2, s6
    result 3, s7
    pass
    .balign 4
trap:
    addi s6, s6, 1
    rdcycle t4
    add s7, s7, t4
    li t5, -1
    sd t5, 0(s1)
    mret
