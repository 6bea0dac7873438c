// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/stage_tables.h"

#include "common/error.h"

#include <cstring>

namespace imc::cam {

namespace {

constexpr std::uint32_t most_rows = 1u << 16;
constexpr std::uint32_t most_scopes = 1u << 20;

void check_head(const CodebookHead& h)
{
    const bool good = h.scopes <= most_scopes && h.weight_codes <= 64 && h.input_codes <= 64 &&
                      h.biases <= most_scopes && h.decode_codes[0] <= 256 &&
                      h.decode_codes[1] <= 256 && h.activation_rows <= most_rows &&
                      h.encode_rows <= 256 && h.product_bits <= 16 &&
                      h.search <= static_cast<std::uint32_t>(Distance::exact);
    if (!good) throw InputError("CAM tables: a length in their head is out of range");
}

/// Every table with the number of its words, in the order of the blob.
template <typename Tables, typename Visit>
void for_each(Tables& t, const Visit& visit)
{
    const CodebookHead& h = t.head;
    visit(t.product, std::size_t{h.scopes} * h.weight_codes * h.input_codes);
    visit(t.bias, h.biases);
    visit(t.decode[0], h.decode_codes[0]);
    visit(t.decode[1], h.decode_codes[1]);
    visit(t.activation_key, h.activation_rows);
    visit(t.activation_value, h.activation_rows);
    visit(t.encode_key, h.encode_rows);
}

}  // namespace

std::vector<std::int32_t> StageTables::words() const
{
    std::vector<std::int32_t> words;
    for_each(*this, [&](const std::vector<std::int32_t>& table, std::size_t) {
        words.insert(words.end(), table.begin(), table.end());
    });
    return words;
}

OutputStage StageTables::output(std::int32_t min, std::int32_t max) const
{
    const auto distance = static_cast<Distance>(head.search);
    if (distance == Distance::exact && !encode_key.empty())
        throw InputError("CAM tables: exact match cannot encode sums; they need the nearest row");
    OutputStage out;
    out.relu = head.relu != 0;
    if (!activation_key.empty()) out.activation = NearestTable(activation_key, distance);
    out.activation_value = activation_value;
    if (!encode_key.empty()) out.encoder = NearestTable(encode_key, distance);
    out.min = min;
    out.max = max;
    return out;
}

StageTables read_tables(const Blob& blob)
{
    const imc_section* head = blob.find(IMC_SECTION_ENGINE);
    const imc_section* words = blob.find(IMC_SECTION_CODEBOOK);
    if (head == nullptr || head->entry_bytes != sizeof(CodebookHead) || head->count != 1 ||
        words == nullptr || words->entry_bytes != sizeof(std::int32_t))
        throw InputError("CAM tables: head or words are missing from the stage's blob");
    StageTables t;
    std::memcpy(&t.head, blob.data<std::uint8_t>(*head), sizeof t.head);
    check_head(t.head);
    const auto* next = blob.data<std::int32_t>(*words);
    std::size_t left = words->count;
    for_each(t, [&](std::vector<std::int32_t>& table, std::size_t count) {
        if (count > left) throw InputError("CAM tables: fewer words than their head says");
        table.assign(next, next + count);
        next += count;
        left -= count;
    });
    if (left != 0) throw InputError("CAM tables: more words than their head says");
    return t;
}

}  // namespace imc::cam
