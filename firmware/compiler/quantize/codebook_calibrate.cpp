// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_calibrate.h"

#include <algorithm>
#include <utility>

#include <Eigen/Core>

namespace imc::compiler {

namespace {

constexpr std::size_t most_patches = 4096;

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Every step-th window of a value as a row; steps are powers of three, so that the windows walk
/// through all columns of maps whose width is a power of two.
class Patches {
public:
    Patches(const Shape& shape, const QGeometry& g, std::size_t images)
        : m_shape(shape),
          m_g(g),
          m_columns((shape.w + g.pad_left + g.pad_right - g.dilation_w * (g.kernel_w - 1) - 1) /
                        g.stride_w +
                    1),
          m_rows((shape.h + g.pad_top + g.pad_bottom - g.dilation_h * (g.kernel_h - 1) - 1) /
                     g.stride_h +
                 1)
    {
        while (images * windows() / m_step > most_patches)
            m_step *= 3;
    }

    void add(const float* numbers, std::size_t count)
    {
        const auto size = static_cast<std::size_t>(m_shape.size());
        for (std::size_t image = 0; image < count / size; ++image)
            for (std::size_t window = 0; window < windows(); ++window)
                if (m_seen++ % m_step == 0) take(numbers + image * size, window);
    }

    /// [patch][fan_in]
    Matrix rows() const
    {
        const auto fan_in =
            static_cast<Eigen::Index>(std::size_t(m_shape.c) * m_g.kernel_h * m_g.kernel_w);
        const auto count = static_cast<Eigen::Index>(m_numbers.size()) / fan_in;
        return Eigen::Map<
                   const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                   m_numbers.data(), count, fan_in)
            .cast<double>();
    }

private:
    std::size_t windows() const { return std::size_t{m_columns} * m_rows; }

    void take(const float* image, std::size_t window)
    {
        const long top = static_cast<long>(window / m_columns * m_g.stride_h) - m_g.pad_top,
                   left = static_cast<long>(window % m_columns * m_g.stride_w) - m_g.pad_left;
        for (int c = 0; c < m_shape.c; ++c)
            for (unsigned ky = 0; ky < m_g.kernel_h; ++ky)
                for (unsigned kx = 0; kx < m_g.kernel_w; ++kx) {
                    const long y = top + ky * m_g.dilation_h, x = left + kx * m_g.dilation_w;
                    const bool there = y >= 0 && x >= 0 && y < m_shape.h && x < m_shape.w;
                    m_numbers.push_back(there ? image[(long{c} * m_shape.h + y) * m_shape.w + x]
                                              : 0.0f);
                }
    }

    Shape m_shape;
    QGeometry m_g;
    unsigned m_columns, m_rows;
    std::size_t m_step = 1, m_seen = 0;
    std::vector<float> m_numbers;
};

std::vector<double> take_means_off(Matrix& rows)
{
    const Eigen::RowVectorXd mean = rows.colwise().mean();
    rows.rowwise() -= mean;
    return {mean.data(), mean.data() + mean.size()};
}

std::vector<double> products(const Matrix& a, const Matrix& b)
{
    std::vector<double> result(static_cast<std::size_t>(a.cols() * b.cols()));
    Eigen::Map<Matrix>(result.data(), a.cols(), b.cols()) =
        a.transpose() * b / static_cast<double>(a.rows());
    return result;
}

}  // namespace

CodebookCalibration::CodebookCalibration(const Graph& graph, const ObserveImages& observe,
                                         FloatEvaluator::Rewriter code)
    : m_graph(graph), m_composed(graph), m_code(std::move(code))
{
    observe(graph, [&](int value, const float* numbers, std::size_t count) {
        if (value == graph.input) m_images.insert(m_images.end(), numbers, numbers + count);
    });
    m_count = m_images.size() / static_cast<std::size_t>(graph.shape(graph.input).size());
}

bool CodebookCalibration::worth_it(std::size_t layers) const
{
    return m_count >= least_moment_images &&
           2.0 * static_cast<double>(layers * m_count) * static_cast<double>(macs(m_graph)) <=
               most_moment_macs;
}

LayerMoments CodebookCalibration::moments(int value, const QGeometry& geometry) const
{
    Patches wanted(m_graph.shape(value), geometry, m_count), coded = wanted;
    const auto collect = [value](Patches& patches) {
        return [&patches, value](int v, const float* numbers, std::size_t count) {
            if (v == value) patches.add(numbers, count);
        };
    };
    FloatEvaluator(m_graph).run(m_images.data(), m_count, collect(wanted));
    FloatEvaluator(m_composed).run(m_images.data(), m_count, collect(coded), m_code);
    Matrix x = wanted.rows(), q = coded.rows();
    LayerMoments found;
    found.mean = take_means_off(x);
    found.coded_mean = take_means_off(q);
    found.moments = {products(q, q), products(x, q)};
    return found;
}

void CodebookCalibration::compose(const Node& node, std::vector<float> weights,
                                  std::vector<float> bias)
{
    Node& own = m_composed.nodes[static_cast<std::size_t>(&node - m_graph.nodes.data())];
    const auto add = [&](const char* what, std::vector<int> dims, std::vector<float> numbers) {
        m_composed.tensors.push_back({node.name + what, std::move(dims), std::move(numbers), {}});
        return static_cast<int>(m_composed.tensors.size()) - 1;
    };
    own.weight = add(".weight", m_graph.tensor(node.weight).dims, std::move(weights));
    const std::vector<int> outputs{static_cast<int>(bias.size())};
    own.bias = add(".bias", outputs, std::move(bias));
}

}  // namespace imc::compiler
