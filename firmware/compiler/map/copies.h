// SPDX-License-Identifier: Apache-2.0
/// How many copies of each layer share its output rows, and what a copy must hold.
#pragma once

#include "compiler/map/place.h"

namespace imc::compiler {

/// Throws InputError, with a near name, for a layer in `options.copies` that the network lacks.
void check_copied_layers(const QNet& net, const MapOptions& options);

/// Copies of each layer under `options` (chips given). Balance deals out `share` of the arrays that
/// one copy of each layer leaves free: the layer that is slowest gets the next one.
std::vector<unsigned> choose_copies(const QNet& net, const AcceleratorConfig& config,
                                    const MapOptions& options, const Lowerings& lowerings,
                                    const std::vector<SlicedLayer>& sliced, double share);

/// Input rows that one of `copies` copies holds: its window and, so that it need not wait for the
/// producers between two rows, the part of its next one that is not in it. A single copy: its
/// window, at most the whole input.
unsigned rows_of_copy(const QNet& net, const QLayer& layer, unsigned copies, unsigned unit_rows);

/// Bytes of these rows, of all inputs, in a stage that makes `outputs` out of `inputs`.
std::uint64_t input_bytes(const QNet& net, const Lowerings& lowerings, imc_engine engine, int layer,
                          ChannelRange outputs, ChannelRange inputs, unsigned copies);

}  // namespace imc::compiler
