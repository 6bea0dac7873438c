// SPDX-License-Identifier: Apache-2.0
/// Reading a scenario with everything it includes and every override; the way back as `vp config`
/// text and lock file.
#pragma once

#include "config/run_config.h"

namespace imc::config {

struct LoadOptions {
    std::vector<std::string> overrides;  ///< `key.path=value`, in order
    /// The same, after those, from arguments of a command: the argument as errors show it, and what
    /// it stands for.
    std::vector<std::pair<std::string, std::string>> arguments;
    bool needs_network = true;  ///< false: the caller brings the network (`vp infer`)
};

/// A scenario with the place of every key that was given.
struct Scenario {
    RunConfig config;
    std::map<std::string, Place> places;
    /// Every key with its effective value, in the order of the tables, technology last.
    std::vector<Setting> settings() const;
    /// Where a key's value came from: a place in a file, an override, or "default".
    std::string origin(const std::string& path) const;
};

/// Folder of the shipped scenarios, platforms, technologies and networks: `scenarios` below
/// $VP_ROOT, or below the working folder. Files are looked up there last.
std::filesystem::path shipped_folder();

/// Reads and validates. Throws ConfigError with every error at once.
Scenario load_scenario(const std::string& path, const LoadOptions& options = {});

/// The exact configuration as a scenario of its own (scenario.lock.yaml): every key, platform and
/// technology inside.
std::string lock_text(const Scenario& scenario);

/// Every key of a scenario with type, range, default and help, for the reference page.
std::vector<KeyInfo> scenario_keys();

/// What contradicts what: rules over several keys. Reports to `reader.errors`.
void check_consistency(const RunConfig& config, Reader& reader);

}  // namespace imc::config
