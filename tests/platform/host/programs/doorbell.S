# SPDX-License-Identifier: Apache-2.0
# 1,000 device writes between other stores and loads of the same blocks; then reads and writes of all sizes.
#include "program.inc"
    start
    li s0, device
    li s1, results
    li s2, 1000
    li s3, 0
1:  addi s3, s3, 1
    sd s3, 0(s1)
    sw s3, 0(s0)
    ld t0, 0(s1)
    addi s2, s2, -1
    bnez s2, 1b
    result 0, s3
    li t0, 0x1122334455667788
    sb t0, 9(s0)
    sh t0, 10(s0)
    sw t0, 12(s0)
    sd t0, 16(s0)
    lbu t1, 17(s0)
    result 1, t1
    lh t1, 18(s0)
    result 2, t1
    lwu t1, 20(s0)
    result 3, t1
    ld t1, 16(s0)
    result 4, t1
    li s4, 0                    # misaligned: two traps, nothing on the bus
    sw t0, 33(s0)
    nop
    j 2f
2:  lw t1, 34(s0)
    j 3f
3:  result 5, s4
    result 6, s5
    result 7, s6
    pass
    .balign 4
trap:
    slli s4, s4, 8
    csrr t2, mcause
    or s4, s4, t2
    slli s5, s5, 8
    csrr t2, mtval
    andi t2, t2, 0xFF
    or s5, s5, t2
    mret
