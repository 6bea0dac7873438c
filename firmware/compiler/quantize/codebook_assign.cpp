// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_assign.h"

#include "common/error.h"
#include "common/parallel.h"

#include <algorithm>
#include <numeric>
#include <string>

#include <Eigen/Cholesky>

namespace imc::compiler {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Inputs by falling variance, equal ones by index.
std::vector<unsigned> order_of(const std::vector<double>& covariance, unsigned fan_in)
{
    std::vector<unsigned> order(fan_in);
    std::iota(order.begin(), order.end(), 0u);
    const auto variance = [&](unsigned k) { return covariance[std::size_t{k} * fan_in + k]; };
    std::stable_sort(order.begin(), order.end(),
                     [&](unsigned a, unsigned b) { return variance(a) > variance(b); });
    return order;
}

/// Row k: what an error of weight k asks of the weights after it (divided by its own entry).
Matrix update_rows(const std::vector<double>& covariance, const std::vector<unsigned>& order)
{
    const auto n = static_cast<Eigen::Index>(order.size());
    Matrix h(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j)
            h(i, j) = covariance[order[i] * order.size() + order[j]];
    const double mean = h.trace() / static_cast<double>(n);
    h.diagonal().array() += mean > 0 ? assignment_damping * mean : 1.0;
    const Matrix inverse = h.llt().solve(Matrix::Identity(n, n));
    return inverse.llt().matrixU();
}

}  // namespace

CodeAssigner::CodeAssigner(unsigned fan_in, const std::vector<double>& covariance)
    : m_fan_in(fan_in)
{
    if (covariance.empty()) return;
    if (covariance.size() != m_fan_in * m_fan_in)
        throw InputError("codebook assignment: " + std::to_string(covariance.size()) +
                         " covariances do not fit " + std::to_string(fan_in) + " inputs");
    m_order = order_of(covariance, fan_in);
    const Matrix rows = update_rows(covariance, m_order);
    m_rows.assign(rows.data(), rows.data() + rows.size());
}

std::vector<std::uint8_t> CodeAssigner::codes(const std::vector<float>& weights, unsigned outputs,
                                              const std::vector<Codebook>& books) const
{
    const std::size_t n = m_fan_in;
    if (weights.size() != outputs * n || (books.size() != 1 && books.size() != outputs))
        throw InputError("codebook assignment: " + std::to_string(weights.size()) +
                         " weights and " + std::to_string(books.size()) + " codebooks do not fit " +
                         std::to_string(outputs) + " outputs of " + std::to_string(n) + " inputs");
    std::vector<std::uint8_t> codes(weights.size());
    const auto book = [&](std::size_t o) -> const Codebook& {
        return books[books.size() == 1 ? 0 : o];
    };
    if (m_order.empty()) {
        for (std::size_t o = 0; o < outputs; ++o)
            book(o).encode(weights.data() + o * n, n, codes.data() + o * n);
        return codes;
    }
    const auto size = static_cast<Eigen::Index>(n);
    const Eigen::Map<const Matrix> rows(m_rows.data(), size, size);
    parallel_for(outputs, 0, [&](std::size_t o) {
        Eigen::RowVectorXd left(size);
        for (std::size_t k = 0; k < n; ++k)
            left[static_cast<Eigen::Index>(k)] = weights[o * n + m_order[k]];
        for (Eigen::Index k = 0; k < left.size(); ++k) {
            const std::uint8_t code = book(o).encode(left[k]);
            codes[o * n + m_order[static_cast<std::size_t>(k)]] = code;
            const double error = (left[k] - book(o).centroid[code]) / rows(k, k);
            const Eigen::Index after = left.size() - k - 1;
            left.tail(after) -= error * rows.row(k).tail(after);
        }
    });
    return codes;
}

}  // namespace imc::compiler
