// SPDX-License-Identifier: Apache-2.0
#include "run/codebook_quality.h"

#include "common/error.h"
#include "common/parallel.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/quantize/codebook_search.h"
#include "compiler/quantize/input_codes.h"
#include "compiler/quantize/quantize.h"
#include "reference/reference.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace imc::run {

std::vector<int> reference_predictions(const compiler::QNet& net, const float* images,
                                       std::size_t count)
{
    const compiler::QTensor& in = net.tensors[net.input];
    std::vector<int> best(count);
    parallel_for(count, 0, [&](std::size_t i) {
        const auto codes = compiler::input_codes(in, images + i * in.size(), in.size());
        const auto out = reference::evaluate(net, codes.data(), 1)[net.output];
        best[i] = static_cast<int>(std::max_element(out.begin(), out.end()) - out.begin());
    });
    return best;
}

namespace {

constexpr std::size_t least_to_hold_out = 64;  ///< half of them is what the composer's fit needs

/// `all` from image `first` on, before image `last`.
compiler::CalibrationSource part_of(const compiler::CalibrationSource& all, std::size_t first,
                                    std::size_t last)
{
    compiler::CalibrationSource part;
    part.observe = [&all, first, last](const compiler::Graph& graph,
                                       const compiler::FloatEvaluator::Observer& observer) {
        std::map<int, std::size_t> seen;  // numbers of each value
        all.observe(graph, [&](int value, const float* numbers, std::size_t count) {
            const auto size = static_cast<std::size_t>(graph.shape(value).size());
            const std::size_t at = seen[value];
            seen[value] = at + count;
            const std::size_t begin = std::max(at, first * size),
                              end = std::min(at + count, last * size);
            if (begin < end) observer(value, numbers + (begin - at), end - begin);
        });
    };
    return part;
}

}  // namespace

compiler::QNet quantize_to_quality(const compiler::Graph& graph,
                                   const compiler::QuantOptions& options,
                                   const compiler::CalibrationSource& calibration)
{
    if (graph.synthetic())
        throw InputError(
            "quantization.codebook.quality_loss: synthetic weights predict nothing; "
            "name a network with weights, or leave it out");
    std::vector<float> images, logits;
    calibration.observe(graph, [&](int value, const float* numbers, std::size_t count) {
        if (value == graph.input) images.insert(images.end(), numbers, numbers + count);
        if (value == graph.outputs[0]) logits.insert(logits.end(), numbers, numbers + count);
    });
    const auto size = static_cast<std::size_t>(graph.shape(graph.input).size());
    const std::size_t count = images.size() / size;
    const auto expected =
        compiler::predictions(logits, static_cast<int>(graph.shape(graph.outputs[0]).size()));
    const auto compose = [&](unsigned w, unsigned u, const compiler::CalibrationSource& source) {
        compiler::QuantOptions sized = options;
        sized.codebook.weight_codes = w;
        sized.codebook.input_codes = u;
        return compiler::quantize(graph, sized, source);
    };
    // Judged on images that the tables were not fitted to, if there are enough.
    const std::size_t fitted = count >= least_to_hold_out ? count / 2 : count,
                      first = fitted < count ? fitted : 0, judged = count - first;
    const auto source = part_of(calibration, 0, fitted);
    const std::vector<int> wanted(expected.begin() + static_cast<std::ptrdiff_t>(first),
                                  expected.end());
    const double bound = options.codebook.quality_loss;
    const auto choice =
        compiler::choose_sizes(0.0, bound, {4, 8, 16, 32, 64}, [&](unsigned w, unsigned u) {
            const auto own =
                reference_predictions(compose(w, u, source), images.data() + first * size, judged);
            return 1.0 - compiler::top1(own, wanted);
        });
    if (!choice.reached)
        throw InputError(fmt::format(
            "quantization.codebook.quality_loss: {:g} is out of reach: the best tables, {} x {}, "
            "change {:.4f} of the predictions on {} calibration images; allow that much, or "
            "retrain "
            "the network (scripts/train/codebook_retrain.py)",
            bound, choice.weight_entries, choice.input_entries, choice.loss, judged));
    return compose(choice.weight_entries, choice.input_entries, calibration);
}

}  // namespace imc::run
