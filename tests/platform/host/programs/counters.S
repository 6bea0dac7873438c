# SPDX-License-Identifier: Apache-2.0
# Counters around code of known length.
#include "program.inc"
    start
    rdinstret s0
    rdcycle s1
    nop
    .option push
    .option norvc
    add t0, t0, t0
    .option pop
    li t1, 10                   # 1 + 10 x 2
1:  addi t1, t1, -1
    bnez t1, 1b
    rdinstret s2
    rdcycle s3
    rdtime s4
    sub s2, s2, s0
    sub s3, s3, s1
    result 0, s2
    result 1, s3
    result 2, s4
    csrr t0, mip
    result 3, t0
    csrr t0, mhartid
    result 4, t0
    li t0, clint_mtime
    rdtime t1
    ld t2, 0(t0)                # an access stands at the end of its block
    j 2f
2:
    sub t2, t2, t1
    result 5, t2
    pass
trap:
    j trap
