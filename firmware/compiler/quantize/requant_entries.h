// SPDX-License-Identifier: Apache-2.0
/// Constants of a layer's requantisation by the rule asked for (docs/numbers.md).
#pragma once

#include "compiler/quantize/qnet.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace imc::compiler {

/// The rule of a layer: what was asked for, else the ONNX rule where the network is quantised
/// (`given`) and dyadic multipliers where it is not.
imc_requant_kind requant_rule(std::optional<imc_requant_kind> asked, bool given);

/// The rule for operators that TFLite's fixed point does not cover, additions and per-channel
/// affine layers: dyadic instead.
imc_requant_kind requant_rule_of_sums(std::optional<imc_requant_kind> asked, bool given);

/// `scale` as the rule knows it: the ONNX rule has float32 scales.
double scale_of_rule(std::optional<imc_requant_kind> asked, double scale);

/// y = numerators[0] x numerators[1] x ... / divisor (acc + bias). By the ONNX rule all must be
/// float32 values. Throws InputError if the factor is out of the rule's range.
imc_requant ratio_entry(imc_requant_kind rule, const std::vector<double>& numerators,
                        double divisor, std::int64_t bias);

/// y = factor x input / output x code + offset / output, bias in units of the product.
imc_requant affine_entry(imc_requant_kind rule, double factor, double offset, double input,
                         double output);

/// Entries of an addition of streams with these scales, and the common one.
std::vector<imc_requant> sum_entries(imc_requant_kind rule, const std::vector<double>& scales,
                                     double output);

/// Throws InputError, naming the layer, if a sum of the convolution could leave the 32 bits that
/// TFLite's fixed point saturates at.
void check_sums_fit_tflite(const QNet& net, const QLayer& layer);

}  // namespace imc::compiler
