// SPDX-License-Identifier: Apache-2.0
/// A stage with drawn shapes, weights and inputs, and what an ApEngine makes of it.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "associative/engine/ap_engine.h"
#include "common/random.h"

namespace imc::associative {

inline Technology energies()
{
    Technology t;
    for (const char* key :
         {"cap.compare_pj", "cap.write_pj", "cap.load_pj", "cap.read_pj", "map.read_bit_pj",
          "map.write_bit_pj", "map.hop_bit_pj", "dram.read_bit_pj"})
        t.set(key, {1.0, "pJ", "test"});
    return t;
}

struct Draw {
    std::uint64_t seed, n = 0;
    std::int64_t operator()(std::int64_t low, std::int64_t high)
    {
        return low + static_cast<std::int64_t>(random_bits(seed, n++) %
                                               static_cast<std::uint64_t>(high - low + 1));
    }
};

struct Case {
    imc_stage stage{};
    std::vector<std::int8_t> weights;
    std::vector<imc_requant> requant;
    std::vector<std::int32_t> lut;
    std::vector<std::vector<std::int32_t>> inputs;  ///< [stream][height][channels][width]
};

class Rows : public InputRows {
public:
    explicit Rows(const Case& c) : m_case(c) {}
    const std::int32_t* row(unsigned stream, std::uint32_t y) const override
    {
        const imc_stream& in = m_case.stage.in[stream];
        return m_case.inputs[stream].data() + std::size_t{y} * in.channels * in.width;
    }

private:
    const Case& m_case;
};

inline void append(std::vector<std::uint8_t>& bytes, const void* data, std::size_t size)
{
    const auto* from = static_cast<const std::uint8_t*>(data);
    bytes.insert(bytes.end(), from, from + size);
    bytes.resize((bytes.size() + 15) / 16 * 16);
}

inline std::vector<std::uint8_t> blob_of(const Case& c)
{
    const std::vector<imc_section> sections{
        {IMC_SECTION_WEIGHTS_I8, 1, 0, c.weights.size()},
        {IMC_SECTION_REQUANT, sizeof(imc_requant), 0, c.requant.size()},
        {IMC_SECTION_LUT_I32, 4, 0, c.lut.size()}};
    const void* data[] = {c.weights.data(), c.requant.data(), c.lut.data()};
    std::vector<std::uint8_t> bytes(8 + 3 * sizeof(imc_section));
    bytes.resize((bytes.size() + 15) / 16 * 16);
    std::vector<imc_section> kept;
    for (std::size_t i = 0; i < 3; ++i) {
        if (sections[i].count == 0) continue;
        kept.push_back(sections[i]);
        kept.back().offset = bytes.size();
        append(bytes, data[i], sections[i].count * sections[i].entry_bytes);
    }
    const imc_blob_header header{IMC_BLOB_MAGIC, static_cast<std::uint32_t>(kept.size())};
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, kept.data(), kept.size() * sizeof(imc_section));
    return bytes;
}

struct Result {
    std::vector<std::int32_t> out;
    Work work;
};

inline Result run(const Case& c, Config config)
{
    Ledger ledger;
    const auto cost = std::make_shared<const ApCost>(config, energies(), ledger);
    ApEngine engine(c.stage, cost, std::make_shared<WeightStore>());
    const auto blob = blob_of(c);
    engine.load(Blob(blob.data(), blob.size()));
    Result result;
    result.out.resize(std::size_t{c.stage.channel_end} * c.stage.out_height * c.stage.out_width);
    engine.run(0, 0, c.stage.out_height, Rows(c), result.out.data(), nullptr, result.work);
    return result;
}

inline std::map<EventId, std::uint64_t> events(const Work& work)
{
    std::map<EventId, std::uint64_t> sum;
    for (const auto& count : work.counts)
        sum[count.event] += count.times;
    return sum;
}

/// A random shape with a window; `op` decides the rest.
inline Case make_case(imc_op op, std::uint64_t seed)
{
    Draw draw{seed};
    Case c;
    imc_stage& s = c.stage;
    s.op = static_cast<std::uint8_t>(op);
    s.engine = IMC_ENGINE_ASSOCIATIVE;
    s.requant = IMC_REQUANT_DYADIC;
    s.streams = op == IMC_STAGE_ADD ? 2 : 1;
    s.copies = 1;
    const bool window = op == IMC_STAGE_CONV || op == IMC_STAGE_MAXPOOL || op == IMC_STAGE_AVGPOOL;
    s.kernel_h = static_cast<std::uint16_t>(window ? draw(1, 3) : 1);
    s.kernel_w = static_cast<std::uint16_t>(window ? draw(1, 3) : 1);
    s.stride_h = static_cast<std::uint16_t>(window ? draw(1, 2) : 1);
    s.stride_w = static_cast<std::uint16_t>(window ? draw(1, 2) : 1);
    s.dilation_h = s.dilation_w = 1;
    s.pad_top = static_cast<std::uint16_t>(window ? draw(0, s.kernel_h - 1) : 0);
    s.pad_left = static_cast<std::uint16_t>(window ? draw(0, s.kernel_w - 1) : 0);
    s.count_include_pad = static_cast<std::uint8_t>(draw(0, 1));
    s.out_height = s.unit_rows = static_cast<std::uint32_t>(draw(1, 4));
    s.out_width = static_cast<std::uint32_t>(draw(1, 5));
    s.groups = static_cast<std::uint16_t>(op == IMC_STAGE_CONV ? draw(1, 2) : 1);
    s.channel_end = s.out_channels = static_cast<std::uint32_t>(draw(1, 5)) * s.groups;
    s.weight_bits = static_cast<std::uint8_t>(draw(1, 8));
    s.out_bits = static_cast<std::uint8_t>(draw(4, 8));
    s.out_zero_point = static_cast<std::int32_t>(draw(-3, 9));
    s.out_min = draw(0, 1) ? 0 : static_cast<std::int32_t>(draw(-9, 2));
    s.out_max =
        s.out_min + (draw(0, 1) ? (1 << s.out_bits) - 1 : static_cast<std::int32_t>(draw(0, 99)));
    for (unsigned i = 0; i < s.streams; ++i) {
        imc_stream& in = s.in[i];
        in.bits = static_cast<std::uint8_t>(draw(1, 8));
        in.is_signed = static_cast<std::uint8_t>(draw(0, 1));
        in.channels =
            op == IMC_STAGE_CONV ? s.groups * static_cast<unsigned>(draw(1, 7)) : s.channel_end;
        in.height = (s.out_height - 1) * s.stride_h + (window ? s.kernel_h - s.pad_top : 1);
        in.width = (s.out_width - 1) * s.stride_w + (window ? s.kernel_w - s.pad_left : 1);
        const std::int32_t low = in.is_signed ? -(1 << (in.bits - 1)) : 0;
        in.pad_code = low + static_cast<std::int32_t>(draw(0, (1 << in.bits) - 1));
        c.inputs.emplace_back(std::size_t{in.height} * in.channels * in.width);
        for (auto& code : c.inputs.back())
            code = low + static_cast<std::int32_t>(draw(0, (1 << in.bits) - 1));
    }
    return c;
}

}  // namespace imc::associative
