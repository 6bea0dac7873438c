// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/liveness.h"

#include "common/kept_rows.h"
#include "common/unit_plan.h"

#include <algorithm>
#include <deque>

namespace imc::compiler {

namespace {

/// Slots of a stream or of partial sums: what has arrived of each row, in channels.
class Slots {
public:
    Slots() = default;
    Slots(std::uint64_t depth, std::uint64_t whole) : m_arrived(depth, 0), m_whole(whole) {}
    bool takes(std::uint64_t row) const { return row < m_released + m_arrived.size(); }
    bool has_below(std::uint64_t row) const { return m_complete >= row; }
    void put(std::uint64_t row, std::uint64_t channels)
    {
        if (row < m_released) return;
        m_arrived[row % m_arrived.size()] += channels;
        advance();
    }
    bool release(std::uint64_t row)
    {
        if (row <= m_released) return false;
        for (std::uint64_t r = m_released; r < std::min(row, m_released + m_arrived.size()); ++r)
            m_arrived[r % m_arrived.size()] = 0;
        m_released = row;
        m_complete = std::max(m_complete, row);
        advance();
        return true;
    }

private:
    void advance()
    {
        while (takes(m_complete) && m_arrived[m_complete % m_arrived.size()] == m_whole)
            ++m_complete;
    }
    std::vector<std::uint64_t> m_arrived;
    std::uint64_t m_whole = 0, m_released = 0, m_complete = 0;
};

class Game {
public:
    explicit Game(const Mapping& mapping) : m_mapping(mapping), m_players(mapping.stages.size())
    {
        for (const auto& p : mapping.stages)
            set_up(p.stage);
        for (std::size_t i = 0; i < mapping.stages.size(); ++i)
            for (const imc_route& r : routes_of(i))
                join(static_cast<int>(i), r);
        for (const imc_route& r : mapping.source_routes) {
            join(-1, r);
            m_height = std::max(m_height, rows_of_source(r));
        }
    }

    bool lives()
    {
        std::vector<std::int64_t> lag, before;
        for (std::uint64_t image = 0;; ++image) {
            for (std::uint32_t y = 0; y < m_height; ++y)
                if (!feed(image, y)) return false;
            before = std::move(lag);
            lag.clear();
            for (const auto& player : m_players)
                lag.push_back(static_cast<std::int64_t>(player.done) -
                              static_cast<std::int64_t>((image + 1) * player.units));
            if (lag == before) return true;
        }
    }

private:
    struct Player {
        const imc_stage* stage = nullptr;
        std::uint64_t units = 0;  ///< of an image
        std::uint64_t done = 0;
        std::vector<std::shared_ptr<const KeptRows>> kept;
        std::vector<Slots> in;
        Slots sums;
        std::vector<int> producers;  ///< stages that may wait for slots here
        bool queued = false;
    };
    struct Routes {
        const imc_route *first, *last;
        const imc_route* begin() const { return first; }
        const imc_route* end() const { return last; }
    };

    Routes routes_of(std::size_t stage) const
    {
        const imc_stage& s = m_mapping.stages[stage].stage;
        const imc_route* first = m_mapping.routes.data() + s.route_begin;
        return {first, first + s.route_count};
    }

    void set_up(const imc_stage& stage)
    {
        Player& player = m_players[stage.id];
        player.stage = &stage;
        player.units = own_units_per_image(stage);
        for (unsigned s = 0; s < stage.streams; ++s) {
            player.kept.push_back(kept_rows(stage, s));
            player.in.emplace_back(stage.in[s].depth_rows, stage.in[s].channels);
            player.in.back().release(kept_below(player.kept[s].get(), rows_skipped(stage, s)));
        }
    }

    void join(int producer, const imc_route& r)
    {
        if (r.stage == IMC_ROUTE_SINK) return;
        Player& to = m_players[r.stage];
        if (producer >= 0) to.producers.push_back(producer);
        if (r.stream == IMC_PSUM_STREAM)
            to.sums = Slots(r.depth_rows, std::uint64_t{to.stage->psum_workers} *
                                              (to.stage->channel_end - to.stage->channel_begin));
    }

    std::uint32_t rows_of_source(const imc_route& r) const
    {
        return r.row_count != 0 ? r.row_first + r.row_count
                                : m_players[r.stage].stage->in[r.stream].height;
    }

    /// Row of image `image` that comes under a number, and that number; false if it does not come.
    bool number(const imc_route& r, std::uint64_t image, std::uint32_t row, std::uint64_t& n) const
    {
        if (r.row_count != 0 && (row < r.row_first || row - r.row_first >= r.row_count))
            return false;
        const Player& to = m_players[r.stage];
        const KeptRows* kept = to.kept[r.stream].get();
        const auto there = static_cast<std::uint32_t>(std::int64_t{row} + r.row_offset);
        if (kept != nullptr && !kept->has(there)) return false;
        n = image * kept_count(kept, to.stage->in[r.stream].height) + kept_below(kept, there);
        return true;
    }

    /// Partial sums are numbered in the order in which they are made.
    std::uint64_t sums_before(const Player& p) const { return p.done * p.stage->unit_rows; }

    /// Calls `each(consumer, slots, row number, route)` for all that unit `rows` sends.
    template <typename Each>
    void for_sent(std::size_t stage, std::uint64_t image, RowRange rows, const Each& each)
    {
        for (const imc_route& r : routes_of(stage)) {
            if (r.stage == IMC_ROUTE_SINK) continue;
            Player& to = m_players[r.stage];
            for (std::uint32_t y = rows.begin; y < rows.end; ++y) {
                std::uint64_t n = sums_before(m_players[stage]) + y - rows.begin;
                if (r.stream == IMC_PSUM_STREAM)
                    each(to, to.sums, n, r);
                else if (number(r, image, y, n))
                    each(to, to.in[r.stream], n, r);
            }
        }
    }

    bool can_run(std::size_t id)
    {
        const Player& p = m_players[id];
        const imc_stage& stage = *p.stage;
        const std::uint64_t image = p.done / p.units;
        const RowRange rows = unit_rows_of(stage, static_cast<std::uint32_t>(p.done % p.units));
        for (unsigned s = 0; s < stage.streams; ++s)
            if (!p.in[s].has_below(before(p, s, image, rows_needed(stage, s, rows.end))))
                return false;
        if (stage.role == IMC_ROLE_PSUM_OWNER &&
            !p.sums.has_below(sums_before(p) + rows.end - rows.begin))
            return false;
        bool room = true;
        for_sent(id, image, rows,
                 [&](Player&, const Slots& slots, std::uint64_t n, const imc_route&) {
                     room = room && slots.takes(n);
                 });
        return room;
    }

    static std::uint64_t before(const Player& p, unsigned s, std::uint64_t image, std::uint32_t row)
    {
        const KeptRows* kept = p.kept[s].get();
        return image * kept_count(kept, p.stage->in[s].height) + kept_below(kept, row);
    }

    void run(std::size_t id)
    {
        Player& p = m_players[id];
        const imc_stage& stage = *p.stage;
        const std::uint64_t image = p.done / p.units;
        const auto unit = static_cast<std::uint32_t>(p.done % p.units);
        for_sent(id, image, unit_rows_of(stage, unit),
                 [&](Player& to, Slots& slots, std::uint64_t n, const imc_route& r) {
                     slots.put(n, r.channel_count);
                     queue(static_cast<int>(to.stage->id));
                 });
        bool freed = false;
        for (unsigned s = 0; s < stage.streams; ++s)
            freed |= p.in[s].release(
                unit + 1 == p.units
                    ? before(p, s, image + 1, rows_skipped(stage, s))
                    : before(p, s, image,
                             first_row_needed(stage, s, unit_rows_of(stage, unit + 1).begin)));
        ++p.done;
        if (stage.role == IMC_ROLE_PSUM_OWNER) freed |= p.sums.release(sums_before(p));
        if (freed)
            for (const int producer : p.producers)
                queue(producer);
        queue(static_cast<int>(id));
    }

    void queue(int id)
    {
        if (m_players[id].queued) return;
        m_players[id].queued = true;
        m_queue.push_back(id);
    }

    /// Sends a row of the network's input, after which everybody works as far as he can. False: it
    /// has no room.
    bool feed(std::uint64_t image, std::uint32_t y)
    {
        std::uint64_t n = 0;
        for (const imc_route& r : m_mapping.source_routes)
            if (number(r, image, y, n) && !m_players[r.stage].in[r.stream].takes(n)) return false;
        for (const imc_route& r : m_mapping.source_routes)
            if (number(r, image, y, n)) {
                m_players[r.stage].in[r.stream].put(n, r.channel_count);
                queue(r.stage);
            }
        while (!m_queue.empty()) {
            const int id = m_queue.front();
            m_queue.pop_front();
            m_players[id].queued = false;
            if (can_run(id)) run(id);
        }
        return true;
    }

    const Mapping& m_mapping;
    std::vector<Player> m_players;
    std::deque<int> m_queue;
    std::uint32_t m_height = 0;  ///< of the network's input
};

}  // namespace

bool is_live(const Mapping& mapping)
{
    return Game(mapping).lives();
}

}  // namespace imc::compiler
