// SPDX-License-Identifier: Apache-2.0
/// Runs the engine of one placed stage on given tensors, without a tile around it.
#pragma once

#include "common/stage_engine.h"
#include "compiler/emit/stage_blob.h"
#include "compiler/map/mapping.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace imc::test {

/// A stage's input rows out of whole tensors [c][h][w].
class TensorRows : public InputRows {
public:
    template <typename Codes>
    void add(const Codes& tensor, const imc_stream& stream)
    {
        std::vector<std::vector<std::int32_t>> rows(stream.height);
        for (std::uint32_t y = 0; y < stream.height; ++y)
            for (std::uint32_t c = 0; c < stream.channels; ++c)
                for (std::uint32_t x = 0; x < stream.width; ++x)
                    rows[y].push_back(static_cast<std::int32_t>(
                        tensor[(std::size_t{stream.channel_begin + c} * stream.height + y) *
                                   stream.width +
                               x]));
        m_streams.push_back(std::move(rows));
    }
    const std::int32_t* row(unsigned stream, std::uint32_t y) const override
    {
        return m_streams[stream][y].data();
    }

private:
    std::vector<std::vector<std::vector<std::int32_t>>> m_streams;
};

/// The blob of `placed`, loaded; empty blobs load nothing.
inline Work load_stage(StageEngine& engine, const compiler::QNet& net,
                       const compiler::PlacedStage& placed,
                       const compiler::EngineLowering& lowering)
{
    const auto builder = compiler::stage_blob(net, placed, lowering);
    if (builder.empty()) return {};
    std::vector<std::uint64_t> words(builder.bytes() / 8 + 1);
    auto* bytes = reinterpret_cast<std::uint8_t*>(words.data());
    builder.write(bytes);
    return engine.load(Blob(bytes, builder.bytes()));
}

}  // namespace imc::test
