/* SPDX-License-Identifier: Apache-2.0 */
/* Text, memory, checksums, elementary functions: the same bits on every host. */
#include "firmware.h"
#include "imcvp/soc.h"

void imc_print(struct imc_firmware* fw, const char* text)
{
    const struct imc_hal* hal = fw->hal;
    unsigned room = 0;
    for (; *text != '\0'; ++text) {
        if (room == 0) {
            while ((hal->read8(hal->context, IMC_SOC_UART_BASE + IMC_UART_LSR) &
                    IMC_UART_LSR_THRE) == 0) {
            }
            room = IMC_UART_FIFO;
        }
        hal->write8(hal->context, IMC_SOC_UART_BASE + IMC_UART_THR, (uint8_t)*text);
        --room;
    }
}

void imc_print_number(struct imc_firmware* fw, uint64_t value)
{
    char digits[21];
    char* at = digits + sizeof digits - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    imc_print(fw, at);
}

uint64_t imc_dma_alloc(struct imc_firmware* fw, uint64_t bytes, uint64_t alignment)
{
    const uint64_t at = (fw->heap_next + alignment - 1) / alignment * alignment;
    if (at + bytes > fw->boot.heap_base + fw->boot.heap_bytes) return 0;
    fw->heap_next = at + bytes;
    return at;
}

uint32_t imc_crc32_bytes(const void* data, size_t bytes, uint32_t so_far)
{
    /* Nibble table of the reflected polynomial 0xEDB88320: 64 bytes instead of 1 KiB. */
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                       0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    const uint8_t* p = (const uint8_t*)data;
    uint32_t c = ~so_far;
    for (; bytes > 0; --bytes, ++p) {
        c ^= *p;
        c = (c >> 4) ^ table[c & 15];
        c = (c >> 4) ^ table[c & 15];
    }
    return ~c;
}

uint32_t imc_crc32_memory(struct imc_firmware* fw, uint64_t address, uint64_t bytes,
                          uint32_t so_far)
{
    uint8_t chunk[1024];
    while (bytes > 0) {
        const size_t n = bytes < sizeof chunk ? (size_t)bytes : sizeof chunk;
        fw->hal->copy_in(fw->hal->context, chunk, address, n);
        so_far = imc_crc32_bytes(chunk, n, so_far);
        address += n;
        bytes -= n;
    }
    return so_far;
}

void imc_panic(struct imc_firmware* fw, uint32_t code, const char* why)
{
    if (fw->failed != 0) return; /* the first cause counts */
    fw->failed = code;
    imc_print(fw, "PANIC ");
    imc_print_number(fw, code);
    imc_print(fw, ": ");
    imc_print(fw, why);
    imc_print(fw, "\n");
}

static double scale_by_power_of_two(double x, int exponent)
{
    union {
        double value;
        uint64_t bits;
    } factor;
    factor.bits = (uint64_t)(1023 + exponent) << 52;
    return x * factor.value;
}

/* x = k ln 2 + r, |r| <= ln 2 / 2; Taylor series of exp(r) to r^13 / 13!, error below 1e-16. Zero
 * below -700, so that no denormal arises; overflow cannot, since softmax subtracts the maximum. */
double imc_exp(double x)
{
    if (x < -700.0) return 0.0;
    if (x > 700.0) x = 700.0;
    const double ln2_high = 0x1.62e42fefa0000p-1, ln2_low = 0x1.cf79abc9e3b39p-40;
    const double scaled = x * 0x1.71547652b82fep+0;
    const int k = (int)(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
    const double r = (x - k * ln2_high) - k * ln2_low;
    double sum = 1.0;
    for (int n = 13; n > 0; --n)
        sum = 1.0 + sum * r / n;
    return scale_by_power_of_two(sum, k);
}

/* x = m 2^e, m in [sqrt(1/2), sqrt(2)); log m = 2 atanh((m-1)/(m+1)) by its series to the 21st
 * power, error below 1e-16. For x > 0. */
double imc_log(double x)
{
    union {
        double value;
        uint64_t bits;
    } number;
    number.value = x;
    int exponent = (int)(number.bits >> 52 & 0x7FF) - 1023;
    number.bits = (number.bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u;
    if (number.value > 0x1.6a09e667f3bcdp+0) {
        number.value *= 0.5;
        ++exponent;
    }
    const double z = (number.value - 1.0) / (number.value + 1.0);
    double sum = 0.0;
    for (int n = 21; n > 0; n -= 2)
        sum = 1.0 / n + sum * z * z;
    return exponent * 0x1.62e42fefa39efp-1 + 2.0 * z * sum;
}
