# SPDX-License-Identifier: Apache-2.0
# Exceptions and bus errors: causes and PCs go to the results, every handler skips the instruction.
#include "program.inc"
    start
    li s1, results
    .option push
    .option norvc
ecall_here:
    ecall
    nop
breakpoint_here:
    ebreak
    .option pop
short_breakpoint_here:
    c.ebreak
illegal_here:
    .word 0xFFFFFFFF
    addi s3, s3, 1
    rdcycle t0
    csrw cycle, t0              # read-only counter: illegal
    li t0, 0x50000000           # nobody lives there
    li s7, 1                    # bus errors are imprecise: mepc is the next block, so do not skip
    lw t1, 0(t0)
    j after_load
after_load:
    sd t1, 8(t0)
    j after_store
after_store:
    li s7, 2                    # jump to nowhere: return to s8
    la s8, back
    li t0, 0x60000000
    jr t0
back:
    la t0, ecall_here
    la t1, illegal_here
    la t2, after_load
    la t3, short_breakpoint_here
    li t6, results + 8 * 32
    sd t0, 0(t6)
    sd t1, 8(t6)
    sd t2, 16(t6)
    sd t3, 24(t6)
    sd s3, 32(t6)
    pass
    .balign 4
trap:                           # cells of 3: mcause, mepc, mtval
    csrr t2, mcause
    sd t2, 0(s1)
    csrr t3, mepc
    sd t3, 8(s1)
    csrr t4, mtval
    sd t4, 16(s1)
    addi s1, s1, 24
    beqz s7, 1f
    li t4, 2
    bne s7, t4, 3f
    csrw mepc, s8
    li s7, 0
3:  mret
1:  lhu t4, 0(t3)
    andi t4, t4, 3
    addi t3, t3, 2
    li t5, 3
    bne t4, t5, 2f
    addi t3, t3, 2
2:  csrw mepc, t3
    mret
