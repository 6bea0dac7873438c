/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"
#include "imcvp/soc.h"

static uint32_t finish(struct imc_firmware* fw)
{
    const uint32_t value =
        fw->failed == 0 ? IMC_FINISHER_PASS : IMC_FINISHER_FAIL | fw->failed << 16;
    fw->hal->write32(fw->hal->context, IMC_SOC_FINISHER_BASE, value);
    return fw->failed;
}

uint32_t imc_firmware_main(struct imc_firmware* fw, const struct imc_hal* hal)
{
    *fw = (struct imc_firmware){.hal = hal};
    imc_print(fw, "imcvp firmware 1.0\n");
    hal->copy_in(hal->context, &fw->boot, IMC_BOOT_ADDRESS, sizeof fw->boot);
    fw->heap_next = fw->boot.heap_base;
    if (fw->boot.magic != IMC_BOOT_MAGIC)
        imc_panic(fw, IMC_PANIC_BOOT_BLOCK, "no boot block in memory");
    if (fw->failed == 0) imc_executor_check(fw);
    if (fw->failed == 0) imc_driver_probe(fw);
    if (fw->failed == 0) imc_driver_start(fw);
    if (fw->failed == 0) imc_executor_load(fw);
    if (fw->failed == 0) imc_executor_run(fw);
    return finish(fw);
}
