// SPDX-License-Identifier: Apache-2.0
/// A folder of PNG and JPEG files.
#include "common/error.h"
#include "compiler/data/file_bytes.h"
#include "compiler/data/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

namespace imc::compiler {

namespace {

namespace fs = std::filesystem;

struct Entry {
    std::string path;
    int label;
};

bool is_png(const fs::path& path)
{
    return path.extension() == ".png" || path.extension() == ".PNG";
}

bool is_jpeg(const fs::path& path)
{
    const std::string end = path.extension().string();
    return end == ".jpg" || end == ".jpeg" || end == ".JPG" || end == ".JPEG";
}

std::vector<fs::path> sorted(const std::string& folder, bool folders)
{
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder))
        if (folders ? entry.is_directory() : is_png(entry.path()) || is_jpeg(entry.path()))
            found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

/// One subfolder a class, numbered in the order of names. The classes take turns, so that the first
/// N images hold all.
std::vector<Entry> by_class(const std::string& folder)
{
    std::vector<std::vector<fs::path>> classes;
    for (const fs::path& name : sorted(folder, true))
        classes.push_back(sorted(name.string(), false));
    std::vector<Entry> entries;
    bool more = true;
    for (std::size_t turn = 0; more; ++turn) {
        more = false;
        for (std::size_t c = 0; c < classes.size(); ++c) {
            if (turn >= classes[c].size()) continue;
            entries.push_back({classes[c][turn].string(), static_cast<int>(c)});
            more = true;
        }
    }
    return entries;
}

/// Lines of file name and label, apart by space or comma.
std::vector<Entry> by_list(const std::string& folder, const std::string& list)
{
    std::istringstream lines(read_file(list));
    std::vector<Entry> entries;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream words(line);
        std::string name;
        int label = -1;
        if (!(words >> name)) continue;
        std::string more;
        if (!(words >> label) || label < 0 || words >> more)
            throw InputError(
                fmt::format("{}:{}: a line must be a file name and a label", list, number));
        const fs::path file = fs::path(folder) / name;
        if (!fs::is_regular_file(file))
            throw InputError(fmt::format(
                "{}:{}: there is no file '{}' in {}; correct the name, or put the file there", list,
                number, name, folder));
        entries.push_back({file.string(), label});
    }
    return entries;
}

/// Says how many files of the folder no entry names, and the first of them; "" if there are none.
/// With a list, of image files wherever they lie; else of all files.
std::string unused(const std::string& folder, bool listed, const std::vector<Entry>& entries)
{
    std::set<fs::path> used;
    for (const Entry& entry : entries)
        used.insert(fs::path(entry.path).lexically_normal());
    std::vector<fs::path> others;
    for (const auto& file : fs::recursive_directory_iterator(folder)) {
        const fs::path path = file.path().lexically_normal();
        const bool is_image = is_png(path) || is_jpeg(path);
        if (file.is_regular_file() && (is_image || !listed) && used.count(path) == 0)
            others.push_back(path);
    }
    if (others.empty()) return "";
    const auto first = std::min_element(others.begin(), others.end());
    return fmt::format(
        "{}: {} not used (first: {}){}", folder,
        others.size() == 1 ? "1 file is" : fmt::format("{} files are", others.size()),
        fs::relative(*first, folder).string(),
        listed ? ", which the labels do not name"
               : ": only PNG and JPEG files in a subfolder a class are read");
}

}  // namespace

Images read_folder_images(const std::string& path, const std::string& labels,
                          const InputForm& network, const Selection& selection)
{
    if (!fs::is_directory(path)) throw InputError(path + ": is not a folder");
    std::vector<Entry> entries = labels.empty() ? by_class(path) : by_list(path, labels);
    if (entries.empty() && labels.empty())
        throw InputError(path +
                         ": holds no subfolders with PNG or JPEG files; one a class is needed, or "
                         "a labels file");
    Images images;
    images.total = entries.size();
    images.left_out = unused(path, !labels.empty(), entries);
    const std::size_t taken = selection.taken(images.total, labels.empty() ? path : labels);
    std::vector<std::uint8_t> pixels;
    pixels.reserve(taken * static_cast<std::size_t>(network.shape.size()));
    for (std::size_t i = selection.first; i < selection.first + taken; ++i) {
        const auto image = is_jpeg(entries[i].path) ? read_jpeg(entries[i].path, network.shape)
                                                    : read_png(entries[i].path, network.shape);
        pixels.insert(pixels.end(), image.begin(), image.end());
        images.labels.push_back(entries[i].label);
    }
    images.pixels = std::move(pixels);
    return images;
}

}  // namespace imc::compiler
