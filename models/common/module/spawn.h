// SPDX-License-Identifier: Apache-2.0
/// sc_spawn, which SystemC 2.3 declares only on demand.
#pragma once

#ifndef SC_INCLUDE_DYNAMIC_PROCESSES
#define SC_INCLUDE_DYNAMIC_PROCESSES
#endif

#include <systemc>
