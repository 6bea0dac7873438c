/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader tells the firmware: where program, inputs and outputs lie. */
#ifndef IMCVP_BOOT_H
#define IMCVP_BOOT_H

#include <stdint.h>

#define IMC_BOOT_ADDRESS 0x8FFFF000u
#define IMC_BOOT_MAGIC 0x544F4F42u /* "BOOT" */
#define IMC_REGS_ADDRESS 0x40000000u
#define IMC_DATA_ADDRESS 0x90000000u /* program image, then inputs, then outputs */

struct imc_boot {
    uint32_t magic;
    uint32_t images;
    uint64_t regs_base;
    uint64_t program_base, program_bytes;
    uint64_t
        input_base; /* images back to back, input_stride apart, codes of imc_port::bytes each */
    uint64_t input_stride;
    uint64_t output_base; /* int32 codes, output_stride apart; written by the accelerator */
    uint64_t output_stride;
    uint64_t result_base; /* float32 rows after host operators (dequantised, softmax ...),
                             result_stride apart */
    uint64_t result_stride;
    uint64_t heap_base, heap_bytes; /* ring and completions: dma_alloc */
};

#endif
