// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_fit.h"

#include "common/error.h"
#include "common/parallel.h"
#include "compiler/quantize/codebook_assign.h"

#include <algorithm>
#include <numeric>
#include <string>

#include <Eigen/Cholesky>

namespace imc::compiler {

namespace {

constexpr double adaptation_damping = 0.3;  ///< of the mean variance
constexpr double importance_floor = 0.1;
constexpr unsigned fit_rounds = 3;

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;

/// Sums over pairs of inputs by the pair of their codes, and over inputs of code x (covariance w).
struct Normal {
    Matrix m;
    Eigen::VectorXd q;
};

Normal normal_equations(const float* weights, const std::uint8_t* codes, unsigned fan_in,
                        std::size_t entries, const std::vector<double>& covariance, double damping)
{
    const auto n = static_cast<Eigen::Index>(entries);
    Normal out{Matrix::Zero(n, n), Eigen::VectorXd::Zero(n)};
    std::vector<double> by_code(entries);
    for (unsigned a = 0; a < fan_in; ++a) {
        const double* row = covariance.data() + std::size_t{a} * fan_in;
        std::fill(by_code.begin(), by_code.end(), 0.0);
        double sum = damping * weights[a];
        for (unsigned b = 0; b < fan_in; ++b) {
            by_code[codes[b]] += row[b];
            sum += row[b] * weights[b];
        }
        by_code[codes[a]] += damping;
        for (std::size_t c = 0; c < entries; ++c)
            out.m(codes[a], static_cast<Eigen::Index>(c)) += by_code[c];
        out.q[codes[a]] += sum;
    }
    return out;
}

double mean_variance(const std::vector<double>& covariance, unsigned fan_in)
{
    double sum = 0;
    for (unsigned k = 0; k < fan_in; ++k)
        sum += covariance[std::size_t{k} * fan_in + k];
    return sum / fan_in;
}

/// The solution; codes whose row is empty keep their centroid.
void solve(Normal normal, Codebook& book)
{
    for (Eigen::Index c = 0; c < normal.q.size(); ++c)
        if (normal.m(c, c) <= 0.0) {
            normal.m(c, c) = 1.0;
            normal.q[c] = book.centroid[static_cast<std::size_t>(c)];
        }
    const Eigen::VectorXd found = normal.m.ldlt().solve(normal.q);
    if (!found.allFinite()) return;
    std::copy(found.data(), found.data() + found.size(), book.centroid.begin());
}

}  // namespace

std::vector<float> adapted_weights(const std::vector<float>& weights, unsigned outputs,
                                   unsigned fan_in, const InputMoments& moments)
{
    const std::size_t square = std::size_t{fan_in} * fan_in;
    if (moments.coded.size() != square || moments.cross.size() != square ||
        weights.size() != std::size_t{outputs} * fan_in)
        throw InputError("codebook fit: " + std::to_string(weights.size()) + " weights and " +
                         std::to_string(moments.coded.size()) + " moments do not fit " +
                         std::to_string(outputs) + " outputs of " + std::to_string(fan_in) +
                         " inputs");
    const double variance = mean_variance(moments.coded, fan_in);
    if (variance <= 0.0) return weights;
    Matrix coded = ConstMap(moments.coded.data(), fan_in, fan_in);
    Matrix cross = ConstMap(moments.cross.data(), fan_in, fan_in);
    coded.diagonal().array() += adaptation_damping * variance;
    cross.diagonal().array() += adaptation_damping * variance;
    Matrix w(outputs, fan_in);
    std::copy(weights.begin(), weights.end(), w.data());
    const Matrix adapted = coded.llt().solve((w * cross).transpose()).transpose();
    std::vector<float> result(weights.size());
    std::transform(adapted.data(), adapted.data() + adapted.size(), result.begin(),
                   [](double x) { return static_cast<float>(x); });
    return result;
}

std::vector<float> weight_importance(const InputMoments& moments, unsigned fan_in)
{
    const double floor = importance_floor * mean_variance(moments.coded, fan_in);
    std::vector<float> importance(fan_in, 1.0f);
    for (unsigned k = 0; k < fan_in && floor > 0.0; ++k)
        importance[k] = static_cast<float>(moments.coded[std::size_t{k} * fan_in + k] + floor);
    return importance;
}

std::vector<Codebook> refit_centroids(const std::vector<float>& weights, unsigned outputs,
                                      unsigned fan_in, const std::vector<Codebook>& books,
                                      const std::vector<std::uint8_t>& codes,
                                      const std::vector<double>& covariance)
{
    const double damping = assignment_damping * mean_variance(covariance, fan_in);
    const bool shared = books.size() == 1;
    std::vector<Codebook> fitted = books;
    std::vector<Normal> normals(outputs);
    parallel_for(outputs, 0, [&](std::size_t o) {
        Normal normal = normal_equations(weights.data() + o * fan_in, codes.data() + o * fan_in,
                                         fan_in, books[shared ? 0 : o].size(), covariance, damping);
        if (shared)
            normals[o] = std::move(normal);
        else
            solve(std::move(normal), fitted[o]);
    });
    if (!shared || outputs == 0) return fitted;
    for (unsigned o = 1; o < outputs; ++o) {
        normals[0].m += normals[o].m;
        normals[0].q += normals[o].q;
    }
    solve(std::move(normals[0]), fitted[0]);
    return fitted;
}

FittedWeights fit_codes(const std::vector<float>& weights, unsigned outputs, unsigned fan_in,
                        std::vector<Codebook> books, const std::vector<double>& covariance)
{
    const CodeAssigner assigner(fan_in, covariance);
    FittedWeights fit{std::move(books), {}};
    for (unsigned round = 0; round < fit_rounds; ++round) {
        for (Codebook& book : fit.books)
            std::sort(book.centroid.begin(), book.centroid.end());
        fit.codes = assigner.codes(weights, outputs, fit.books);
        fit.books = refit_centroids(weights, outputs, fan_in, fit.books, fit.codes, covariance);
    }
    return fit;
}

}  // namespace imc::compiler
