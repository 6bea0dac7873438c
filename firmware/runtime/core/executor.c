/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program image: checks it, loads its weights, feeds it images. */
#include "firmware.h"

enum { printed_images = 16 }; /* results on the console; all of them are in memory */

void imc_executor_check(struct imc_firmware* fw)
{
    struct imc_program_header* header = &fw->program;
    fw->hal->copy_in(fw->hal->context, header, fw->boot.program_base, sizeof *header);
    if (fw->boot.program_bytes < sizeof *header || header->magic != IMC_PROGRAM_MAGIC ||
        header->version != IMC_PROGRAM_VERSION || header->total_bytes > fw->boot.program_bytes ||
        header->payload_offset > header->total_bytes || header->payload_offset < sizeof *header) {
        imc_panic(fw, IMC_PANIC_PROGRAM, "no program image of this version in memory");
        return;
    }
    struct imc_program_header unsigned_header = *header;
    unsigned_header.header_crc = 0;
    if (imc_crc32_bytes(&unsigned_header, sizeof unsigned_header, 0) != header->header_crc) {
        imc_panic(fw, IMC_PANIC_PROGRAM, "header CRC of the program is wrong");
        return;
    }
    if (imc_crc32_memory(fw, fw->boot.program_base + sizeof *header,
                         header->payload_offset - sizeof *header, 0) != header->table_crc) {
        imc_panic(fw, IMC_PANIC_PROGRAM, "table CRC of the program is wrong");
        return;
    }
    imc_print(fw, "program: ");
    imc_print_number(fw, header->layers.count);
    imc_print(fw, " layers, ");
    imc_print_number(fw, header->stages.count);
    imc_print(fw, " stages, ");
    imc_print_number(fw, header->total_bytes);
    imc_print(fw, header->weights_synthetic ? " bytes, weights SYNTHETIC\n" : " bytes\n");
}

static struct imc_blob_ref blob_at(struct imc_firmware* fw, uint32_t index)
{
    struct imc_blob_ref ref;
    fw->hal->copy_in(fw->hal->context, &ref,
                     fw->boot.program_base + fw->program.blobs.offset + index * sizeof ref,
                     sizeof ref);
    return ref;
}

static void push_load(struct imc_firmware* fw, const struct imc_blob_ref* ref)
{
    const struct imc_descriptor load = {.opcode = IMC_OP_LOAD,
                                        .src = fw->boot.program_base + ref->offset,
                                        .length = (uint32_t)ref->bytes,
                                        .stage = ref->stage};
    imc_driver_push(fw, load);
}

void imc_executor_load(struct imc_firmware* fw)
{
    const struct imc_program_header* header = &fw->program;
    const struct imc_descriptor config = {.opcode = IMC_OP_CONFIG,
                                          .src = fw->boot.program_base,
                                          .length = (uint32_t)header->total_bytes};
    imc_driver_push(fw, config);
    imc_driver_ring(fw);
    for (uint32_t i = 0; i < header->blobs.count && fw->failed == 0; ++i) {
        const struct imc_blob_ref ref = blob_at(fw, i);
        if (ref.reload != 0) continue; /* comes with each image */
        push_load(fw, &ref);
        imc_driver_ring(fw);
    }
    const struct imc_descriptor fence = {.opcode = IMC_OP_FENCE, .flags = IMC_DESC_IRQ};
    const uint32_t number = imc_driver_push(fw, fence);
    imc_driver_ring(fw);
    if (fw->failed == 0) imc_driver_wait(fw, number);
    if (fw->failed == 0) imc_print(fw, "weights loaded\n");
}

static uint32_t port_bytes(const struct imc_port* port)
{
    return port->channels * port->height * port->width * port->bytes;
}

static uint32_t step_of_stage(struct imc_firmware* fw, uint32_t stage)
{
    const struct imc_program_header* header = &fw->program;
    struct imc_stage row;
    struct imc_layer layer;
    fw->hal->copy_in(fw->hal->context, &row,
                     fw->boot.program_base + header->stages.offset + stage * sizeof row,
                     sizeof row);
    fw->hal->copy_in(fw->hal->context, &layer,
                     fw->boot.program_base + header->layers.offset + row.layer * sizeof layer,
                     sizeof layer);
    return layer.step;
}

/* Queues the LOADs of blobs from `blob` on whose step is at most `step`; returns the first blob of
 * a later one. They run while the step before works. */
static uint32_t queue_loads(struct imc_firmware* fw, uint32_t image, uint32_t step, uint32_t blob)
{
    for (; blob < fw->program.blobs.count; ++blob) {
        const struct imc_blob_ref ref = blob_at(fw, blob);
        if (ref.reload == 0) continue;
        if (step_of_stage(fw, ref.stage) > step) break;
        if (image % ref.reload == 0) push_load(fw, &ref);
    }
    return blob;
}

/* Queues all descriptors of an image; returns the number of its OUTPUT. */
static uint32_t queue_image(struct imc_firmware* fw, uint32_t image)
{
    const struct imc_program_header* header = &fw->program;
    const struct imc_descriptor input = {.opcode = IMC_OP_INPUT,
                                         .src = fw->boot.input_base + image * fw->boot.input_stride,
                                         .length = port_bytes(&header->input),
                                         .image = image};
    imc_driver_push(fw, input);
    uint32_t blob = 0;
    if (header->schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL)
        for (uint32_t step = 0; step < header->steps; ++step) {
            blob = queue_loads(fw, image, step + 1, blob);
            const struct imc_descriptor open = {.opcode = IMC_OP_STEP, .image = image, .arg = step};
            imc_driver_push(fw, open);
        }
    const struct imc_descriptor output = {
        .opcode = IMC_OP_OUTPUT,
        .flags = IMC_DESC_IRQ,
        .dst = fw->boot.output_base + image * fw->boot.output_stride,
        .length = port_bytes(&header->output),
        .image = image};
    const uint32_t number = imc_driver_push(fw, output);
    imc_driver_ring(fw);
    return number;
}

static uint32_t reloaded_blobs(struct imc_firmware* fw)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < fw->program.blobs.count; ++i)
        count += blob_at(fw, i).reload != 0;
    return count;
}

void imc_executor_run(struct imc_firmware* fw)
{
    /* So many images are queued ahead of the one awaited; the ring holds them and their completion
     * records. */
    const uint32_t per_image =
        2 + (fw->program.schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL ? fw->program.steps : 0) +
        reloaded_blobs(fw);
    uint32_t ahead = fw->ring_entries / 4 / per_image;
    if (ahead == 0) ahead = 1;
    if (ahead > 64) ahead = 64;
    uint32_t numbers[64];
    uint32_t queued = 0;
    for (uint32_t image = 0; image < fw->boot.images && fw->failed == 0; ++image) {
        for (; queued < fw->boot.images && queued - image < ahead && fw->failed == 0; ++queued)
            numbers[queued % ahead] = queue_image(fw, queued);
        if (fw->failed == 0) imc_driver_wait(fw, numbers[image % ahead]);
        if (fw->failed != 0) return;
        const uint32_t best = imc_host_ops(fw, image);
        if (image >= printed_images) continue;
        imc_print(fw, "image ");
        imc_print_number(fw, image);
        imc_print(fw, ": largest output ");
        imc_print_number(fw, best);
        imc_print(fw, "\n");
    }
    if (fw->failed != 0) return;
    imc_print_number(fw, fw->boot.images);
    imc_print(fw, " image(s) done\n");
}
