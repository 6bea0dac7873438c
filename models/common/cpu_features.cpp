// SPDX-License-Identifier: Apache-2.0
#include "common/cpu_features.h"

#include <atomic>
#include <cstdlib>

#include "common/error.h"

namespace imc {

namespace {

constexpr int not_set = -1;
std::atomic<int> active_level{not_set};

void require_supported(SimdLevel level)
{
    if (level > detected_simd_level())
        throw InputError(std::string("SIMD level '") + to_string(level) +
                         "' is not available on this processor; use '" +
                         to_string(detected_simd_level()) + "' or lower");
}

SimdLevel initial_level()
{
    const char* wish = std::getenv("IMC_SIMD");
    if (wish == nullptr || *wish == '\0') return detected_simd_level();
    const SimdLevel level = simd_level_from_string(wish);
    require_supported(level);
    return level;
}

}  // namespace

SimdLevel detected_simd_level()
{
#if defined(__x86_64__)
    static const SimdLevel level = [] {
        const bool avx512 =
            __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vpopcntdq") &&
            __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("fma");
        const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
        return avx512 ? SimdLevel::avx512 : avx2 ? SimdLevel::avx2 : SimdLevel::portable;
    }();
    return level;
#else
    return SimdLevel::portable;
#endif
}

SimdLevel simd_level()
{
    int level = active_level.load(std::memory_order_relaxed);
    if (level == not_set) {
        level = static_cast<int>(initial_level());
        active_level.store(level, std::memory_order_relaxed);
    }
    return static_cast<SimdLevel>(level);
}

void set_simd_level(SimdLevel level)
{
    require_supported(level);
    active_level.store(static_cast<int>(level), std::memory_order_relaxed);
}

const char* to_string(SimdLevel level)
{
    switch (level) {
        case SimdLevel::avx512:
            return "avx512";
        case SimdLevel::avx2:
            return "avx2";
        case SimdLevel::portable:
            break;
    }
    return "portable";
}

SimdLevel simd_level_from_string(const std::string& name)
{
    for (const SimdLevel level : {SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512})
        if (name == to_string(level)) return level;
    throw InputError("IMC_SIMD: unknown SIMD level '" + name + "'; use portable, avx2 or avx512");
}

}  // namespace imc
