// SPDX-License-Identifier: Apache-2.0
/// Internal to the float evaluator: what each operator computes on a chunk of images, (image, C, H,
/// W) row-major.
#pragma once

#include "compiler/float_eval/sgemm.h"
#include "compiler/graph/graph.h"

#include <memory>
#include <vector>

namespace imc::compiler {

/// conv and gemm with packed weights. One object a node.
class LinearLayer {
public:
    LinearLayer(const Graph& graph, const Node& node);
    void run(const float* in, int images, float* out);

private:
    struct Run {     // columns that are neighbours in one output row of one image
        int column;  // in the panel
        int length;
        std::size_t source;
        std::size_t target;
    };
    const float* pad(const float* in, int images);
    void find_runs(std::int64_t first_column, std::int64_t columns);
    void pack_panel(const float* in, int first_channel);
    void store(const float* tile, int first_row, int rows, float* out) const;
    void run_depthwise(const float* in, int images, float* out) const;
    void run_panels(const float* in, int images, float* out);

    ConvAttributes m_conv;
    Shape m_in, m_out, m_padded;
    int m_group_in = 0, m_group_out = 0;
    std::vector<PackedRows> m_weights;  // one a group; empty for depthwise layers
    std::vector<float> m_depthwise;     // (C, kh, kw)
    std::vector<float> m_bias;
    std::vector<float> m_scratch, m_panel;
    std::vector<Run> m_runs;
    TileKernel m_kernel;
};

void run_pool(const Node& node, const Shape& in, const Shape& out, int images, const float* x,
              float* y);
void run_affine(const std::vector<float>& scale, const std::vector<float>& shift,
                const Shape& shape, int images, const float* x, float* y);
void run_unary(const UnaryAttributes& attributes, std::size_t count, const float* x, float* y);
void run_lrn(const LrnAttributes& attributes, const Shape& shape, int images, const float* x,
             float* y);
void run_pad(const PadAttributes& attributes, const Shape& in, const Shape& out, int images,
             const float* x, float* y);
void run_slice(const SliceAttributes& attributes, const Shape& in, const Shape& out, int images,
               const float* x, float* y);
/// softmax, log_softmax or argmax over the channels.
void run_channel_reduction(Op op, const Shape& shape, int images, const float* x, float* y);
/// Rounds to the grid, in place.
void round_to_grid(const Quantization& quantization, std::size_t count, float* numbers);

}  // namespace imc::compiler
