/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's only way to the world. A bus address is not a pointer: on the native host the
 * firmware runs outside the simulated memory. Every function gets `context`, so that several hosts
 * fit into one program. */
#ifndef IMC_FIRMWARE_HAL_H
#define IMC_FIRMWARE_HAL_H

#include <stddef.h>
#include <stdint.h>

struct imc_firmware;

struct imc_hal {
    void* context;
    uint32_t (*read32)(void* context, uint64_t address); /* device registers */
    void (*write32)(void* context, uint64_t address, uint32_t value);
    void (*write8)(void* context, uint64_t address, uint8_t value);
    uint8_t (*read8)(void* context, uint64_t address);
    void (*copy_in)(void* context, void* to, uint64_t address, size_t bytes); /* from RAM */
    void (*copy_out)(void* context, uint64_t address, const void* from, size_t bytes); /* to RAM */
    void (*fence)(void* context); /* earlier stores are visible to devices before later ones */
    /* Returns when *flag is not 0; sleeps until then. Interrupts reach imc_firmware_interrupt()
     * only inside. */
    void (*irq_wait)(void* context, struct imc_firmware* firmware, const volatile uint32_t* flag);
};

#endif
