// SPDX-License-Identifier: Apache-2.0
/// Whether a pipelined mapping can block: it is played without time, rows against slots.
#pragma once

#include "compiler/map/mapping.h"

namespace imc::compiler {

/// True if the stages, by the rules of docs/seams.md, work through any number of images.
///
/// Exact, whatever the timing: a stage that has its rows and its slots keeps them until it runs,
/// since nobody else takes them; so all orders in which stages run end alike, and one order shows
/// what every order comes to. Images are fed until the stages lag behind the source as far as they
/// did an image before: from there on every image repeats the last.
bool is_live(const Mapping& mapping);

}  // namespace imc::compiler
