// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_books.h"

#include "common/error.h"
#include "common/parallel.h"
#include "compiler/quantize/geometry.h"

#include <algorithm>
#include <numeric>
#include <string>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// What a group's codebook is made from.
struct Group {
    bool used = false, pinned = false;
    std::vector<float> numbers, importance;
};

/// Sum of squared weights by place of the layer's input, `places` in all (channels or elements).
std::vector<double> weight_energy(const Graph& graph, const Node& node, std::size_t groups,
                                  std::size_t places)
{
    const auto weights = graph.tensor(node.weight).to_float();
    const auto outputs = static_cast<std::size_t>(graph.shape(node.output).c);
    const std::size_t fan_in = weights.size() / outputs, inputs = groups * fan_in;
    if (inputs % places != 0) return {};  // also read by elements elsewhere
    std::vector<double> energy(places, 0.0);
    for (std::size_t o = 0; o < outputs; ++o)
        for (std::size_t k = 0; k < fan_in; ++k) {
            const double w = weights[o * fan_in + k];
            energy[(o * groups / outputs * fan_in + k) / (inputs / places)] += w * w;
        }
    return energy;
}

/// Adds the energies, in units of their mean.
void add_normalised(const std::vector<double>& energy, std::vector<double>& sum)
{
    const double total = std::accumulate(energy.begin(), energy.end(), 0.0);
    for (std::size_t p = 0; p < sum.size(); ++p)
        sum[p] += energy.empty() || total <= 0.0
                      ? 1.0
                      : energy[p] * static_cast<double>(energy.size()) / total;
}

/// Importance of each place of every value: mean over the layers that read it.
std::vector<std::vector<double>> importances(const Graph& graph, const Plan& plan,
                                             const std::vector<ValueSamples>& samples)
{
    std::vector<std::vector<double>> found(graph.values.size());
    for (std::size_t v = 0; v < found.size(); ++v)
        found[v].resize(samples[v].mean.size(), 0.0);
    for (const auto& layer : plan.layers) {
        const Node& node = graph.nodes[layer.node];
        const bool weighted = node.op == Op::conv || node.op == Op::gemm;
        for (const int input : layer.inputs) {
            auto& sum = found[static_cast<std::size_t>(input)];
            const unsigned groups = layer_geometry(node, graph.shape(input)).groups;
            add_normalised(
                weighted ? weight_energy(graph, node, groups, sum.size()) : std::vector<double>{},
                sum);
        }
    }
    return found;
}

void mark(const Graph& graph, const Plan& plan, bool raw_output, std::vector<Group>& groups)
{
    const auto use = [&](int value, bool padded) {
        const int t = plan.tensor_of_value[value];
        Group& group = groups[plan.tensors[t].group];
        group.pinned = group.pinned || padded;
        group.used = group.used || !(raw_output && t == plan.output);
    };
    use(plan.tensors[plan.input].value, false);
    for (const auto& layer : plan.layers) {
        const auto g = layer_geometry(graph.nodes[layer.node], graph.shape(layer.inputs[0]));
        const bool padded = g.pad_top + g.pad_left + g.pad_bottom + g.pad_right > 0;
        for (const int input : layer.inputs)
            use(input, padded);
        use(layer.output, false);
    }
}

}  // namespace

unsigned bits_of(std::size_t codes)
{
    unsigned bits = 1;
    while ((std::size_t{1} << bits) < codes)
        ++bits;
    return bits;
}

bool is_raw_output(const Graph& graph, const Plan& plan)
{
    const int value = plan.tensors[plan.output].value;
    for (const auto& layer : plan.layers) {
        if (std::find(layer.inputs.begin(), layer.inputs.end(), value) != layer.inputs.end())
            return false;
        const Op op = graph.nodes[layer.node].op;
        if (layer.output == value && op != Op::conv && op != Op::gemm && op != Op::affine &&
            op != Op::add && op != Op::average_pool)
            return false;
    }
    return true;
}

std::vector<bool> only_decoded(const Graph& graph, const Plan& plan)
{
    std::vector<bool> decoded(plan.tensors.size(), true);
    for (const auto& layer : plan.layers) {
        const Op op = graph.nodes[layer.node].op;
        if (op == Op::conv || op == Op::gemm || op == Op::affine)
            for (const int input : layer.inputs)
                decoded[plan.tensors[plan.tensor_of_value[input]].group] = false;
    }
    return decoded;
}

std::vector<Codebook> given_books(const Graph& graph, const Plan& plan, const CodebookFile& file,
                                  bool raw_output)
{
    std::vector<Group> groups(plan.tensors.size());
    mark(graph, plan, raw_output, groups);
    std::vector<Codebook> books(groups.size());
    std::size_t taken = 0;
    const auto refuse = [](const std::string& name, const char* what) {
        throw InputError(fmt::format("quantization.parameters: tensor '{}' {}", name, what));
    };
    for (const auto& t : plan.tensors) {
        const std::string& name = graph.values[t.value].name;
        const auto found = file.tensors.find(name);
        if (found == file.tensors.end() || !groups[t.group].used) continue;
        ++taken;
        Codebook& book = books[t.group];
        if (book.size() > 0 && book.centroid != found->second.centroid)
            refuse(name, "has another codebook than a tensor that shares its codes");
        book = found->second;
        if (groups[t.group].pinned &&
            std::find(book.centroid.begin(), book.centroid.end(), 0.0) == book.centroid.end())
            refuse(name, "is padded with zeros; its codebook needs the centroid 0");
    }
    for (const auto& t : plan.tensors)
        if (groups[t.group].used && books[t.group].size() == 0)
            refuse(graph.values[t.value].name,
                   "has no codebook in the file; train on this network");
    if (taken < file.tensors.size())
        throw InputError(
            fmt::format("quantization.parameters: {} of the file's {} tensors are none "
                        "that this network codes; use the file with its own network",
                        file.tensors.size() - taken, file.tensors.size()));
    return books;
}

std::vector<Codebook> make_books(const Graph& graph, const Plan& plan,
                                 const std::vector<ValueSamples>& samples,
                                 const CodebookScheme& options, bool raw_output)
{
    std::vector<Group> groups(plan.tensors.size());
    mark(graph, plan, raw_output, groups);
    const auto importance = importances(graph, plan, samples);
    for (const auto& t : plan.tensors) {
        Group& group = groups[t.group];
        if (!group.used) continue;
        const ValueSamples& s = samples[t.value];
        const auto& by_place = importance[t.value];
        const bool read =
            std::any_of(by_place.begin(), by_place.end(), [](double e) { return e > 0; });
        group.numbers.insert(group.numbers.end(), s.numbers.begin(), s.numbers.end());
        for (const std::uint32_t place : s.place)
            group.importance.push_back(read ? static_cast<float>(by_place[place]) : 1.0f);
    }
    const auto decoded = only_decoded(graph, plan);
    const int image = plan.tensors[plan.tensor_of_value[graph.input]].group;
    std::vector<Codebook> books(groups.size());
    parallel_for(groups.size(), 0, [&](std::size_t g) {
        const Group& group = groups[g];
        if (!group.used) return;
        // What follows a ReLU is zero half of the time: that code should mean zero exactly.
        const bool pin =
            group.pinned || *std::min_element(group.numbers.begin(), group.numbers.end()) == 0.0f;
        unsigned codes = options.input_codes;
        if (decoded[g]) codes = std::max(codes, options.residual_codes);
        if (static_cast<int>(g) == image && options.image_codes != 0) codes = options.image_codes;
        books[g] = options.tree ? make_codebook_tree(group.numbers, bits_of(codes), pin).back()
                                : make_codebook(group.numbers, {codes, pin}, group.importance);
    });
    return books;
}

}  // namespace imc::compiler
