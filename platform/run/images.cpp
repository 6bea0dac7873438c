// SPDX-License-Identifier: Apache-2.0
#include "run/images.h"

#include "common/random.h"

namespace imc::run {

ImageSet synthetic_images(const compiler::Shape& shape, std::size_t count, std::uint64_t seed)
{
    ImageSet set;
    set.count = count;
    set.shape = shape;
    set.pixels.resize(count * static_cast<std::size_t>(shape.size()));
    constexpr std::uint64_t purpose = 0x494D41474553u;  // keeps these numbers apart from weights
    for (std::size_t i = 0; i < set.pixels.size(); ++i)
        set.pixels[i] = static_cast<float>(random_normal(random_key(seed, purpose), i));
    return set;
}

}  // namespace imc::run
