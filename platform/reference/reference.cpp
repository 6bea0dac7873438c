// SPDX-License-Identifier: Apache-2.0
#include "reference/reference.h"

#include "common/error.h"
#include "reference/layers.h"

#include <algorithm>
#include <cmath>
#include <thread>

namespace imc::reference {

void refuse(const compiler::QLayer& layer, const std::string& what)
{
    throw InputError("reference: layer " + layer.name + ": " + what);
}

Scaling Work::scaling(std::size_t channel) const
{
    if (layer.scale.empty()) return {};
    return {layer.requant, layer.scale[layer.scale.size() == 1 ? 0 : channel]};
}

std::int32_t Work::finish(std::int64_t value) const
{
    const std::int64_t code = value + out.zero_point;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(code, out.min, out.max));
}

void in_parallel(std::size_t count, unsigned threads,
                 const std::function<void(std::size_t, std::size_t)>& work)
{
    const std::size_t parts = std::max<std::size_t>(1, std::min<std::size_t>(threads, count));
    std::vector<std::thread> others;
    for (std::size_t part = 1; part < parts; ++part)
        others.emplace_back(work, count * part / parts, count * (part + 1) / parts);
    work(0, count / parts);
    for (std::thread& other : others)
        other.join();
}

namespace {

void evaluate_layer(const Work& work)
{
    switch (work.layer.op) {
        case IMC_STAGE_CONV:
            return evaluate_conv(work);
        case IMC_STAGE_ADD:
            return evaluate_add(work);
        case IMC_STAGE_MAXPOOL:
            return evaluate_max_pool(work);
        case IMC_STAGE_AVGPOOL:
            return evaluate_average_pool(work);
        case IMC_STAGE_AFFINE:
            return evaluate_affine(work);
        case IMC_STAGE_LUT:
            return evaluate_lut(work);
        case IMC_STAGE_COPY:
            return evaluate_copy(work);
        default:
            refuse(work.layer, "operation " + std::to_string(work.layer.op) + " is not defined");
    }
}

}  // namespace

std::vector<Codes> evaluate(const compiler::QNet& net, const std::int32_t* input, unsigned threads,
                            const std::atomic<bool>* stop)
{
    if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
    std::vector<Codes> codes(net.tensors.size());
    const compiler::QTensor& first = net.tensors.at(static_cast<std::size_t>(net.input));
    codes[static_cast<std::size_t>(net.input)].assign(input, input + first.size());
    for (const compiler::QLayer& layer : net.layers) {
        if (stop != nullptr && stop->load()) break;
        const auto out = static_cast<std::size_t>(layer.output);
        codes.at(out).resize(net.tensors[out].size());
        Work work{layer, {}, {}, net.tensors[out], codes[out], threads};
        for (const int tensor : layer.inputs) {
            const auto index = static_cast<std::size_t>(tensor);
            work.in.push_back(&net.tensors.at(index));
            work.codes.push_back(&codes[index]);
            if (codes[index].size() != net.tensors[index].size())
                refuse(layer, "an input is not there yet");
        }
        evaluate_layer(work);
    }
    return codes;
}

void Comparison::add(std::uint64_t image, const std::int32_t* expected, const std::int32_t* actual,
                     std::size_t count, std::int32_t zero_point)
{
    m_compared += count;
    for (std::size_t i = 0; i < count; ++i) {
        const double signal = static_cast<double>(expected[i]) - zero_point;
        const double noise = static_cast<double>(expected[i]) - actual[i];
        m_signal += signal * signal;
        m_noise += noise * noise;
        if (expected[i] == actual[i]) continue;
        if (m_mismatches++ == 0)
            m_first = "image " + std::to_string(image) + ", element " + std::to_string(i) +
                      ": expected " + std::to_string(expected[i]) + ", got " +
                      std::to_string(actual[i]);
    }
}

std::optional<double> Comparison::sqnr_db() const
{
    if (m_noise == 0.0) return std::nullopt;
    return 10.0 * std::log10(m_signal / m_noise);
}

}  // namespace imc::reference
