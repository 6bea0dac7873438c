// SPDX-License-Identifier: Apache-2.0
#include "run/options.h"

#include <algorithm>

namespace imc::run {

namespace {

compiler::Scheme scheme(config::Scheme scheme)
{
    switch (scheme) {
        case config::Scheme::uniform:
            return compiler::Scheme::uniform;
        case config::Scheme::per_layer:
            return compiler::Scheme::per_layer;
        case config::Scheme::bwq:
            return compiler::Scheme::bwq;
        case config::Scheme::column:
            return compiler::Scheme::column;
        case config::Scheme::hawq:
            return compiler::Scheme::hawq;
        case config::Scheme::codebook:
            return compiler::Scheme::codebook;
    }
    return compiler::Scheme::uniform;
}

compiler::RangeMethod method(config::RangeMethod method)
{
    switch (method) {
        case config::RangeMethod::percentile:
            return compiler::RangeMethod::percentile;
        case config::RangeMethod::mse:
            return compiler::RangeMethod::mse;
        default:
            return compiler::RangeMethod::minmax;
    }
}

}  // namespace

compiler::QuantOptions quant_options(const config::RunConfig& config)
{
    const auto& q = config.quantization;
    compiler::QuantOptions options;
    options.scheme = scheme(q.scheme);
    options.weight_bits = q.weight_bits;
    options.activation_bits = q.activation_bits;
    options.input_layer_bits = q.input_layer_bits;
    options.range = method(q.calibration.method);
    options.percentile = q.calibration.percentile;
    options.ou_rows = q.block[0];
    options.ou_columns = q.block[1];
    options.weight_bits_mean = q.weight_bits_mean;
    options.bit_map_file = q.bit_map.path;
    options.seed = config.network.seed;
    for (const auto& layer : q.layers) {
        if (layer.weight_bits != 0) options.layer_weight_bits[layer.name] = layer.weight_bits;
        if (layer.activation_bits != 0)
            options.layer_activation_bits[layer.name] = layer.activation_bits;
    }
    return options;
}

compiler::MapOptions map_options(const config::RunConfig& config)
{
    const auto& m = config.mapping;
    compiler::MapOptions options;
    options.schedule = config.run.schedule == config::Schedule::pipelined
                           ? IMC_SCHEDULE_PIPELINED
                           : IMC_SCHEDULE_LAYER_SEQUENTIAL;
    options.replicate = m.replicate == config::Replicate::balance ? compiler::Replicate::balance
                        : m.replicate == config::Replicate::list  ? compiler::Replicate::listed
                                                                  : compiler::Replicate::none;
    options.copies = m.copies;
    options.chips = m.chips;
    options.force = m.force;
    options.buffer_rows = m.buffer_rows;
    return options;
}

}  // namespace imc::run
