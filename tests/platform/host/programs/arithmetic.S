# SPDX-License-Identifier: Apache-2.0
# Floating point and atomics work on the engine.
#include "program.inc"
    start
    li t0, 3
    li t1, 7
    fcvt.d.l fa0, t0
    fcvt.d.l fa1, t1
    fdiv.d fa2, fa0, fa1
    fsqrt.d fa3, fa2
    fmv.x.d t2, fa2
    result 0, t2
    fmv.x.d t2, fa3
    result 1, t2
    li s0, results + 16
    li t0, 40
    sd t0, 0(s0)
    li t1, 2
    amoadd.d t2, t1, (s0)
1:  lr.w t3, (s0)
    addi t3, t3, 100
    sc.w t4, t3, (s0)
    bnez t4, 1b
    result 3, t2
    pass
trap:
    j trap
