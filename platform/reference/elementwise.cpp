// SPDX-License-Identifier: Apache-2.0
// Additions, copies, look-ups, affine layers: one output element from the same place of the inputs.
#include "reference/column.h"

#include <algorithm>

namespace imc::reference {

namespace {

/// Common exponent of the streams of an ONNX addition; the sum counts in units of 2^it.
int lowest_exponent(const Work& work)
{
    int lowest = work.layer.scale.front().shift;
    for (std::size_t i = 0; i + 1 < work.layer.scale.size(); ++i)
        lowest = std::min(lowest, work.layer.scale[i].shift);
    return lowest;
}

Wide stream_term(const Work& work, std::size_t stream, std::size_t element, int exponent)
{
    const imc_requant& c = work.layer.scale[stream];
    const Wide code = Wide{(*work.codes[stream])[element]} - work.in[stream]->zero_point + c.bias;
    const int shift = exponent == INT32_MIN ? 0 : c.shift - exponent;
    return code * c.multiplier * (Wide{1} << shift);
}

}  // namespace

void evaluate_add(const Work& work)
{
    if (work.layer.codebook) return evaluate_codebook_add(work);
    const std::size_t streams = work.in.size();
    if (work.layer.scale.size() != streams + 1)
        refuse(work.layer, "needs one entry an input and a common one");
    for (const Codes* codes : work.codes)
        if (codes->size() != work.result.size())
            refuse(work.layer, "inputs differ in size from the output");
    const imc_requant& common = work.layer.scale.back();
    const bool onnx = work.layer.requant == IMC_REQUANT_ONNX;
    if (!onnx && work.layer.requant != IMC_REQUANT_DYADIC)
        refuse(work.layer, "additions are dyadic or onnx");
    const int exponent = onnx ? lowest_exponent(work) : INT32_MIN;
    for (std::size_t i = 0; i < work.result.size(); ++i) {
        Wide sum = common.bias;
        for (std::size_t stream = 0; stream < streams; ++stream)
            sum += stream_term(work, stream, i, exponent);
        const std::int64_t value =
            onnx ? round_half_even(sum * common.multiplier, exponent + common.shift, common.divisor)
                 : static_cast<std::int64_t>(
                       floor_div(2 * sum + (Wide{1} << common.shift), Wide{2} << common.shift));
        work.result[i] = work.finish(value);
    }
}

void evaluate_affine(const Work& work)
{
    const std::size_t plane = std::size_t{work.out.height} * work.out.width;
    if (work.layer.scale.size() != work.out.channels)
        refuse(work.layer, "needs one entry a channel");
    for (std::size_t i = 0; i < work.result.size(); ++i)
        work.result[i] = work.finish(rescale_product(
            work.scaling(i / plane), std::int64_t{(*work.codes[0])[i]} - work.in[0]->zero_point));
}

void evaluate_lut(const Work& work)
{
    for (std::size_t i = 0; i < work.result.size(); ++i) {
        const std::int64_t index = std::int64_t{(*work.codes[0])[i]} - work.in[0]->min;
        if (index < 0 || index >= static_cast<std::int64_t>(work.layer.lut.size()))
            refuse(work.layer,
                   "code " + std::to_string((*work.codes[0])[i]) + " is outside its table");
        work.result[i] = work.layer.lut[static_cast<std::size_t>(index)];
    }
}

void evaluate_copy(const Work& work)
{
    std::size_t at = 0;
    for (std::size_t stream = 0; stream < work.in.size(); ++stream)
        for (const std::int32_t code : *work.codes[stream]) {
            if (at >= work.result.size()) refuse(work.layer, "inputs are larger than the output");
            work.result[at++] =
                work.layer.scale.empty()
                    ? code
                    : work.finish(rescale_product(
                          work.scaling(0), std::int64_t{code} - work.in[stream]->zero_point));
        }
    if (at != work.result.size()) refuse(work.layer, "inputs are smaller than the output");
}

}  // namespace imc::reference
