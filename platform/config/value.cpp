// SPDX-License-Identifier: Apache-2.0
#include "config/value.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <sstream>

namespace imc::config {

namespace {

constexpr std::uintmax_t max_bytes =
    4u << 20;  ///< a scenario is a page or two; a bit map has its own format
constexpr std::size_t max_values = 200'000;  ///< bounds alias expansion
constexpr int max_depth = 32;

bool looks_octal(const std::string& text)
{
    const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (text.size() < sign + 2 || text[sign] != '0') return false;
    return text.find_first_not_of("0123456789_", sign) == std::string::npos;
}

class Converter {
public:
    Converter(std::string file, const Place* fixed, Errors& errors)
        : m_file(std::move(file)), m_fixed(fixed), m_errors(errors)
    {
    }

    Value convert(const YAML::Node& node, const std::string& path, int depth)
    {
        Value value;
        value.place = place(node.Mark());
        if (++m_values > max_values || depth > max_depth) {
            if (!m_refused)
                m_errors.add(value.place, path,
                             "more values or deeper nesting than a scenario may have",
                             "write it out without repeated aliases");
            m_refused = true;
            return value;
        }
        if (node.IsScalar()) return scalar(node, path, std::move(value));
        if (node.IsSequence()) {
            value.kind = Value::Kind::list;
            for (const auto& item : node)
                value.items.push_back(convert(
                    item, path + "[" + std::to_string(value.items.size()) + "]", depth + 1));
        } else if (node.IsMap()) {
            value.kind = Value::Kind::map;
            for (const auto& entry : node)
                add_entry(entry.first, entry.second, path, depth, value);
        }
        return value;
    }

private:
    Place place(const YAML::Mark& mark) const
    {
        if (m_fixed) return *m_fixed;
        return {m_file, mark.line + 1, mark.column + 1};
    }

    Value scalar(const YAML::Node& node, const std::string& path, Value value)
    {
        value.kind = Value::Kind::scalar;
        value.text = node.Scalar();
        value.quoted = node.Tag() == "!";
        if (!value.quoted && looks_octal(value.text)) {
            const std::size_t digits = value.text.find_first_not_of("+-0_");
            const std::string plain = digits == std::string::npos ? "0" : value.text.substr(digits);
            m_errors.add(value.place, path,
                         value.text + " is octal to some YAML readers and decimal to others",
                         "write " + plain + " without leading zeros, or quote it if it is text");
            value.text = plain;
        }
        return value;
    }

    void add_entry(const YAML::Node& key, const YAML::Node& node, const std::string& path,
                   int depth, Value& map)
    {
        if (!key.IsScalar()) {
            m_errors.add(place(key.Mark()), path, "a key is not a word", "write `key: value`");
            return;
        }
        Entry entry{key.Scalar(), place(key.Mark()), {}};
        const std::string below = path.empty() ? entry.key : path + "." + entry.key;
        if (const Value* first = map.find(entry.key)) {
            m_errors.add(entry.place, below, "the key stands twice in this map",
                         "keep one of them (the first is at line " +
                             std::to_string(first->place.line) + ")");
            return;
        }
        entry.value = convert(node, below, depth + 1);
        map.entries.push_back(std::move(entry));
    }

    std::string m_file;
    const Place* m_fixed;
    Errors& m_errors;
    std::size_t m_values = 0;
    bool m_refused = false;
};

/// All documents of a text, or none after an error of syntax.
std::vector<YAML::Node> parse(const std::string& text, const std::string& file, const Place* fixed,
                              Errors& errors)
{
    try {
        return YAML::LoadAll(text);
    } catch (const YAML::Exception& e) {
        const Place place = fixed ? *fixed : Place{file, e.mark.line + 1, e.mark.column + 1};
        errors.add(place, "", "not YAML: " + e.msg, "check indentation, brackets and quotes");
    }
    return {};
}

bool read_text(const std::filesystem::path& path, const std::string& shown, std::string& text,
               Errors& errors)
{
    std::error_code code;
    const Place place{shown, 1, 1};
    if (!std::filesystem::is_regular_file(path, code)) {
        errors.add(place, "",
                   std::filesystem::exists(path, code) ? "not a file" : "there is no such file",
                   "give the path of a YAML file");
        return false;
    }
    if (std::filesystem::file_size(path, code) > max_bytes) {
        errors.add(place, "", "larger than 4 MiB", "give the path of a YAML file");
        return false;
    }
    std::ifstream in(path, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    text = all.str();
    if (!in) errors.add(place, "", "cannot be read", "check its permissions");
    if (text.find('\0') != std::string::npos) {
        errors.add(place, "", "holds zero bytes, so it is not text",
                   "give the path of a YAML file");
        return false;
    }
    return static_cast<bool>(in);
}

}  // namespace

const Value* Value::find(const std::string& key) const
{
    for (const auto& entry : entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

Value* Value::find(const std::string& key)
{
    return const_cast<Value*>(static_cast<const Value*>(this)->find(key));
}

const char* Value::kind_text() const
{
    switch (kind) {
        case Kind::scalar:
            return "a single value";
        case Kind::list:
            return "a list";
        case Kind::map:
            return "a map";
        case Kind::null:
            break;
    }
    return "nothing";
}

Value load_yaml(const std::filesystem::path& path, const std::string& shown, Errors& errors)
{
    Value top;
    top.place = {shown, 1, 1};
    std::string text;
    if (!read_text(path, shown, text, errors)) return top;
    const auto documents = parse(text, shown, nullptr, errors);
    if (documents.empty()) {
        if (errors.empty())
            errors.add(top.place, "", "the file is empty", "write `key: value` lines");
        return top;
    }
    if (documents.size() > 1)
        errors.add(top.place, "", "holds more than one YAML document", "remove the `---` lines");
    Value value = Converter(shown, nullptr, errors).convert(documents.front(), "", 0);
    if (!value.is_map()) {
        errors.add(value.place, "", std::string("the top is ") + value.kind_text(),
                   "write `key: value` lines");
        return top;
    }
    return value;
}

Value parse_override(const std::string& text, const Place& place, Errors& errors)
{
    const auto documents = parse(text, place.file, &place, errors);
    if (documents.size() != 1) {
        Value empty;
        empty.place = place;
        return empty;
    }
    return Converter(place.file, &place, errors).convert(documents.front(), "", 0);
}

Value overlaid(const Value& base, const Value& overlay)
{
    if (!base.is_map() || !overlay.is_map()) return overlay;
    Value merged = base;
    for (const auto& entry : overlay.entries) {
        if (Value* below = merged.find(entry.key))
            *below = overlaid(*below, entry.value);
        else
            merged.entries.push_back(entry);
    }
    return merged;
}

}  // namespace imc::config
