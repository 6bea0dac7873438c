// SPDX-License-Identifier: Apache-2.0
/// A quantised network on codebooks, layer by layer.
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/calibration.h"
#include "compiler/quantize/codebook_books.h"
#include "compiler/quantize/codebook_calibrate.h"
#include "compiler/quantize/codebook_file.h"
#include "compiler/quantize/codebook_layer.h"
#include "compiler/quantize/codebook_network.h"
#include "compiler/quantize/codebook_plan.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace imc::compiler {

/// By value: whether it feeds a fully connected layer, so that its elements have means of their
/// own.
std::vector<bool> fully_connected_inputs(const Graph& graph, const Plan& plan);

/// Builds the QNet in the order: codebooks of all tensors, tensors, layers (each by itself).
class CodebookBuilder {
public:
    /// What must not change under way: `graph` and `observe`, which outlive the builder. Throws
    /// InputError for a file of codebooks that is not this network's.
    CodebookBuilder(const Graph& graph, Plan plan, std::vector<FusedFunction> fused,
                    const QuantOptions& options, std::vector<ValueSamples> samples,
                    const ObserveImages& observe);

    QNet build();

private:
    void check_layers() const;
    void calibrate();
    void make_tensors();
    void build_layer(std::size_t l);
    void conv(std::size_t l, QLayer& layer);
    void add_means(std::size_t l, const QLayer& layer, FloatLayer& floats) const;
    bool add_moments(std::size_t l, const QLayer& layer, FloatLayer& floats) const;
    void affine(std::size_t l, QLayer& layer);
    ComposedLayer compose(std::size_t l, const FloatLayer& floats, bool per_channel, QLayer& layer);
    void decode(std::size_t l, QLayer& layer);
    void table(const std::function<double(double)>& f, QLayer& layer);
    void finish(std::size_t l, double sum_scale, QLayer& layer);
    void decode_output();
    bool raw(const QLayer& layer) const { return m_raw_output && layer.output == m_plan.output; }
    const Codebook& book(int tensor) const { return m_books[m_plan.tensors[tensor].group]; }
    const Node& node(std::size_t l) const { return m_graph.nodes[m_plan.layers[l].node]; }

    const Graph& m_graph;
    Plan m_plan;
    std::vector<FusedFunction> m_fused;
    CodebookScheme m_options;
    std::vector<ValueSamples> m_samples;  ///< by value
    bool m_raw_output;
    const ObserveImages& m_observe;
    CodebookFile m_file;                            ///< of trained codebooks, if options name one
    std::vector<Codebook> m_books;                  ///< by group of tensors
    std::vector<std::vector<double>> m_coded_mean;  ///< by value
    std::unique_ptr<CodebookCalibration> m_calibration;
    QNet m_net;
};

}  // namespace imc::compiler
