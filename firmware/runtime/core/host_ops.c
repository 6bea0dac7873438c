/* SPDX-License-Identifier: Apache-2.0 */
/* What the accelerator leaves to the CPU: dequantisation of the outputs, softmax, log-softmax,
 * argmax over each image's outputs. */
#include "firmware.h"
#include "imcvp/soc.h"

enum { chunk_elements = 256 };

/* Calls for each output: real value = scale (code - zero point). */
struct scan {
    struct imc_firmware* fw;
    uint64_t source; /* int32 codes */
    uint32_t count;
    double scale;
    int32_t zero_point;
};

static void read_values(const struct scan* scan, uint32_t first, uint32_t n, double* values)
{
    int32_t codes[chunk_elements];
    scan->fw->hal->copy_in(scan->fw->hal->context, codes, scan->source + 4 * (uint64_t)first,
                           4 * (size_t)n);
    for (uint32_t i = 0; i < n; ++i)
        values[i] = scan->scale * (double)(codes[i] - scan->zero_point);
}

static uint32_t chunk_at(const struct scan* scan, uint32_t first)
{
    return scan->count - first < chunk_elements ? scan->count - first : chunk_elements;
}

static uint32_t largest(const struct scan* scan, double* value)
{
    double values[chunk_elements];
    uint32_t best = 0;
    for (uint32_t first = 0; first < scan->count; first += chunk_elements) {
        const uint32_t n = chunk_at(scan, first);
        read_values(scan, first, n, values);
        for (uint32_t i = 0; i < n; ++i)
            if (first + i == 0 || values[i] > *value) {
                *value = values[i];
                best = first + i;
            }
    }
    return best;
}

static double sum_of_exponentials(const struct scan* scan, double top)
{
    double values[chunk_elements];
    double sum = 0.0;
    for (uint32_t first = 0; first < scan->count; first += chunk_elements) {
        const uint32_t n = chunk_at(scan, first);
        read_values(scan, first, n, values);
        for (uint32_t i = 0; i < n; ++i)
            sum += imc_exp(values[i] - top);
    }
    return sum;
}

enum { plain = -1 };

static void write_results(const struct scan* scan, uint64_t target, int kind, double top,
                          double sum)
{
    double values[chunk_elements];
    float results[chunk_elements];
    const double log_sum = kind == IMC_HOST_LOG_SOFTMAX ? imc_log(sum) : 0.0;
    for (uint32_t first = 0; first < scan->count; first += chunk_elements) {
        const uint32_t n = chunk_at(scan, first);
        read_values(scan, first, n, values);
        for (uint32_t i = 0; i < n; ++i) {
            double y = values[i];
            if (kind == IMC_HOST_SOFTMAX) y = imc_exp(y - top) / sum;
            if (kind == IMC_HOST_LOG_SOFTMAX) y = y - top - log_sum;
            results[i] = (float)y;
        }
        scan->fw->hal->copy_out(scan->fw->hal->context, target + 4 * (uint64_t)first, results,
                                4 * (size_t)n);
    }
}

/* Tells the platform when operators run, so that they count in an image's latency. */
static void mark(struct imc_firmware* fw, uint32_t reg, uint32_t value)
{
    if (fw->program.host_ops.count != 0)
        fw->hal->write32(fw->hal->context, IMC_SOC_MARKER_BASE + reg, value);
}

static void begin_operator(struct imc_firmware* fw, uint32_t image, uint32_t number)
{
    mark(fw, IMC_MARKER_BEGIN, image << IMC_MARKER_IMAGE_SHIFT | number);
}

uint32_t imc_host_ops(struct imc_firmware* fw, uint32_t index)
{
    const struct imc_port* port = &fw->program.output;
    const struct scan scan = {fw, fw->boot.output_base + index * fw->boot.output_stride,
                              port->channels * port->height * port->width, (double)port->scale,
                              port->zero_point};
    const uint64_t target = fw->boot.result_base + index * fw->boot.result_stride;
    double top = 0.0;
    begin_operator(fw, index, 0);
    const uint32_t best = largest(&scan, &top);
    int kind = plain;
    for (uint32_t i = 0; i < fw->program.host_ops.count; ++i) {
        struct imc_host_op op;
        if (i != 0) begin_operator(fw, index, i);
        fw->hal->copy_in(fw->hal->context, &op,
                         fw->boot.program_base + fw->program.host_ops.offset + i * sizeof op,
                         sizeof op);
        if (op.kind == IMC_HOST_ARGMAX) { /* softmax keeps the order, so it need not run first */
            const float result = (float)best;
            fw->hal->copy_out(fw->hal->context, target, &result, sizeof result);
            mark(fw, IMC_MARKER_END, index);
            return best;
        }
        if (op.kind > IMC_HOST_LOG_SOFTMAX) {
            imc_panic(fw, IMC_PANIC_HOST_OP,
                      "the program asks for a host operator this firmware lacks");
            return best;
        }
        kind = (int)op.kind;
    }
    const double sum = kind == plain ? 1.0 : sum_of_exponentials(&scan, top);
    write_results(&scan, target, kind, top, sum);
    mark(fw, IMC_MARKER_END, index);
    return best;
}
