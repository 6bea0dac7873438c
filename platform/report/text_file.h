// SPDX-License-Identifier: Apache-2.0
/// Whole text files and the escapes of the formats that reports are written in.
#pragma once

#include <string>

namespace imc::report {

/// Writes `text` to `path`. Throws InputError naming the path and the system's reason.
void write_text_file(const std::string& path, const std::string& text);

/// Reads `path`. Throws InputError naming the path and the system's reason.
std::string read_text_file(const std::string& path);

/// A CSV field by RFC 4180: quoted if it holds a comma, quote or line break.
std::string csv_field(const std::string& text);

/// Text for HTML and SVG: & < > " escaped, control characters dropped.
std::string html_escape(const std::string& text);

/// Shortest decimal that reads back to the same double; independent of the locale.
std::string exact_number(double value);

}  // namespace imc::report
