/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware that drives one accelerator: all its state in one struct, no globals, no libm. */
#ifndef IMC_FIRMWARE_H
#define IMC_FIRMWARE_H

#include "hal.h"
#include "imcvp/boot.h"
#include "imcvp/program.h"
#include "imcvp/regs.h"

/* What ends a run other than success; the test finisher carries it as the failure code. */
enum imc_panic {
    IMC_PANIC_BOOT_BLOCK = 1,
    IMC_PANIC_NO_ACCELERATOR = 2,
    IMC_PANIC_VERSION = 3,
    IMC_PANIC_PROGRAM = 4,      /* magic, version or CRC of the image */
    IMC_PANIC_CAPABILITIES = 5, /* the program needs what the accelerator lacks */
    IMC_PANIC_HEAP = 6,
    IMC_PANIC_HOST_OP = 7,
    IMC_PANIC_TRAP = 8,        /* the CPU took an exception */
    IMC_PANIC_ACCELERATOR = 64 /* + enum imc_error */
};

struct imc_firmware {
    const struct imc_hal* hal;
    struct imc_boot boot;
    struct imc_program_header program;
    uint64_t heap_next;
    uint64_t ring_base, completion_base;
    uint32_t ring_entries;
    uint32_t tail;           /* descriptors written, free-running */
    uint32_t drained;        /* of them known to be complete */
    volatile uint32_t wake;  /* set by the interrupt handler */
    volatile uint32_t error; /* enum imc_error seen by it */
    uint32_t interrupts;
    uint32_t failed; /* enum imc_panic, 0 = none */
};

/* Runs a program from boot to the test finisher. Returns the exit code that the finisher got. */
uint32_t imc_firmware_main(struct imc_firmware* firmware, const struct imc_hal* hal);

/* The external interrupt: claims it, reads and clears the accelerator's causes, completes it. */
void imc_firmware_interrupt(struct imc_firmware* firmware);

/* --- driver.c: the accelerator --- */
void imc_driver_probe(struct imc_firmware* fw);
void imc_driver_start(struct imc_firmware* fw);
/* Appends a descriptor; returns its free-running number. Waits for room if the ring is full. */
uint32_t imc_driver_push(struct imc_firmware* fw, struct imc_descriptor descriptor);
void imc_driver_ring(struct imc_firmware* fw); /* fence, then doorbell */
/* Sleeps until descriptor `number` is complete and checks its record. */
void imc_driver_wait(struct imc_firmware* fw, uint32_t number);

/* --- executor.c: a program --- */
void imc_executor_check(struct imc_firmware* fw);
void imc_executor_load(struct imc_firmware* fw);
void imc_executor_run(struct imc_firmware* fw);

/* --- host_ops.c --- */
/* Dequantises image `index`'s outputs and runs the host operators on them; returns the index of the
 * largest. */
uint32_t imc_host_ops(struct imc_firmware* fw, uint32_t index);

/* --- support.c --- */
void imc_print(struct imc_firmware* fw, const char* text);
void imc_print_number(struct imc_firmware* fw, uint64_t value);
uint64_t imc_dma_alloc(struct imc_firmware* fw, uint64_t bytes,
                       uint64_t alignment); /* bus address, 0 = none left */
uint32_t imc_crc32_memory(struct imc_firmware* fw, uint64_t address, uint64_t bytes,
                          uint32_t so_far);
uint32_t imc_crc32_bytes(const void* data, size_t bytes, uint32_t so_far);
void imc_panic(struct imc_firmware* fw, uint32_t code, const char* why);
double imc_exp(double x);
double imc_log(double x);

#endif
