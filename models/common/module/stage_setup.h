// SPDX-License-Identifier: Apache-2.0
/// What the command processor tells a tile about one stage: its row of the program's table, and
/// both ends of its routes.
#pragma once

#include "common/kept_rows.h"
#include "imcvp/program.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace imc {

/// Where output rows go, as the producer sees it.
struct OutRoute {
    std::uint16_t stage = 0;  ///< consumer; IMC_ROUTE_SINK = sink
    std::uint16_t node = 0;
    std::uint8_t stream = 0;                           ///< IMC_PSUM_STREAM = partial sums
    std::uint32_t channel_begin = 0, channel_end = 0;  ///< of the producer's layer
    std::uint32_t channel_offset = 0;                  ///< added for the consumer's channel number
    std::uint32_t depth_rows = 0;    ///< the consumer's slots; 0 = always room (sink)
    std::uint32_t skipped_rows = 0;  ///< rows the consumer lets go unseen at the start
    std::uint32_t row_begin = 0, row_end = 0xFFFFFFFFu;  ///< producer's rows that go there
    std::int32_t row_offset = 0;                         ///< added for the consumer's row number
    std::uint32_t height = 0;                            ///< rows of an image there; 0 = as here
    std::shared_ptr<const KeptRows> kept =
        nullptr;  ///< which of them the consumer takes; null = all

    bool sends(std::uint32_t row) const
    {
        return row >= row_begin && row < row_end && (kept == nullptr || kept->has(there(row)));
    }
    /// Number of the producer's row `row` of image `image` at the consumer, over images; of a row
    /// that does not go there, the number of the next one that does.
    std::uint64_t number(std::uint64_t image, std::uint32_t row, std::uint32_t own_height) const
    {
        const std::uint32_t rows = height != 0 ? height : own_height;
        return image * kept_count(kept.get(), rows) + kept_below(kept.get(), there(row));
    }
    std::uint32_t there(std::uint32_t row) const
    {
        return static_cast<std::uint32_t>(std::int64_t{row} + row_offset);
    }
};

/// Who gets the credits of an input stream.
struct Producer {
    std::uint16_t node = 0;
    std::uint16_t stage = 0;  ///< IMC_ROUTE_SINK = source
    std::uint16_t route = 0;  ///< number of the producer's route
};

struct StageSetup {
    imc_stage stage{};
    std::string name;  ///< of the layer, for traces
    std::vector<OutRoute> routes;
    std::array<std::vector<Producer>, IMC_MAX_STREAMS> producers;
    KeptOfStreams kept;  ///< rows that come; null = all
    std::vector<Producer> psum_producers;
    std::uint32_t psum_depth_rows = 0;  ///< an owner's slots for partial sums, at least unit_rows
    bool gated = false;                 ///< layer_sequential: waits for its step
    bool needs_load = false;            ///< has a blob
    std::uint16_t io_node = 0;

    /// Rows of stream `s` that come, out of `images` images and the first `row` rows of the next.
    std::uint64_t rows_before(unsigned s, std::uint64_t images, std::uint32_t row) const
    {
        return images * kept_count(kept[s].get(), stage.in[s].height) +
               kept_below(kept[s].get(), row);
    }

    /// Bytes of it on a link: table rows.
    unsigned wire_bytes() const
    {
        return static_cast<unsigned>(sizeof(imc_stage) + routes.size() * sizeof(imc_route));
    }
};

}  // namespace imc
