/* SPDX-License-Identifier: Apache-2.0 */
/* Memory map and interrupt numbers of the SoC, shared by firmware and platform. Devices that QEMU's
 * RISC-V `virt` board also has sit where that board has them (hw/riscv/virt.c and its documentation
 * page "virt generic virtual platform"). */
#ifndef IMCVP_SOC_H
#define IMCVP_SOC_H

#define IMC_SOC_FINISHER_BASE 0x00100000u /* SiFive test finisher */
#define IMC_SOC_FINISHER_SIZE 0x1000u
#define IMC_SOC_MARKER_BASE \
    0x00102000u /* marks for the platform; behind virt's clock, empty there */
#define IMC_SOC_MARKER_SIZE 0x1000u
#define IMC_SOC_CLINT_BASE 0x02000000u
#define IMC_SOC_CLINT_SIZE 0x10000u
#define IMC_SOC_PLIC_BASE 0x0C000000u
#define IMC_SOC_PLIC_SIZE 0x600000u
#define IMC_SOC_UART_BASE 0x10000000u /* 16550A, byte registers */
#define IMC_SOC_UART_SIZE 0x100u
#define IMC_SOC_ACCELERATOR_BASE 0x40000000u /* start of virt's PCIe memory window, empty here */
#define IMC_SOC_ACCELERATOR_STRIDE 0x10000u  /* the n-th accelerator lies n strides further */
#define IMC_SOC_RAM_BASE 0x80000000u

#define IMC_SOC_UART_IRQ 10u
#define IMC_SOC_ACCELERATOR_IRQ \
    32u /* virt's first PCIe interrupt; the n-th accelerator has 32 + n */

/* sifive_test: the low 16 bits are the command, the high 16 bits the code of a failure. */
#define IMC_FINISHER_FAIL 0x3333u
#define IMC_FINISHER_PASS 0x5555u
#define IMC_FINISHER_RESET 0x7777u

#define IMC_MARKER_BEGIN 0x0u /* write: image << 8 | host operator that begins now */
#define IMC_MARKER_END 0x4u   /* write: image whose last output is in memory */
#define IMC_MARKER_IMAGE_SHIFT 8u

#define IMC_CLINT_MSIP 0x0u
#define IMC_CLINT_MTIMECMP 0x4000u
#define IMC_CLINT_MTIME 0xBFF8u

#define IMC_PLIC_PRIORITY 0x0u
#define IMC_PLIC_PENDING 0x1000u
#define IMC_PLIC_ENABLE 0x2000u
#define IMC_PLIC_THRESHOLD 0x200000u
#define IMC_PLIC_CLAIM 0x200004u

#define IMC_UART_THR 0u /* write: transmit; read: receive */
#define IMC_UART_LSR 5u
#define IMC_UART_LSR_DATA 0x01u
#define IMC_UART_LSR_THRE 0x20u
#define IMC_UART_FIFO 16u /* bytes that may follow one THRE */

#endif
