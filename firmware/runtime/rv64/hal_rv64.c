/* SPDX-License-Identifier: Apache-2.0 */
/* The HAL on the bare metal: bus addresses are pointers here. */
#include "../core/firmware.h"
#include "imcvp/soc.h"

#include <string.h>

static struct imc_firmware firmware;

static uint32_t read32(void* context, uint64_t address)
{
    (void)context;
    return *(volatile uint32_t*)address;
}

static void write32(void* context, uint64_t address, uint32_t value)
{
    (void)context;
    *(volatile uint32_t*)address = value;
}

static uint8_t read8(void* context, uint64_t address)
{
    (void)context;
    return *(volatile uint8_t*)address;
}

static void write8(void* context, uint64_t address, uint8_t value)
{
    (void)context;
    *(volatile uint8_t*)address = value;
}

static void copy_in(void* context, void* to, uint64_t address, size_t bytes)
{
    (void)context;
    memcpy(to, (const void*)address, bytes);
}

static void copy_out(void* context, uint64_t address, const void* from, size_t bytes)
{
    (void)context;
    memcpy((void*)address, from, bytes);
}

static void fence(void* context)
{
    (void)context;
    __asm__ volatile("fence iorw, iorw" ::: "memory");
}

/* With interrupts off the flag cannot change between the look and the wfi; a pending interrupt ends
 * the wfi all the same and is taken when they are on again. */
static void irq_wait(void* context, struct imc_firmware* fw, const volatile uint32_t* flag)
{
    (void)context;
    (void)fw;
    for (;;) {
        __asm__ volatile("csrci mstatus, 8" ::: "memory");
        if (*flag != 0) return;
        __asm__ volatile("wfi" ::: "memory");
        __asm__ volatile("csrsi mstatus, 8" ::: "memory");
    }
}

void rv64_trap(uint64_t cause, uint64_t pc);
void rv64_trap(uint64_t cause, uint64_t pc)
{
    const uint64_t external_interrupt = (uint64_t)1 << 63 | 11;
    if (cause == external_interrupt) {
        imc_firmware_interrupt(&firmware);
        return;
    }
    imc_print(&firmware, "trap ");
    imc_print_number(&firmware, cause & 0xFF);
    imc_print(&firmware, " at ");
    imc_print_number(&firmware, pc);
    imc_print(&firmware, "\n");
    write32(0, IMC_SOC_FINISHER_BASE, IMC_FINISHER_FAIL | (uint32_t)IMC_PANIC_TRAP << 16);
    __asm__ volatile("csrw mie, zero");
    for (;;)
        __asm__ volatile("wfi");
}

void rv64_main(void);
void rv64_main(void)
{
    static const struct imc_hal hal = {.read32 = read32,
                                       .write32 = write32,
                                       .write8 = write8,
                                       .read8 = read8,
                                       .copy_in = copy_in,
                                       .copy_out = copy_out,
                                       .fence = fence,
                                       .irq_wait = irq_wait};
    __asm__ volatile(
        "csrs mie, %0" ::"r"(1 << 11)); /* external interrupts; taken only inside irq_wait */
    imc_firmware_main(&firmware, &hal);
}
