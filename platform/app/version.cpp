// SPDX-License-Identifier: Apache-2.0
#include "version.h"

namespace imc::app {

const char* version()
{
    return IMCVP_VERSION;
}

}  // namespace imc::app
