// SPDX-License-Identifier: Apache-2.0
/// Constants that change their type or range: Cast, Clip.
#include "compiler/import/constant_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace imc::compiler {

namespace {

using Ints = std::vector<std::int64_t>;

/// The numbers of a constant of any type as integers, floats cut towards zero as ONNX casts them.
Ints whole_numbers(Importer& importer, const OnnxNode& node)
{
    if (!importer.constant(node, 0).is_float()) return importer.integers(node, 0);
    Ints numbers;
    for (const float number : importer.floats(node, 0)) {
        if (!(std::abs(number) <= 1e15f))  // NaN of a division too
            importer.model().fail(node, "casts a number that no integer holds");
        numbers.push_back(static_cast<std::int64_t>(number));
    }
    return numbers;
}

template <typename T>
std::vector<T> narrowed(const Importer& importer, const OnnxNode& node, const Ints& numbers)
{
    std::vector<T> result;
    for (const std::int64_t number : numbers) {
        if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max())
            importer.model().fail(node,
                                  fmt::format("casts {} to a type that does not hold it", number));
        result.push_back(static_cast<T>(number));
    }
    return result;
}

}  // namespace

void fold_cast(Importer& importer, const OnnxNode& node)
{
    Constant c = importer.constant(node, 0);
    const std::int64_t to = importer.model().integer(node, "to", onnx::TensorProto::FLOAT);
    const bool same = c.absent() || (is_float_type(to) && (c.is_float() || c.quantization));
    if (same) return importer.define_constant(node.output(0), std::move(c));
    const Ints numbers = whole_numbers(importer, node);
    const bool open = std::count(numbers.begin(), numbers.end(), open_batch) > 0;
    c.fill.reset();
    c.dtype = DType::int32;
    if (is_float_type(to)) {
        c.data = std::vector<float>(numbers.begin(), numbers.end());
        c.dtype = DType::float32;
    } else if (to == onnx::TensorProto::INT8) {
        c.data = narrowed<std::int8_t>(importer, node, numbers);
        c.dtype = DType::int8;
    } else if (to == onnx::TensorProto::UINT8) {
        c.data = narrowed<std::uint8_t>(importer, node, numbers);
        c.dtype = DType::uint8;
    } else if (to == onnx::TensorProto::INT32 && !open) {
        c.data = narrowed<std::int32_t>(importer, node, numbers);
    } else {
        c.data = numbers;
    }
    importer.define_constant(node.output(0), std::move(c));
}

void fold_clip(Importer& importer, const OnnxNode& node)
{
    Constant c = importer.constant(node, 0);
    const auto bound = [&](int index, std::int64_t none) {
        return has_input(node, index) ? importer.integer(node, index) : none;
    };
    const auto clip = [&](auto& numbers) {
        using Number = typename std::decay_t<decltype(numbers)>::value_type;
        const std::int64_t low = bound(1, std::numeric_limits<Number>::lowest()),
                           high = bound(2, std::numeric_limits<Number>::max());
        for (Number& number : numbers)
            number = static_cast<Number>(  // ONNX: all become `high` where low exceeds it
                std::min(std::max(std::int64_t{number}, low), high));
    };
    if (auto* i8 = std::get_if<std::vector<std::int8_t>>(&c.data))
        clip(*i8);
    else if (auto* u8 = std::get_if<std::vector<std::uint8_t>>(&c.data))
        clip(*u8);
    else if (!c.absent())
        importer.model().fail(node, "clips a constant that is not 8-bit codes; not supported");
    importer.define_constant(node.output(0), std::move(c));
}

}  // namespace imc::compiler
