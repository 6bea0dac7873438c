/* SPDX-License-Identifier: Apache-2.0 */
/* Register map of the accelerator's `regs` socket and the command ring in memory. Plain C: shared
 * by firmware, compiler, model and docs. Little-endian 32-bit registers; 64-bit values are a lo/hi
 * pair, lo first. */
#ifndef IMCVP_REGS_H
#define IMCVP_REGS_H

#include <stdint.h>

#define IMC_REGS_SIZE 0x1000u
#define IMC_ID_VALUE 0x31434D49u      /* "IMC1" */
#define IMC_VERSION_VALUE 0x00010000u /* major.minor: 1.0 */

enum imc_reg {
    IMC_REG_ID = 0x000,               /* RO  IMC_ID_VALUE */
    IMC_REG_VERSION = 0x004,          /* RO  IMC_VERSION_VALUE */
    IMC_REG_CAPS_CROSSBAR = 0x008,    /* RO  number of crossbar tiles */
    IMC_REG_CAPS_ASSOCIATIVE = 0x00C, /* RO  number of AP clusters */
    IMC_REG_CAPS_CAM = 0x010,         /* RO  number of CAM tiles */
    IMC_REG_CAPS_STAGES = 0x014,      /* RO  most stages a program may have */
    IMC_REG_CAPS_RING = 0x018,        /* RO  most ring entries */
    IMC_REG_CTRL = 0x020,             /* RW  IMC_CTRL_* */
    IMC_REG_STATUS = 0x024,           /* RO  IMC_STATUS_* */
    IMC_REG_IRQ_STATUS = 0x028,       /* W1C IMC_IRQ_* */
    IMC_REG_IRQ_MASK = 0x02C,         /* RW  1 = this cause drives irq */
    IMC_REG_ERROR =
        0x030, /* RO  enum imc_error of the first error since the last clear; write any to clear */
    IMC_REG_ERROR_INDEX = 0x034,  /* RO  free-running ring index of the descriptor in error */
    IMC_REG_RING_BASE_LO = 0x040, /* RW  bus address, 64-byte aligned; while disabled */
    IMC_REG_RING_BASE_HI = 0x044,
    IMC_REG_RING_SIZE = 0x048, /* RW  entries, a power of two, 2..IMC_RING_MAX; while disabled */
    IMC_REG_HEAD = 0x04C,      /* RO  free-running count of descriptors fetched */
    IMC_REG_TAIL = 0x050,      /* RO  free-running count of descriptors announced (last doorbell) */
    IMC_REG_DOORBELL =
        0x054, /* WO  new free-running tail; more than RING_SIZE ahead of HEAD is an error */
    IMC_REG_EPOCH = 0x058, /* RO  number of resets; completions of an older epoch are discarded */
    /* performance counters, 64-bit, cleared by reset of the block, not by CTRL_RESET */
    IMC_REG_PERF_CYCLES = 0x100,      /* accelerator clock cycles since enable */
    IMC_REG_PERF_DESCRIPTORS = 0x108, /* descriptors completed */
    IMC_REG_PERF_DMA_READ = 0x110,    /* bytes */
    IMC_REG_PERF_DMA_WRITE = 0x118,   /* bytes */
    IMC_REG_PERF_UNITS = 0x120,       /* rows (units) computed by all stages */
    IMC_REG_PERF_PACKETS = 0x128,     /* NoC packets delivered */
    IMC_REG_PERF_STALL_INPUT = 0x130, /* stage cycles spent waiting for inputs */
    IMC_REG_PERF_STALL_OUTPUT = 0x138 /* stage cycles spent waiting for credits */
};

#define IMC_CTRL_ENABLE 1u
#define IMC_CTRL_RESET 2u /* self-clearing */

#define IMC_STATUS_BUSY 1u
#define IMC_STATUS_ERROR 2u
#define IMC_STATUS_CONFIGURED 4u

#define IMC_IRQ_COMPLETION 1u /* a descriptor with IMC_DESC_IRQ completed */
#define IMC_IRQ_ERROR 2u

#define IMC_RING_MAX 4096u

enum imc_error {
    IMC_ERROR_NONE = 0,
    IMC_ERROR_BAD_REGISTER =
        1, /* access outside the map, wrong size or direction, write while enabled */
    IMC_ERROR_BAD_RING = 2, /* ring base, size or doorbell out of range */
    IMC_ERROR_BAD_OPCODE = 3,
    IMC_ERROR_BAD_DESCRIPTOR = 4, /* a field out of range */
    IMC_ERROR_DMA = 5,            /* the bus refused a DMA access */
    IMC_ERROR_BAD_PROGRAM = 6,    /* magic, version, CRC or a table wrong */
    IMC_ERROR_BAD_STAGE = 7,      /* a stage does not fit its tile or engine */
    IMC_ERROR_CAPACITY = 8,       /* arrays, buffer or stages exhausted */
    IMC_ERROR_NOT_CONFIGURED = 9, /* work before CONFIG or LOAD */
    IMC_ERROR_OVERRUN =
        10 /* a row arrived where no slot was free: program breaks the credit rule */
};

enum imc_opcode {
    IMC_OP_NOP = 0,
    IMC_OP_CONFIG = 1, /* src = program header in memory, length = total bytes; reads tables, sets
                          up all stages */
    IMC_OP_LOAD = 2,  /* src = blob, length = bytes, stage = id: weights and tables of one stage are
                         programmed */
    IMC_OP_INPUT = 3, /* src = input image, length, image = index: queues the image at the source */
    IMC_OP_STEP =
        4, /* image, arg = step: layer_sequential only; opens a layer, completes when it is done */
    IMC_OP_OUTPUT = 5, /* dst = where to, length = room, image: completes when the image's outputs
                          are written */
    IMC_OP_FENCE = 6   /* completes when every earlier descriptor has */
};

#define IMC_DESC_IRQ 1u /* raise IMC_IRQ_COMPLETION when done */

/* One ring entry, 64 bytes, 64-byte aligned. */
struct imc_descriptor {
    uint16_t opcode;
    uint16_t flags;      /* IMC_DESC_* */
    uint32_t tag;        /* returned in the completion record */
    uint64_t src;        /* bus address */
    uint64_t dst;        /* bus address */
    uint64_t completion; /* bus address of a struct imc_completion, 0 = none */
    uint32_t length;     /* bytes */
    uint32_t stage;
    uint32_t image;
    uint32_t arg;
    uint32_t reserved[4]; /* zero */
};

/* Written by DMA before the interrupt. */
struct imc_completion {
    uint32_t tag;
    uint32_t status; /* enum imc_error */
    uint32_t image;
    uint32_t done; /* 1 */
};

#ifdef __cplusplus
static_assert(sizeof(struct imc_descriptor) == 64, "ring entry is 64 bytes");
static_assert(sizeof(struct imc_completion) == 16, "completion record is 16 bytes");
#else
_Static_assert(sizeof(struct imc_descriptor) == 64, "ring entry is 64 bytes");
_Static_assert(sizeof(struct imc_completion) == 16, "completion record is 16 bytes");
#endif

#endif
