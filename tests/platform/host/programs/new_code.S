# SPDX-License-Identifier: Apache-2.0
# Calls a function, lets a DMA engine replace it (device write starts it, wfi waits), calls it again; then replaces it by
# its own stores and fence.i.
#include "program.inc"
    start
    li s0, device
    li s1, 3
1:  call function
    addi s1, s1, -1
    bnez s1, 1b
    result 0, a0
    sw zero, 0(s0)              # DMA: li a0, 2
    call function
    result 1, a0
    la t0, function
    li t1, 0x8082450D           # c.li a0, 3; ret
    sw t1, 0(t0)
    fence.i
    call function
    result 2, a0
    rdinstret s2
    call function               # jal, c.li, c.ret
    rdinstret s3
    sub s3, s3, s2
    result 3, s3
    pass
trap:
    j trap
    .balign 8
    .type function, @function
function:
    c.li a0, 1
    ret
