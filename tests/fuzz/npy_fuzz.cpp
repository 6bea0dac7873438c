// SPDX-License-Identifier: Apache-2.0
/// Any bytes as an NPY file: an array or an InputError, nothing else.
#include "common/error.h"
#include "compiler/data/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    try {
        imc::compiler::parse_npy(std::string(reinterpret_cast<const char*>(data), size),
                                 "fuzz.npy");
    } catch (const imc::InputError&) {
        return 0;
    }
    return 0;
}
