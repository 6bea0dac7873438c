// SPDX-License-Identifier: Apache-2.0
#include "compiler/float_eval/float_evaluator.h"

#include "common/error.h"
#include "compiler/float_eval/layers.h"

#include <algorithm>
#include <limits>
#include <map>

namespace imc::compiler {

namespace {

constexpr std::int64_t chunk_elements =
    1 << 18;  // keeps a layer's activations within a second-level cache
constexpr std::int64_t largest_chunk = 32;  // a tile's columns

}  // namespace

struct FloatEvaluator::Impl {
    explicit Impl(const Graph& g);
    void run_chunk(const float* images, int count, const Observer& observe,
                   const Rewriter& rewrite);
    void run_node(const Node& node, int count);
    void run_concat(const Node& node, int count);
    void run_add(const Node& node, int count);

    const float* in(const Node& node, std::size_t index = 0) const
    {
        return buffers[static_cast<std::size_t>(node.inputs[index])].data();
    }
    float* out(const Node& node) { return buffers[static_cast<std::size_t>(node.output)].data(); }
    std::size_t size(int value, int count) const
    {
        return static_cast<std::size_t>(graph.shape(value).size()) * count;
    }
    void acquire(int value, int count);
    void release(int value);

    const Graph& graph;
    std::map<const Node*, LinearLayer> linear;
    std::map<const Node*, std::pair<std::vector<float>, std::vector<float>>> affine;
    std::vector<std::vector<float>> buffers;  // a value each, empty while it is not alive
    std::vector<std::vector<float>> spare;
    std::vector<int> last_reader;  // node index, or -1: an output, or never read
    int chunk = 1;
};

FloatEvaluator::Impl::Impl(const Graph& g)
    : graph(g), buffers(g.values.size()), last_reader(g.values.size(), -1)
{
    std::int64_t largest = 1;
    for (const Value& value : graph.values)
        largest = std::max(largest, value.shape.size());
    chunk = static_cast<int>(std::clamp<std::int64_t>(chunk_elements / largest, 1, largest_chunk));
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const Node& node = graph.nodes[n];
        for (const int value : node.inputs)
            last_reader[static_cast<std::size_t>(value)] = static_cast<int>(n);
        if (node.op == Op::conv || node.op == Op::gemm) linear.try_emplace(&node, graph, node);
        if (node.op == Op::affine)
            affine[&node] = {graph.tensor(node.weight).to_float(),
                             graph.tensor(node.bias).to_float()};
    }
    for (const int value : graph.outputs)
        last_reader[static_cast<std::size_t>(value)] = -1;
}

void FloatEvaluator::Impl::acquire(int value, int count)
{
    std::vector<float>& buffer = buffers[static_cast<std::size_t>(value)];
    if (buffer.empty() && !spare.empty()) {
        buffer = std::move(spare.back());
        spare.pop_back();
    }
    buffer.resize(size(value, count));
}

void FloatEvaluator::Impl::release(int value)
{
    spare.push_back(std::move(buffers[static_cast<std::size_t>(value)]));
    buffers[static_cast<std::size_t>(value)].clear();
}

void FloatEvaluator::Impl::run_chunk(const float* images, int count, const Observer& observe,
                                     const Rewriter& rewrite)
{
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const Node& node = graph.nodes[n];
        acquire(node.output, count);
        if (node.op == Op::input)
            std::copy(images, images + size(node.output, count), out(node));
        else
            run_node(node, count);
        const auto& grid = graph.values[static_cast<std::size_t>(node.output)].quantization;
        if (grid) round_to_grid(*grid, size(node.output, count), out(node));
        if (rewrite) rewrite(node.output, out(node), size(node.output, count));
        if (observe) observe(node.output, out(node), size(node.output, count));
        std::vector<int> done = node.inputs;
        std::sort(done.begin(), done.end());
        done.erase(std::unique(done.begin(), done.end()), done.end());
        for (const int value : done)
            if (last_reader[static_cast<std::size_t>(value)] == static_cast<int>(n)) release(value);
    }
}

void FloatEvaluator::Impl::run_concat(const Node& node, int count)
{
    float* to = out(node);
    for (int image = 0; image < count; ++image)
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            const std::size_t part = size(node.inputs[i], 1);
            const float* from = in(node, i) + static_cast<std::size_t>(image) * part;
            to = std::copy(from, from + part, to);
        }
}

void FloatEvaluator::Impl::run_add(const Node& node, int count)
{
    const float *a = in(node, 0), *b = in(node, 1);
    float* y = out(node);
    for (std::size_t i = 0; i < size(node.output, count); ++i)
        y[i] = a[i] + b[i];
}

void FloatEvaluator::Impl::run_node(const Node& node, int count)
{
    const Shape from = graph.shape(node.inputs[0]), to = graph.shape(node.output);
    const float* x = in(node);
    float* y = out(node);
    const std::size_t total = size(node.output, count);
    const auto clip = [&](float low, float high) {
        for (std::size_t i = 0; i < total; ++i)
            y[i] = std::min(std::max(x[i], low), high);
    };
    switch (node.op) {
        case Op::conv:
        case Op::gemm:
            return linear.at(&node).run(x, count, y);
        case Op::affine:
            return run_affine(affine.at(&node).first, affine.at(&node).second, to, count, x, y);
        case Op::add:
            return run_add(node, count);
        case Op::relu:
            return clip(0.0f, std::numeric_limits<float>::infinity());
        case Op::clip:
            return clip(node.clip().low, node.clip().high);
        case Op::max_pool:
        case Op::average_pool:
            return run_pool(node, from, to, count, x, y);
        case Op::concat:
            return run_concat(node, count);
        case Op::pad:
            return run_pad(std::get<PadAttributes>(node.attributes), from, to, count, x, y);
        case Op::slice:
            return run_slice(std::get<SliceAttributes>(node.attributes), from, to, count, x, y);
        case Op::unary:
            return run_unary(node.unary(), total, x, y);
        case Op::lrn:
            return run_lrn(std::get<LrnAttributes>(node.attributes), to, count, x, y);
        case Op::softmax:
        case Op::log_softmax:
        case Op::argmax:
            return run_channel_reduction(node.op, from, count, x, y);
        case Op::input:
        case Op::reshape:
        case Op::quantize:
            std::copy(x, x + total, y);
            return;
    }
}

FloatEvaluator::FloatEvaluator(const Graph& graph) : m_impl(std::make_unique<Impl>(graph)) {}
FloatEvaluator::~FloatEvaluator() = default;

std::vector<float> FloatEvaluator::run(const float* images, std::size_t count,
                                       const Observer& observe, const Rewriter& rewrite)
{
    const auto image = static_cast<std::size_t>(m_impl->graph.shape(m_impl->graph.input).size());
    const int output = m_impl->graph.outputs[0];
    std::vector<float> logits;
    logits.reserve(m_impl->size(output, 1) * count);
    for (std::size_t first = 0; first < count; first += static_cast<std::size_t>(m_impl->chunk)) {
        const int part =
            static_cast<int>(std::min(count - first, static_cast<std::size_t>(m_impl->chunk)));
        m_impl->run_chunk(images + first * image, part, observe, rewrite);
        const std::vector<float>& result = m_impl->buffers[static_cast<std::size_t>(output)];
        logits.insert(logits.end(), result.begin(), result.end());
    }
    return logits;
}

std::vector<std::vector<float>> FloatEvaluator::run_values(const float* images, std::size_t count,
                                                           const std::vector<int>& values)
{
    std::vector<std::vector<float>> collected(values.size());
    run(images, count, [&](int value, const float* numbers, std::size_t total) {
        for (std::size_t i = 0; i < values.size(); ++i)
            if (values[i] == value)
                collected[i].insert(collected[i].end(), numbers, numbers + total);
    });
    return collected;
}

std::vector<int> predictions(const std::vector<float>& logits, int classes)
{
    std::vector<int> best;
    for (std::size_t first = 0; first + classes <= logits.size();
         first += static_cast<std::size_t>(classes)) {
        const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(first);
        best.push_back(static_cast<int>(std::max_element(begin, begin + classes) - begin));
    }
    return best;
}

double top1(const std::vector<int>& predicted, const std::vector<int>& labels)
{
    if (predicted.empty() || predicted.size() != labels.size())
        throw InputError("top-1: " + std::to_string(predicted.size()) + " predictions for " +
                         std::to_string(labels.size()) + " labels");
    std::size_t right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
        right += predicted[i] == labels[i];
    return static_cast<double>(right) / static_cast<double>(labels.size());
}

}  // namespace imc::compiler
