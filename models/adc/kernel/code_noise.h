// SPDX-License-Identifier: Apache-2.0
/// What the noise of a converter with a step of one adds to a whole number: e = round(sigma z), z
/// standard normal, drawn exactly from 16 random bits and, seldom, 64 more.
#pragma once

#include <cstdint>
#include <vector>

namespace imc::adc {

/// P(e = k) = Phi((k + 1/2) / sigma) - Phi((k - 1/2) / sigma). Of 2^16 equally likely words,
/// floor(2^16 P(k)) stand for k, in the order of k from word -2^15 on; the few that are left draw
/// again, from what rounding down left of every k. The mixture is exact to the 2^-53 of its second
/// part.
class CodeNoise {
public:
    explicit CodeNoise(double sigma);

    /// Whether so few codes are likely that comparing with each is quick.
    bool is_narrow() const { return m_thresholds.size() <= most_thresholds; }
    /// e = lowest() + number of thresholds at or below the word, for words below rest().
    int lowest() const { return m_lowest; }
    const std::vector<std::int16_t>& thresholds() const { return m_thresholds; }
    /// Words from here on draw again.
    std::int16_t rest() const { return m_rest; }
    int draw_again(std::uint64_t bits) const;
    /// |e| does not exceed this.
    int largest() const { return m_largest; }

private:
    static constexpr std::size_t most_thresholds = 24;

    int m_lowest = 0, m_largest = 0;
    std::int16_t m_rest = 0;
    std::vector<std::int16_t> m_thresholds;
    std::vector<double> m_again;  ///< cumulative, of -largest .. largest
};

}  // namespace imc::adc
