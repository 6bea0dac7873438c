// SPDX-License-Identifier: Apache-2.0
#include "run/located.h"

#include <utility>
#include <vector>

namespace imc::run {

namespace {

/// `message` begins with the name of `file`, or of something in that folder.
bool speaks_of(const config::FileName& file, const std::string& message)
{
    const std::string path = file.path.string();
    return file.given() && message.rfind(path, 0) == 0 && message.size() > path.size() &&
           (message[path.size()] == ':' || message[path.size()] == '/');
}

/// The key that a message of the compiler starts with (`mapping.buffer_rows: ...`), "" if it starts
/// with none.
std::string leading_key(const config::Scenario& scenario, const std::string& message)
{
    const std::string key = message.substr(0, message.find(':'));
    for (const auto& setting : scenario.settings()) {
        if (setting.path == key) return key;
    }
    return "";
}

/// The key that the file is of with which `message` begins; "" if it is no image or label file.
std::string key_of_file(const config::RunConfig& config, const std::string& message)
{
    if (message.rfind("preprocessing:", 0) == 0) return "dataset.mean";
    const std::vector<std::pair<const char*, const config::FileName*>> files{
        {"quantization.calibration.images", &config.quantization.calibration.images},
        {"dataset.images", &config.dataset.images},
        {"dataset.labels", &config.dataset.labels}};
    for (const auto& [key, file] : files)
        if (speaks_of(*file, message)) return key;
    return "";
}

}  // namespace

std::string located(const config::Scenario& scenario, const std::string& message)
{
    const auto& q = scenario.config.quantization;
    for (const auto* file : {&q.bit_map, &q.parameters})
        if (speaks_of(*file, message)) return message;
    std::string said = leading_key(scenario, message);
    const bool says_key = !said.empty();
    if (said.empty()) said = key_of_file(scenario.config, message);
    if (said.empty()) said = "network.onnx";
    std::string path = said;
    while (scenario.places.count(path) == 0 && path.find('.') != std::string::npos)
        path.resize(path.rfind('.'));
    const auto found = scenario.places.find(scenario.places.count(path) ? path : "");
    const std::string place =
        found == scenario.places.end() ? scenario.config.scenario_path : found->second.text();
    return place + ": " + (says_key ? "" : said + ": ") + message;
}

}  // namespace imc::run
