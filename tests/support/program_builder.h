// SPDX-License-Identifier: Apache-2.0
/// Program images for tests, put together by hand.
#pragma once

#include "common/crc32.h"
#include "imcvp/program.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace imc::test {

class ProgramBuilder {
public:
    imc_port input{}, output{};
    imc_schedule schedule = IMC_SCHEDULE_PIPELINED;
    std::vector<imc_stage> stages;
    std::vector<imc_layer> layers;

    ProgramBuilder(unsigned channels, unsigned height, unsigned width)
    {
        input = {channels, height, width, 1, 8, 1, 0, 1.0f, 0};
        output = {channels, height, width, 4, 8, 1, 0, 1.0f, 0};
    }

    /// Adds a stage and its layer; its id and layer become the index.
    imc_stage& add(imc_stage stage)
    {
        stage.id = stage.layer = static_cast<std::uint16_t>(stages.size());
        imc_layer layer{};
        layer.op = stage.op;
        layer.step = static_cast<std::uint32_t>(stages.size());
        layers.push_back(layer);
        m_routes.emplace_back();
        m_blobs.emplace_back();
        stages.push_back(stage);
        return stages.back();
    }
    /// After stages were pushed by hand, beyond those of add(): they get no routes and blobs.
    void match_stages()
    {
        m_routes.resize(stages.size());
        m_blobs.resize(stages.size());
    }
    /// Channels [first, first + count) of stage `from` (-1 = source) to `stream` of stage `to`.
    void connect(int from, unsigned to, unsigned stream, unsigned first, unsigned count,
                 unsigned offset = 0)
    {
        imc_route r{};
        r.stage = static_cast<std::uint16_t>(to);
        r.tile = stages[to].tile;
        r.stream = static_cast<std::uint8_t>(stream);
        r.channel_first = first;
        r.channel_count = count;
        r.channel_offset = offset;
        r.depth_rows = stream == IMC_PSUM_STREAM ? 2 : stages[to].in[stream].depth_rows;
        (from < 0 ? m_source : m_routes[static_cast<std::size_t>(from)]).push_back(r);
    }
    void to_sink(unsigned from, unsigned first, unsigned count, unsigned offset = 0)
    {
        imc_route r{};
        r.stage = IMC_ROUTE_SINK;
        r.channel_first = first;
        r.channel_count = count;
        r.channel_offset = offset;
        m_routes[from].push_back(r);
    }
    /// A blob with one section of int32.
    void blob(unsigned stage, const std::vector<std::int32_t>& values)
    {
        auto& b = m_blobs[stage];
        b.assign(48 + values.size() * 4, 0);
        const imc_blob_header head{IMC_BLOB_MAGIC, 1};
        const imc_section section{IMC_SECTION_LUT_I32, 4, 48, values.size()};
        std::memcpy(b.data(), &head, sizeof head);
        std::memcpy(b.data() + sizeof head, &section, sizeof section);
        std::memcpy(b.data() + 48, values.data(), values.size() * 4);
    }
    void raw_blob(unsigned stage, std::vector<std::uint8_t> bytes)
    {
        m_blobs[stage] = std::move(bytes);
    }

    std::vector<std::uint8_t> build()
    {
        std::vector<std::uint8_t> image(sizeof(imc_program_header));
        imc_program_header h{};
        h.magic = IMC_PROGRAM_MAGIC;
        h.version = IMC_PROGRAM_VERSION;
        h.schedule = schedule;
        h.steps =
            schedule == IMC_SCHEDULE_PIPELINED ? 1 : static_cast<std::uint32_t>(layers.size());
        h.input = input;
        h.output = output;
        std::vector<char> strings;
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const std::string name = "layer" + std::to_string(i);
            layers[i].name = static_cast<std::uint32_t>(strings.size());
            if (schedule == IMC_SCHEDULE_PIPELINED) layers[i].step = 0;
            strings.insert(strings.end(), name.c_str(), name.c_str() + name.size() + 1);
        }
        std::vector<imc_route> routes;
        for (std::size_t i = 0; i < stages.size(); ++i) {
            stages[i].route_begin = static_cast<std::uint32_t>(routes.size());
            stages[i].route_count = static_cast<std::uint32_t>(m_routes[i].size());
            routes.insert(routes.end(), m_routes[i].begin(), m_routes[i].end());
        }
        h.source_route_begin = static_cast<std::uint32_t>(routes.size());
        h.source_route_count = static_cast<std::uint32_t>(m_source.size());
        routes.insert(routes.end(), m_source.begin(), m_source.end());
        h.layers = table(image, layers);
        h.stages = table(image, stages);
        h.routes = table(image, routes);
        h.strings = table(image, strings);
        h.host_ops = table(image, std::vector<imc_host_op>{});
        add_blobs(image, h);
        seal(image, h);
        return image;
    }

    /// Writes the header with fresh CRCs, so that a test can corrupt a field behind them.
    static void seal(std::vector<std::uint8_t>& image, imc_program_header h)
    {
        h.total_bytes = image.size();
        h.table_crc = crc32(image.data() + sizeof h, h.payload_offset - sizeof h);
        h.header_crc = 0;
        h.header_crc = crc32(&h, sizeof h);
        std::memcpy(image.data(), &h, sizeof h);
    }

    std::vector<imc_blob_ref> refs;               ///< after build()
    std::map<std::size_t, std::uint32_t> reload;  ///< of the blobs that come with images, by stage

private:
    template <typename T>
    static imc_table table(std::vector<std::uint8_t>& image, const std::vector<T>& entries)
    {
        image.resize((image.size() + 7) / 8 * 8);
        const imc_table t{image.size(), static_cast<std::uint32_t>(entries.size()), sizeof(T)};
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(entries.data());
        image.insert(image.end(), bytes, bytes + entries.size() * sizeof(T));
        return t;
    }
    void add_blobs(std::vector<std::uint8_t>& image, imc_program_header& h)
    {
        refs.clear();
        for (std::size_t i = 0; i < m_blobs.size(); ++i)
            if (!m_blobs[i].empty())
                refs.push_back({static_cast<std::uint32_t>(i), reload.count(i) ? reload[i] : 0, 0,
                                m_blobs[i].size()});
        std::size_t at = (image.size() + 8 + refs.size() * sizeof(imc_blob_ref) + 63) / 64 * 64;
        h.payload_offset = at;
        for (auto& ref : refs) {
            ref.offset = at;
            at = (at + ref.bytes + 63) / 64 * 64;
        }
        h.blobs = table(image, refs);
        image.resize(at);
        for (const auto& ref : refs)
            std::memcpy(image.data() + ref.offset, m_blobs[ref.stage].data(), ref.bytes);
    }

    std::vector<std::vector<imc_route>> m_routes;
    std::vector<imc_route> m_source;
    std::vector<std::vector<std::uint8_t>> m_blobs;
};

}  // namespace imc::test
