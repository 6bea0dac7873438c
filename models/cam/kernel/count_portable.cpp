// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/count_kernel.h"

namespace imc::cam {
namespace {

using Bits = std::uint64_t __attribute__((vector_size(16), may_alias));

inline Bits xor3(const Bits& a, const Bits& b, const Bits& c)
{
    return a ^ b ^ c;
}
inline Bits majority(const Bits& a, const Bits& b, const Bits& c)
{
    return (a & b) | (c & (a ^ b));
}

inline void add_bits(std::uint16_t* out, std::uint64_t word, std::uint16_t weight)
{
    for (; word != 0; word &= word - 1)
        out[__builtin_ctzll(word)] =
            static_cast<std::uint16_t>(out[__builtin_ctzll(word)] + weight);
}

}  // namespace
}  // namespace imc::cam

#include "cam/kernel/count_impl.h"

namespace imc::cam {

void count_portable(const CountJob& job)
{
    count(job);
}

void lookup_portable(const LookupJob& job)
{
    std::int32_t sums[64] = {};
    for (unsigned code = 0; code < job.input_codes; ++code) {
        const std::int16_t* products = job.rows[code].product;
        const std::uint16_t* order = job.order + job.start[code];
        for (unsigned n = 0; n < job.size[code]; ++n) {
            const auto* weights = reinterpret_cast<const std::uint8_t*>(job.codes[order[n]].word);
            for (unsigned o = 0; o < 64; ++o)
                sums[o] += products[weights[o]];
        }
    }
    for (unsigned o = 0; o < 64; ++o)
        job.sums[o] = sums[o];
}

}  // namespace imc::cam
