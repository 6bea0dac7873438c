// SPDX-License-Identifier: Apache-2.0
/// The independent integer reference: what a quantised network must give, evaluated from
/// docs/numbers.md with plain loops. Uses the structs of qnet.h and nothing else of models/ or the
/// compiler.
#pragma once

#include "compiler/quantize/qnet.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imc::reference {

/// Codes of every tensor of `net`, [tensor][channel][y][x]; tensors that no layer makes are empty,
/// but for the input. `input` holds net.tensors[net.input].size() codes. The work is split over
/// `threads` (0: all of the machine), which changes nothing in the result. Throws InputError naming
/// the layer for what docs/numbers.md does not define. When `stop` becomes true, the layers that
/// are left stay empty.
std::vector<std::vector<std::int32_t>> evaluate(const compiler::QNet& net,
                                                const std::int32_t* input, unsigned threads = 0,
                                                const std::atomic<bool>* stop = nullptr);

/// Running comparison of outputs with the reference.
class Comparison {
public:
    /// Compares `count` codes of image `image`. `zero_point` is that of the tensor, for the
    /// signal's power.
    void add(std::uint64_t image, const std::int32_t* expected, const std::int32_t* actual,
             std::size_t count, std::int32_t zero_point = 0);

    std::uint64_t compared() const { return m_compared; }
    std::uint64_t mismatches() const { return m_mismatches; }
    /// E.g. "image 0, element 17: expected 3, got 4"; "" if all are equal.
    const std::string& first_mismatch() const { return m_first; }
    /// 10 log10(sum of (expected - zero point)^2 / sum of (expected - actual)^2); absent if all are
    /// equal.
    std::optional<double> sqnr_db() const;

private:
    std::uint64_t m_compared = 0, m_mismatches = 0;
    double m_signal = 0.0, m_noise = 0.0;
    std::string m_first;
};

}  // namespace imc::reference
