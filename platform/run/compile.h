// SPDX-License-Identifier: Apache-2.0
/// From a scenario to a program image: import, quantise, map, emit.
#pragma once

#include "compiler/data/dataset.h"
#include "compiler/graph/graph.h"
#include "compiler/map/mapping.h"
#include "compiler/quantize/qnet.h"
#include "config/scenario.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace imc::run {

/// Called with what is being done and how far it is.
using Progress =
    std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)>;

struct Compiled {
    compiler::QNet net;
    std::vector<compiler::QNet> precisions;  ///< image i runs number i mod size; empty: `net` alone
    /// The network that image `image` runs.
    const compiler::QNet& net_of(std::size_t image) const
    {
        return precisions.empty() ? net : precisions[image % precisions.size()];
    }
    compiler::Mapping mapping;
    AcceleratorConfig platform;  ///< with the number of chips that the mapping takes
    std::vector<std::uint8_t> image;
    compiler::InputForm input;
    bool quantized_file = false;  ///< the network brought its own quantisation
    std::string calibrated_on;    ///< images that decided ranges; empty: the network brings them
    std::shared_ptr<const compiler::Graph> graph;  ///< as imported, where asked for
    double seconds = 0.0;                          ///< host time it took
};

/// Compiles `config`'s network for its platform; `keep_graph` keeps the float network too, for its
/// accuracy. Throws InputError, one line, for what is not supported or does not fit.
Compiled compile(const config::RunConfig& config, const Progress& progress = {},
                 bool keep_graph = false);

/// The same for `vp check` and `vp run`: an InputError gets the place in the scenario that caused
/// it.
Compiled compile_located(const config::Scenario& scenario, const Progress& progress = {},
                         bool keep_graph = false);

}  // namespace imc::run
