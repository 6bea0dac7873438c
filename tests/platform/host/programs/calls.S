# SPDX-License-Identifier: Apache-2.0
# Nested calls for the function track.
#include "program.inc"
    start
    call outer
    call inner
    pass
    .size _start, . - _start
    .type outer, @function
outer:
    addi sp, sp, -16
    sd ra, 8(sp)
    call inner
    call inner
    ld ra, 8(sp)
    addi sp, sp, 16
    ret
    .size outer, . - outer
    .type inner, @function
inner:
    li t0, 5
1:  addi t0, t0, -1
    bnez t0, 1b
    ret
    .size inner, . - inner
trap:
    j trap
