// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace imc::compiler {

namespace {

/// Distinct samples in ascending order with running sums, so that the sums of any range cost two
/// look-ups.
class SortedSamples {
public:
    explicit SortedSamples(const std::vector<float>& samples, std::size_t most = SIZE_MAX,
                           const std::vector<float>& importance = {})
    {
        std::vector<std::pair<float, float>> sorted;  // value, importance
        const std::size_t taken = std::min(most, samples.size());
        for (std::size_t n = 0; n < taken; ++n) {
            const std::size_t at = n * samples.size() / taken;
            sorted.emplace_back(samples[at], importance.empty() ? 1.0f : importance[at]);
        }
        std::sort(sorted.begin(), sorted.end());
        m_weight.push_back(0);
        m_sum.push_back(0);
        m_square.push_back(0);
        for (std::size_t n = 0; n < sorted.size();) {
            const double v = sorted[n].first;
            std::size_t end = n;
            double count = 0;
            for (; end < sorted.size() && sorted[end].first == sorted[n].first; ++end)
                count += sorted[end].second;
            m_value.push_back(v);
            m_weight.push_back(m_weight.back() + count);
            m_sum.push_back(m_sum.back() + count * v);
            m_square.push_back(m_square.back() + count * v * v);
            n = end;
        }
    }

    std::size_t distinct() const { return m_value.size(); }
    double value(std::size_t n) const { return m_value[n]; }
    double weight(std::size_t begin, std::size_t end) const
    {
        return m_weight[end] - m_weight[begin];
    }
    double mean(std::size_t begin, std::size_t end) const
    {
        const double total = weight(begin, end);
        return total > 0 ? (m_sum[end] - m_sum[begin]) / total : m_value[begin];
    }
    /// Sum of (value - centre)^2 over a range.
    double error(std::size_t begin, std::size_t end, double centre) const
    {
        return m_square[end] - m_square[begin] - 2 * centre * (m_sum[end] - m_sum[begin]) +
               centre * centre * weight(begin, end);
    }
    /// First distinct sample above `limit`.
    std::size_t first_above(double limit) const
    {
        return static_cast<std::size_t>(std::upper_bound(m_value.begin(), m_value.end(), limit) -
                                        m_value.begin());
    }
    /// Smallest distinct sample that has at least `share` of all samples at or below it.
    double quantile(double share) const
    {
        const auto at =
            std::lower_bound(m_weight.begin() + 1, m_weight.end(), share * m_weight.back());
        const auto n = static_cast<std::size_t>(at - m_weight.begin()) - 1;
        return m_value[std::min(n, m_value.size() - 1)];
    }

private:
    std::vector<double> m_value, m_weight, m_sum, m_square;
};

void check_samples(const std::vector<float>& samples, const std::vector<float>& importance = {})
{
    if (!importance.empty() && importance.size() != samples.size())
        throw InputError("codebook: " + std::to_string(importance.size()) + " importances for " +
                         std::to_string(samples.size()) + " samples");
    for (const float v : importance)
        if (!std::isfinite(v) || v < 0)
            throw InputError("codebook: an importance is negative or not a finite number");
    if (samples.empty()) throw InputError("codebook: no samples to cluster; give calibration data");
    for (const float v : samples)
        if (!std::isfinite(v))
            throw InputError("codebook: a sample is not a finite number; check weights and data");
}

/// Sets the centroid nearest to zero to zero; the order stays.
void pin(std::vector<double>& centroid)
{
    *std::min_element(centroid.begin(), centroid.end(),
                      [](double a, double b) { return std::abs(a) < std::abs(b); }) = 0.0;
}

struct Clustering {
    std::vector<double> centroid;
    double error = std::numeric_limits<double>::max();
};

/// Bounds of the clusters: sample n belongs to c if bound[c] <= n < bound[c + 1].
std::vector<std::size_t> cluster_bounds(const SortedSamples& samples,
                                        const std::vector<double>& centroid)
{
    std::vector<std::size_t> bound{0};
    for (std::size_t c = 0; c + 1 < centroid.size(); ++c)
        bound.push_back(samples.first_above((centroid[c] + centroid[c + 1]) / 2));
    bound.push_back(samples.distinct());
    return bound;
}

Clustering lloyd(const SortedSamples& samples, std::vector<double> centroid,
                 const CodebookOptions& options)
{
    Clustering best;
    for (unsigned iteration = 0; iteration < options.iterations; ++iteration) {
        std::sort(centroid.begin(), centroid.end());
        if (options.pin_zero) pin(centroid);
        centroid.erase(std::unique(centroid.begin(), centroid.end()), centroid.end());
        const auto bound = cluster_bounds(samples, centroid);
        double error = 0;
        for (std::size_t c = 0; c < centroid.size(); ++c)
            error += samples.error(bound[c], bound[c + 1], centroid[c]);
        if (error >= best.error) break;
        best = {centroid, error};
        for (std::size_t c = 0; c < centroid.size(); ++c)
            if (bound[c] < bound[c + 1]) centroid[c] = samples.mean(bound[c], bound[c + 1]);
    }
    return best;
}

/// The split of samples [begin, end) in two with the least squared error; `at` == end if all are
/// equal.
struct Split {
    std::size_t at = 0;
    double error = 0;  ///< that is left
};

Split best_split(const SortedSamples& samples, std::size_t begin, std::size_t end)
{
    if (begin == end) return {end, 0.0};
    Split best{end, samples.error(begin, end, samples.mean(begin, end))};
    for (std::size_t n = begin + 1; n < end; ++n) {
        const double error = samples.error(begin, n, samples.mean(begin, n)) +
                             samples.error(n, end, samples.mean(n, end));
        if (error < best.error) best = {n, error};
    }
    return best;
}

/// A third start: the cluster whose best split gains most is split until there are enough.
std::vector<double> start_by_splitting(const SortedSamples& samples, unsigned entries)
{
    struct Part {
        std::size_t begin, end;
        Split split;
        double gain;
    };
    const auto part = [&](std::size_t begin, std::size_t end) {
        const Split split = best_split(samples, begin, end);
        return Part{begin, end, split,
                    samples.error(begin, end, samples.mean(begin, end)) - split.error};
    };
    std::vector<Part> parts{part(0, samples.distinct())};
    while (parts.size() < entries) {
        const auto most =
            std::max_element(parts.begin(), parts.end(),
                             [](const Part& a, const Part& b) { return a.gain < b.gain; });
        if (most->split.at == most->end) break;
        const Part whole = *most;
        *most = part(whole.begin, whole.split.at);
        parts.push_back(part(whole.split.at, whole.end));
    }
    std::vector<double> centroid;
    for (const Part& p : parts)
        centroid.push_back(samples.mean(p.begin, p.end));
    return centroid;
}

}  // namespace

std::uint8_t Codebook::encode(double value) const
{
    std::size_t best = 0;
    for (std::size_t n = 1; n < centroid.size(); ++n)
        if (std::abs(centroid[n] - value) < std::abs(centroid[best] - value)) best = n;
    return static_cast<std::uint8_t>(best);
}

void Codebook::encode(const float* values, std::size_t count, std::uint8_t* codes) const
{
    float midpoint[64];
    std::fill_n(midpoint, 64, std::numeric_limits<float>::infinity());
    for (std::size_t n = 0; n + 1 < centroid.size() && n < 63; ++n)
        midpoint[n] = static_cast<float>((centroid[n] + centroid[n + 1]) / 2);
    for (std::size_t i = 0; i < count; ++i) {  // number of midpoints below, by halving
        unsigned code = 0;
        for (unsigned step = 32; step > 0; step /= 2)
            code += values[i] > midpoint[code + step - 1] ? step : 0;
        codes[i] = static_cast<std::uint8_t>(code);
    }
}

void Codebook::round(const float* values, std::size_t count, float* rounded) const
{
    std::vector<std::uint8_t> codes(count);
    encode(values, count, codes.data());
    for (std::size_t i = 0; i < count; ++i)
        rounded[i] = static_cast<float>(centroid[codes[i]]);
}

Codebook make_codebook(const std::vector<float>& samples, const CodebookOptions& options,
                       const std::vector<float>& importance)
{
    check_samples(samples, importance);
    if (options.entries < 2 || options.entries > 64)
        throw InputError("codebook: " + std::to_string(options.entries) + " entries; use 2 to 64");
    const SortedSamples sorted(samples, options.most_samples, importance);
    const double low = sorted.value(0), high = sorted.value(sorted.distinct() - 1);
    std::vector<double> by_range, by_quantile;
    if (sorted.distinct() <=
        options.entries - (options.pin_zero ? 1 : 0)) {  // nothing to approximate
        for (std::size_t n = 0; n < sorted.distinct(); ++n)
            by_range.push_back(sorted.value(n));
        if (options.pin_zero) by_range.push_back(0.0);
        std::sort(by_range.begin(), by_range.end());
        by_range.erase(std::unique(by_range.begin(), by_range.end()), by_range.end());
        return {by_range};
    }
    for (unsigned n = 0; n < options.entries; ++n) {
        const double share = (n + 0.5) / options.entries;
        by_range.push_back(low + share * (high - low));
        by_quantile.push_back(sorted.quantile(share));
    }
    Clustering best;
    for (const auto& start : {by_range, by_quantile, start_by_splitting(sorted, options.entries)}) {
        Clustering found = lloyd(sorted, start, options);
        if (found.error < best.error) best = std::move(found);
    }
    return {best.centroid};
}

std::vector<Codebook> make_codebook_tree(const std::vector<float>& samples, unsigned depth,
                                         bool pin_zero)
{
    check_samples(samples);
    if (depth < 1 || depth > 6)
        throw InputError("codebook tree: depth " + std::to_string(depth) + "; use 1 to 6");
    const SortedSamples sorted(samples);
    std::vector<std::size_t> bound{0, sorted.distinct()};
    std::vector<Codebook> levels;
    for (unsigned level = 0;; ++level) {
        Codebook book;
        for (std::size_t c = 0; c + 1 < bound.size();
             ++c)  // an empty cluster repeats its neighbour
            book.centroid.push_back(bound[c] < bound[c + 1]
                                        ? sorted.mean(bound[c], bound[c + 1])
                                        : sorted.value(bound[c] > 0 ? bound[c] - 1 : 0));
        if (pin_zero) pin(book.centroid);
        levels.push_back(std::move(book));
        if (level == depth) return levels;

        std::vector<std::size_t> next;
        for (std::size_t c = 0; c + 1 < bound.size(); ++c) {
            next.push_back(bound[c]);
            // Equal values cannot be split: their upper half stays empty.
            next.push_back(best_split(sorted, bound[c], bound[c + 1]).at);
        }
        next.push_back(sorted.distinct());
        bound = std::move(next);
    }
}

double mean_squared_error(const std::vector<float>& samples, const Codebook& codebook)
{
    double sum = 0;
    for (const float v : samples) {
        const double d = v - codebook.centroid[codebook.encode(double{v})];
        sum += d * d;
    }
    return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

}  // namespace imc::compiler
