// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/nor_adder.h"

#include "common/error.h"

#include <string>

namespace imc::cam {

namespace {

/// All columns of a row at once, as the array does; counts one gate a column.
class NorArray {
public:
    explicit NorArray(unsigned width) : m_mask((1ull << width) - 1), m_width(width) {}

    std::uint64_t nor(std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0,
                      std::uint64_t d = 0)
    {
        m_gates += m_width;
        return ~(a | b | c | d) & m_mask;
    }

    std::uint64_t carry(std::uint64_t a, std::uint64_t b, std::uint64_t c)  // 4 NOR
    {
        return nor(nor(a, b), nor(b, c), nor(a, c));
    }

    std::uint64_t sum(std::uint64_t a, std::uint64_t b, std::uint64_t c)  // 3 NOT and 5 NOR
    {
        const std::uint64_t na = nor(a), nb = nor(b), nc = nor(c);
        const std::uint64_t even = nor(a, b, c);  // no input set; below: exactly two set
        return nor(even, nor(na, nb, c), nor(na, b, nc), nor(a, nb, nc));
    }

    std::uint64_t mask() const { return m_mask; }
    std::uint64_t gates() const { return m_gates; }

private:
    std::uint64_t m_mask;
    unsigned m_width;
    std::uint64_t m_gates = 0;
};

/// One bit after the other, 12 gates each: a block whose columns are one bit wide.
std::uint64_t ripple_add(std::uint64_t a, std::uint64_t b, unsigned width, std::uint64_t& gates)
{
    NorArray bit(1);
    std::uint64_t result = 0, carry = 0;
    for (unsigned i = 0; i < width; ++i) {
        const std::uint64_t x = a >> i & 1, y = b >> i & 1;
        result |= bit.sum(x, y, carry) << i;
        carry = bit.carry(x, y, carry);
    }
    gates += bit.gates();
    return result;
}

}  // namespace

NorSum add_with_nor(std::vector<std::int64_t> addends, unsigned width)
{
    if (width < 1 || width > 63)
        throw InputError("in-memory adder: width is " + std::to_string(width) +
                         " bits; use 1 to 63");
    NorSum result;
    NorArray array(width);
    std::vector<std::uint64_t> rows;
    for (const std::int64_t addend : addends)
        rows.push_back(static_cast<std::uint64_t>(addend) & array.mask());

    for (; rows.size() > 2; ++result.stages) {
        std::vector<std::uint64_t> next;
        std::size_t n = 0;
        for (; n + 3 <= rows.size(); n += 3) {
            next.push_back(array.sum(rows[n], rows[n + 1], rows[n + 2]));
            next.push_back(array.carry(rows[n], rows[n + 1], rows[n + 2]) << 1 & array.mask());
        }
        next.insert(next.end(), rows.begin() + static_cast<std::ptrdiff_t>(n), rows.end());
        rows = std::move(next);
    }
    rows.resize(2, 0);
    result.gates = array.gates();
    const std::uint64_t bits = ripple_add(rows[0], rows[1], width, result.gates);
    const std::uint64_t sign = 1ull << (width - 1);
    result.value = static_cast<std::int64_t>((bits ^ sign) - sign);
    result.cycles = 13ull * result.stages + 12ull * width + 1;
    return result;
}

}  // namespace imc::cam
