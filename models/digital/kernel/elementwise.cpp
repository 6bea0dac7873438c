// SPDX-License-Identifier: Apache-2.0
#include "digital/kernel/elementwise.h"

#include <algorithm>
#include <limits>
#include <string>

#include "common/error.h"

namespace imc::digital {

namespace {

constexpr std::int64_t code_limit = std::int64_t{1} << 24;

[[noreturn]] void refuse(const std::string& what)
{
    throw InputError("residual addition: " + what);
}

/// Exponent that all onnx streams are aligned to.
int smallest_exponent(const std::vector<imc_requant>& entries)
{
    int smallest = entries.front().shift;
    for (std::size_t s = 0; s + 1 < entries.size(); ++s)
        smallest = std::min<int>(smallest, entries[s].shift);
    return smallest;
}

/// What turns the aligned sum into a code.
imc_requant common_entry(imc_requant_kind kind, const std::vector<imc_requant>& entries)
{
    if (kind != IMC_REQUANT_DYADIC && kind != IMC_REQUANT_ONNX)
        refuse("only the kinds dyadic and onnx are defined");
    if (entries.size() < 2)
        refuse("constants of at least one stream and the common ones are needed");
    imc_requant common = entries.back();
    if (kind == IMC_REQUANT_DYADIC)
        common.multiplier = 1;
    else
        common.shift += smallest_exponent(entries);
    return common;
}

/// One cell of a window, or null where it is padding.
const std::int32_t* cell(const PoolShape& shape, const std::int32_t* const* rows, int channel,
                         int kh, int x)
{
    if (rows[kh] == nullptr || x < 0 || x >= shape.in_width) return nullptr;
    return rows[kh] + static_cast<std::size_t>(channel) * shape.in_width + x;
}

}  // namespace

Adder::Adder(imc_requant_kind kind, const std::vector<imc_requant>& entries, OutputRange range)
    : m_streams(static_cast<int>(entries.size()) - 1),
      m_requantizer(kind, {common_entry(kind, entries)}, range)
{
    if (m_streams > most_streams) refuse("at most " + std::to_string(most_streams) + " streams");
    const int smallest = smallest_exponent(entries);
    __int128 largest = 0;
    for (int s = 0; s < m_streams; ++s) {
        const int up = kind == IMC_REQUANT_ONNX ? entries[s].shift - smallest : 0;
        m_biases[s] = entries[s].bias;
        if (entries[s].bias <= -code_limit || entries[s].bias >= code_limit)
            refuse("zero points must be within +-2^24");
        const __int128 multiplier =
            up > 62 ? static_cast<__int128>(1) << 64
                    : static_cast<__int128>(entries[s].multiplier) * (std::int64_t{1} << up);
        const __int128 size = multiplier < 0 ? -multiplier : multiplier;
        largest += size * 2 * code_limit;
        if (size >> 62 != 0 || largest >> 61 != 0)
            refuse("the multipliers of stream " + std::to_string(s) +
                   " and the others are too far apart for 64-bit sums");
        m_multipliers[s] = static_cast<std::int64_t>(multiplier);
    }
}

void Adder::run(const std::int32_t* const* streams, int count, std::int32_t* out) const
{
    constexpr int chunk = 256;
    std::int64_t sums[chunk];
    for (int first = 0; first < count; first += chunk) {
        const int n = std::min(chunk, count - first);
        std::fill_n(sums, n, std::int64_t{0});
        for (int s = 0; s < m_streams; ++s)
            for (int i = 0; i < n; ++i)
                sums[i] += (streams[s][first + i] + m_biases[s]) * m_multipliers[s];
        m_requantizer.run(sums, 1, n, out + first);
    }
}

void PoolShape::validate() const
{
    const auto require = [](bool ok, const char* field) {
        if (!ok) throw InputError(std::string("pooling row: ") + field + " must be positive");
    };
    require(channels >= 1, "channels");
    require(in_width >= 1, "in_width");
    require(out_width >= 1, "out_width");
    require(kernel_h >= 1 && kernel_w >= 1, "kernel");
    require(stride >= 1, "stride");
    require(dilation >= 1, "dilation");
    if (pad_left < 0) throw InputError("pooling row: pad_left must not be negative");
}

void max_pool_row(const PoolShape& shape, const std::int32_t* const* rows, std::int32_t empty,
                  std::int32_t* out)
{
    shape.validate();
    constexpr std::int32_t nothing = std::numeric_limits<std::int32_t>::min();
    std::vector<std::int32_t> tallest(shape.in_width);  // of each column of the window's rows
    for (int c = 0; c < shape.channels; ++c) {
        std::fill(tallest.begin(), tallest.end(), nothing);
        bool any = false;
        for (int kh = 0; kh < shape.kernel_h; ++kh) {
            if (rows[kh] == nullptr) continue;
            const std::int32_t* const row = rows[kh] + static_cast<std::size_t>(c) * shape.in_width;
            for (int x = 0; x < shape.in_width; ++x)
                tallest[x] = std::max(tallest[x], row[x]);
            any = true;
        }
        for (int p = 0; p < shape.out_width; ++p, ++out) {
            std::int32_t best = nothing;
            bool inside = false;
            for (int kw = 0; kw < shape.kernel_w; ++kw) {
                const int x = p * shape.stride + kw * shape.dilation - shape.pad_left;
                if (x < 0 || x >= shape.in_width) continue;
                best = std::max(best, tallest[x]);
                inside = true;
            }
            *out = any && inside ? best : empty;
        }
    }
}

void average_pool_row(const PoolShape& shape, const std::int32_t* const* rows, bool include_pad,
                      std::int32_t pad_code, const Requantizer& requantizer, std::int32_t* out)
{
    shape.validate();
    // TFLite's average keeps the scale: its constants count for no window, not even one of one
    // cell.
    const imc_requant_kind kind =
        requantizer.kind() == IMC_REQUANT_TFLITE ? IMC_REQUANT_NONE : requantizer.kind();
    for (int c = 0; c < shape.channels; ++c) {
        const imc_requant& r = requantizer.entry(c);
        for (int p = 0; p < shape.out_width; ++p, ++out) {
            std::int64_t sum = 0, n = 0;
            for (int kh = 0; kh < shape.kernel_h; ++kh)
                for (int kw = 0; kw < shape.kernel_w; ++kw) {
                    const auto* code =
                        cell(shape, rows, c, kh,
                             p * shape.stride + kw * shape.dilation - shape.pad_left);
                    if (code == nullptr && !include_pad) continue;
                    sum += code != nullptr ? *code : pad_code;
                    ++n;
                }
            n = std::max<std::int64_t>(n, 1);
            *out =
                requantize_exact(kind, r, requantizer.range(),
                                 static_cast<__int128>(sum) + static_cast<__int128>(n) * r.bias, n);
        }
    }
}

void look_up(const std::int32_t* codes, int count, const std::vector<std::int32_t>& table,
             std::int32_t lowest, std::int32_t* out)
{
    if (table.empty()) throw InputError("look-up: the table is empty");
    const std::int64_t last = static_cast<std::int64_t>(table.size()) - 1;
    for (int i = 0; i < count; ++i)
        out[i] = table[static_cast<std::size_t>(
            std::clamp<std::int64_t>(std::int64_t{codes[i]} - lowest, 0, last))];
}

}  // namespace imc::digital
