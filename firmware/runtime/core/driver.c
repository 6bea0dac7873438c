/* SPDX-License-Identifier: Apache-2.0 */
/* The accelerator's driver: registers, ring, interrupts (docs/registers.md). */
#include "firmware.h"
#include "imcvp/soc.h"

enum { ring_entries = 1024 };

static uint32_t read_reg(struct imc_firmware* fw, uint32_t reg)
{
    return fw->hal->read32(fw->hal->context, fw->boot.regs_base + reg);
}

static void write_reg(struct imc_firmware* fw, uint32_t reg, uint32_t value)
{
    fw->hal->write32(fw->hal->context, fw->boot.regs_base + reg, value);
}

/* Number of the accelerator's interrupt: by the window its registers lie in. */
static uint32_t irq_number(const struct imc_firmware* fw)
{
    return IMC_SOC_ACCELERATOR_IRQ +
           (uint32_t)((fw->boot.regs_base - IMC_SOC_ACCELERATOR_BASE) / IMC_SOC_ACCELERATOR_STRIDE);
}

void imc_driver_probe(struct imc_firmware* fw)
{
    if (read_reg(fw, IMC_REG_ID) != IMC_ID_VALUE) {
        imc_panic(fw, IMC_PANIC_NO_ACCELERATOR, "no accelerator at its address");
        return;
    }
    const uint32_t version = read_reg(fw, IMC_REG_VERSION);
    if (version >> 16 != IMC_VERSION_VALUE >> 16) {
        imc_panic(fw, IMC_PANIC_VERSION, "the accelerator has another register map");
        return;
    }
    imc_print(fw, "accelerator: ");
    imc_print_number(fw, read_reg(fw, IMC_REG_CAPS_CROSSBAR));
    imc_print(fw, " crossbar, ");
    imc_print_number(fw, read_reg(fw, IMC_REG_CAPS_ASSOCIATIVE));
    imc_print(fw, " associative, ");
    imc_print_number(fw, read_reg(fw, IMC_REG_CAPS_CAM));
    imc_print(fw, " CAM tiles\n");
    if (fw->program.stages.count > read_reg(fw, IMC_REG_CAPS_STAGES))
        imc_panic(fw, IMC_PANIC_CAPABILITIES,
                  "the program has more stages than the accelerator takes");
}

void imc_driver_start(struct imc_firmware* fw)
{
    const uint32_t most = read_reg(fw, IMC_REG_CAPS_RING);
    fw->ring_entries = most < ring_entries ? most : ring_entries;
    fw->ring_base = imc_dma_alloc(fw, fw->ring_entries * sizeof(struct imc_descriptor), 64);
    fw->completion_base = imc_dma_alloc(fw, fw->ring_entries * sizeof(struct imc_completion), 64);
    if (fw->ring_base == 0 || fw->completion_base == 0) {
        imc_panic(fw, IMC_PANIC_HEAP, "no memory for the ring");
        return;
    }
    write_reg(fw, IMC_REG_RING_BASE_LO, (uint32_t)fw->ring_base);
    write_reg(fw, IMC_REG_RING_BASE_HI, (uint32_t)(fw->ring_base >> 32));
    write_reg(fw, IMC_REG_RING_SIZE, fw->ring_entries);
    write_reg(fw, IMC_REG_IRQ_MASK, IMC_IRQ_COMPLETION | IMC_IRQ_ERROR);
    write_reg(fw, IMC_REG_CTRL, IMC_CTRL_ENABLE);
    const uint32_t irq = irq_number(fw);
    const struct imc_hal* hal = fw->hal;
    hal->write32(hal->context, IMC_SOC_PLIC_BASE + IMC_PLIC_PRIORITY + 4 * irq, 1);
    hal->write32(hal->context, IMC_SOC_PLIC_BASE + IMC_PLIC_ENABLE + 4 * (irq / 32),
                 1u << irq % 32);
    hal->write32(hal->context, IMC_SOC_PLIC_BASE + IMC_PLIC_THRESHOLD, 0);
}

static uint64_t completion_of(const struct imc_firmware* fw, uint32_t number)
{
    return fw->completion_base + (number % fw->ring_entries) * sizeof(struct imc_completion);
}

uint32_t imc_driver_push(struct imc_firmware* fw, struct imc_descriptor descriptor)
{
    if (fw->tail - fw->drained == fw->ring_entries - 1 && descriptor.opcode != IMC_OP_FENCE) {
        /* The last free entry is for a fence: when it is complete, the whole ring is free. */
        const struct imc_descriptor fence = {.opcode = IMC_OP_FENCE, .flags = IMC_DESC_IRQ};
        const uint32_t number = imc_driver_push(fw, fence);
        imc_driver_ring(fw);
        imc_driver_wait(fw, number);
        fw->drained = fw->tail;
    }
    const uint32_t number = fw->tail++;
    const struct imc_completion none = {0, 0, 0, 0};
    descriptor.tag = number;
    descriptor.completion = completion_of(fw, number);
    const struct imc_hal* hal = fw->hal;
    hal->copy_out(hal->context, descriptor.completion, &none, sizeof none);
    hal->copy_out(hal->context, fw->ring_base + (number % fw->ring_entries) * sizeof descriptor,
                  &descriptor, sizeof descriptor);
    return number;
}

void imc_driver_ring(struct imc_firmware* fw)
{
    fw->hal->fence(fw->hal->context);
    write_reg(fw, IMC_REG_DOORBELL, fw->tail);
}

static void report_error(struct imc_firmware* fw, uint32_t error, uint32_t index)
{
    static const char* const names[] = {
        "none",           "bad register access",    "bad ring",    "bad opcode",
        "bad descriptor", "DMA refused by the bus", "bad program", "stage does not fit",
        "capacity",       "not configured",         "row overrun"};
    if (fw->failed != 0) return;
    imc_print(fw, "accelerator error at descriptor ");
    imc_print_number(fw, index);
    imc_print(fw, "\n");
    imc_panic(fw, IMC_PANIC_ACCELERATOR + error,
              error < sizeof names / sizeof names[0] ? names[error] : "unknown");
}

void imc_driver_wait(struct imc_firmware* fw, uint32_t number)
{
    const struct imc_hal* hal = fw->hal;
    struct imc_completion record;
    for (;;) {
        /* A CPU model that runs ahead of simulated time waits at a register access: what the record
         * says is then of this time. */
        (void)read_reg(fw, IMC_REG_STATUS);
        hal->copy_in(hal->context, &record, completion_of(fw, number), sizeof record);
        if (record.done != 0 && record.tag == number) break;
        if (fw->error != 0) {
            report_error(fw, fw->error, read_reg(fw, IMC_REG_ERROR_INDEX));
            return;
        }
        hal->irq_wait(hal->context, fw, &fw->wake);
        fw->wake = 0;
    }
    if (record.status != IMC_ERROR_NONE) report_error(fw, record.status, number);
}

void imc_firmware_interrupt(struct imc_firmware* fw)
{
    const struct imc_hal* hal = fw->hal;
    const uint32_t claimed = hal->read32(hal->context, IMC_SOC_PLIC_BASE + IMC_PLIC_CLAIM);
    if (claimed == 0) return;
    ++fw->interrupts;
    if (claimed == irq_number(fw)) {
        const uint32_t causes = read_reg(fw, IMC_REG_IRQ_STATUS);
        write_reg(fw, IMC_REG_IRQ_STATUS, causes);
        if ((causes & IMC_IRQ_ERROR) != 0) fw->error = read_reg(fw, IMC_REG_ERROR);
        fw->wake = 1;
    }
    hal->write32(hal->context, IMC_SOC_PLIC_BASE + IMC_PLIC_CLAIM, claimed);
}
