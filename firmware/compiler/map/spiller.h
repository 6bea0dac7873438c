// SPDX-License-Identifier: Apache-2.0
/// Which edges live in the global buffer, so that every tile's input rows fit its own.
#pragma once

#include "common/kept_rows.h"
#include "compiler/map/place.h"

#include <functional>

namespace imc::compiler {

class Spiller {
public:
    /// `edges`: one per layer with stages and stream. Lowers their rows and marks some as spilled.
    Spiller(const QNet& net, const AcceleratorConfig& config, const Lowerings& lowerings,
            const Mapping& mapping, std::vector<EdgeDepth>& edges);

    /// Throws InputError for a tile that is too small whatever is done, CapacityError if the global
    /// buffers are full.
    void relieve_all();

private:
    /// A stage's share of an edge on its tile.
    struct User {
        const PlacedStage* placed;
        EdgeDepth* edge;
        std::shared_ptr<const KeptRows> kept;
        std::uint64_t row_bytes;  ///< of a row here
        unsigned window;          ///< rows of the bare window
        unsigned step;            ///< rows beyond it that the next window of this copy takes
    };
    using Users = std::vector<User>;
    /// Where an edge of `u` could go to save bytes on the tile: fewer rows, or the global buffer.
    struct Relief {
        const User* user = nullptr;
        bool spilled = false;
        unsigned rows = 0;  ///< on the tile, of the edge
        std::uint64_t gain = 0;
    };

    static unsigned held(const User& u, unsigned rows);
    static unsigned on_tile(const User& u);
    Relief cut(const User& u, unsigned floor) const;
    Relief spill(const User& u, unsigned tile_rows) const;
    Relief next(const Users& users) const;
    void apply(const Relief& relief);
    void relieve(unsigned tile, const Users& users, std::uint64_t capacity);
    [[noreturn]] void give_up(unsigned tile, const Users& users, std::uint64_t total,
                              std::uint64_t capacity) const;
    std::uint64_t whole_bytes(const EdgeDepth& edge) const;

    const QNet& m_net;
    const Lowerings& m_lowerings;
    std::uint64_t m_free;  ///< bytes of the global buffers
    std::map<unsigned, Users> m_users;
};

/// Bytes of a row of `channels` channels.
std::uint64_t row_bytes(const QTensor& tensor, unsigned channels);

}  // namespace imc::compiler
