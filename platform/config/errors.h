// SPDX-License-Identifier: Apache-2.0
/// Where a value stands, and the list of everything that is wrong with a scenario.
#pragma once

#include "common/error.h"

#include <string>
#include <vector>

namespace imc::config {

/// A place in a file, or a command line override (line 0, `file` is the text of the override).
struct Place {
    std::string file;
    int line = 0, column = 0;
    /// `file:line:column`, or the override.
    std::string text() const;
};

/// All errors of a scenario at once; what() joins the lines.
class ConfigError : public InputError {
public:
    explicit ConfigError(std::vector<std::string> lines);
    const std::vector<std::string>& lines() const { return m_lines; }

private:
    std::vector<std::string> m_lines;
};

/// Collects errors in the form `file:line:column: key: what is wrong; what would be right`.
class Errors {
public:
    void add(const Place& place, const std::string& key, const std::string& wrong,
             const std::string& right);
    bool empty() const { return m_found.empty(); }
    /// An error about `key` was found already.
    bool has(const std::string& key) const;
    /// Throws ConfigError with every line, in the order of the files, if there is any.
    void throw_if_any() const;

private:
    struct Found {
        Place place;
        std::string key, line;
    };
    std::vector<Found> m_found;
};

/// The candidate nearest to `word` by edit distance, "" if none is near (more than a third of its
/// letters differ).
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

/// `a, b or c`.
std::string alternatives(const std::vector<std::string>& words);

}  // namespace imc::config
