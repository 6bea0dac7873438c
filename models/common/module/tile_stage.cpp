// SPDX-License-Identifier: Apache-2.0
#include "common/module/tile_stage.h"

#include "common/error.h"
#include "common/module/report.h"
#include "common/module/sim_time.h"
#include "common/module/tile.h"
#include "imcvp/regs.h"

#include <algorithm>
#include <limits>

namespace imc {

/// What the engine sees of the rings: rows of the image at work.
class TileStage::Inputs : public InputRows {
public:
    explicit Inputs(const TileStage& stage) : m_stage(stage) {}
    const std::int32_t* row(unsigned stream, std::uint32_t y) const override
    {
        return m_stage.m_streams[stream].row(
            m_stage.m_setup->rows_before(stream, m_stage.m_image, y));
    }

private:
    const TileStage& m_stage;
};

void TileStage::configure(std::shared_ptr<const StageSetup> setup,
                          std::unique_ptr<StageEngine> engine)
{
    retire();
    m_setup = std::move(setup);
    m_engine = std::move(engine);
    const imc_stage& stage = m_setup->stage;
    for (unsigned s = 0; s < stage.streams; ++s)
        m_streams.emplace_back(stage.in[s]);
    if (stage.role == IMC_ROLE_PSUM_OWNER)
        m_psums = buffer::PsumRing(stage.channel_begin, stage.channel_end - stage.channel_begin,
                                   stage.out_width, m_setup->psum_depth_rows, stage.psum_workers);
    m_loaded = !m_setup->needs_load;
    m_stats = StageStats{};
    m_track = -1;
    m_component_tracks.clear();
    m_slot_tracks.clear();
    reset();
}

void TileStage::retire()
{
    m_setup.reset();
    m_engine.reset();
    m_streams.clear();
    m_psums = buffer::PsumRing();
    m_blob.reset();
    ++m_epoch;
    m_abort.notify(sc_core::SC_ZERO_TIME);
    m_wake.notify(sc_core::SC_ZERO_TIME);
}

void TileStage::reset()
{
    if (!active()) return;
    const imc_stage& stage = m_setup->stage;
    for (unsigned s = 0; s < stage.streams; ++s) {
        m_streams[s].clear();
        m_streams[s].release(m_setup->rows_before(s, 0, rows_skipped(stage, s)));
        if (s < m_slot_tracks.size()) trace_slots(s);
    }
    m_psums.clear();
    m_credits.clear();
    for (const auto& route : m_setup->routes)
        m_credits.push_back(route.depth_rows == 0 ? std::numeric_limits<std::uint64_t>::max()
                                                  : route.depth_rows + route.skipped_rows);
    m_image = m_unit = m_unacknowledged = 0;
    m_gate = m_setup->gated ? 0 : std::numeric_limits<std::uint64_t>::max();
    m_pieces_sent = m_pieces_here = m_pieces_used = m_awaited_sharers = 0;
    m_blob.reset();
    ++m_epoch;
    m_abort.notify(sc_core::SC_ZERO_TIME);
    m_wake.notify(sc_core::SC_ZERO_TIME);
}

void TileStage::run()
{
    try {
        for (;;) {
            if (m_blob != nullptr) {
                load();
                continue;
            }
            const Blocker reason = blocker();
            if (reason == Blocker::none)
                run_unit();
            else
                wait_for(reason);
        }
    } catch (const Aborted&) {
        m_waiting = Blocker::none;
    } catch (const InputError& error) {
        stop(error.what());
    }
}

/// The engine refuses what it is given, e.g. an input code beyond its bits: an error for the host,
/// and rest until a reset.
void TileStage::stop(const char* reason)
{
    SC_REPORT_INFO(report_id::tile_run, reason);
    report(IMC_ERROR_BAD_STAGE, reason);
    for (const std::uint64_t epoch = m_epoch; epoch == m_epoch;)
        sc_core::wait(m_wake);
}

Blocker TileStage::blocker() const
{
    const RowRange rows = current();
    if (!m_loaded) return Blocker::load;
    if (m_image >= m_gate) return Blocker::gate;
    if (!inputs_here(rows)) return Blocker::input;
    if (m_setup->stage.role == IMC_ROLE_PSUM_OWNER &&
        !m_psums.has(psum_row() + rows.end - rows.begin))
        return Blocker::psum;
    return credits_here(rows) ? Blocker::none : Blocker::credit;
}

bool TileStage::inputs_here(RowRange rows) const
{
    const imc_stage& stage = m_setup->stage;
    for (unsigned s = 0; s < stage.streams; ++s)
        if (m_streams[s].complete() <
            m_setup->rows_before(s, m_image, rows_needed(stage, s, rows.end)))
            return false;
    return true;
}

/// Number under which an output row travels: over images, or in the order of making for partial
/// sums.
std::uint64_t TileStage::row_number(const OutRoute& route, RowRange rows,
                                    std::uint32_t output_row) const
{
    if (m_setup->stage.role == IMC_ROLE_PSUM_WORKER) return psum_row() + output_row - rows.begin;
    return route.number(m_image, output_row, m_setup->stage.out_height);
}

std::uint64_t TileStage::psum_row() const
{
    const imc_stage& stage = m_setup->stage;
    return (m_image * own_units_per_image(stage) + m_unit) * stage.unit_rows;
}

bool TileStage::credit_here(std::size_t route, RowRange rows) const
{
    const OutRoute& r = m_setup->routes[route];
    std::uint32_t end = std::min(rows.end, r.row_end);
    const std::uint32_t begin = std::max(rows.begin, r.row_begin);
    while (end > begin && !r.sends(end - 1))
        --end;
    return end <= begin || row_number(r, rows, end - 1) < m_credits[route];
}

bool TileStage::credits_here(RowRange rows) const
{
    for (std::size_t route = 0; route < m_credits.size(); ++route)
        if (!credit_here(route, rows)) return false;
    return true;
}

void TileStage::wait_for(Blocker reason)
{
    const std::uint64_t epoch = m_epoch, start = now_ps();
    m_waiting = reason;
    sc_core::wait(m_wake);
    if (epoch != m_epoch) throw Aborted{};
    m_waiting = Blocker::none;
    stalled(reason, now_ps() - start);
}

/// In the stage's figures and in the books of its layer.
void TileStage::stalled(Blocker reason, std::uint64_t waited_ps)
{
    const LayerId layer = m_setup->stage.layer;
    if (reason == Blocker::credit) {
        m_stats.stall_credit_ps += waited_ps;
        m_tile.m_ledger.observe(layer, m_tile.m_observed.stall_credit_ps, waited_ps);
    }
    if ((reason == Blocker::input || reason == Blocker::psum) && m_unit != 0) {
        m_stats.stall_input_ps += waited_ps;
        m_tile.m_ledger.observe(layer, m_tile.m_observed.stall_input_ps, waited_ps);
    }
}

void TileStage::let_pass(std::uint64_t duration_ps)
{
    if (duration_ps == 0) return;
    const std::uint64_t epoch = m_epoch;
    sc_core::wait(from_ps(duration_ps), m_abort);
    if (epoch != m_epoch) throw Aborted{};
}

void TileStage::load()
{
    const std::shared_ptr<const void> keep = std::move(m_blob);
    m_blob.reset();
    try {
        m_work = m_engine->load(Blob(m_blob_data, m_blob_bytes));
        charge(now_ps());
        let_pass(m_work.duration_ps);
        m_loaded = true;
        report(IMC_ERROR_NONE);
    } catch (const InputError& error) {
        SC_REPORT_INFO(report_id::tile_load, error.what());
        report(IMC_ERROR_BAD_STAGE, error.what());
    }
}

void TileStage::run_unit()
{
    const RowRange rows = current();
    const std::uint64_t epoch = m_epoch, asked = now_ps();
    compute(rows);
    if (m_stats.units++ == 0) m_stats.first_start_ps = asked;
    if (m_work.stream.steps != 0) {
        run_stream();
        charge(asked);
    } else {
        m_tile.reserve_shared(m_work, m_setup->stage.id);
        if (epoch != m_epoch) throw Aborted{};
        charge(asked);
        let_pass(m_work.duration_ps);
    }
    m_stats.busy_ps += m_work.duration_ps;
    m_tile.m_ledger.observe(m_setup->stage.layer, m_tile.m_observed.work_ps, m_work.duration_ps);
    m_stats.last_end_ps = now_ps();
    send_rows(rows);
    release_inputs(rows);
    advance();
}

void TileStage::compute(RowRange rows)
{
    const imc_stage& stage = m_setup->stage;
    const std::uint32_t count = rows.end - rows.begin;
    const std::size_t channels = stage.channel_end - stage.channel_begin;
    const std::size_t elements = channels * count * stage.out_width;
    const std::uint64_t first = m_setup->rows_before(0, m_image, 0);
    const std::uint64_t end = m_setup->rows_before(0, m_image, rows_needed(stage, 0, rows.end));
    m_image_id = m_streams[0].image_of(std::max(end, first + 1) - 1);
    std::int64_t* psums = nullptr;
    if (stage.role == IMC_ROLE_PSUM_WORKER) {
        m_out_psums.reset(new std::int64_t[elements]);
        psums = m_out_psums.get();
    } else {
        m_out.reset(new std::int32_t[elements]);
    }
    if (stage.role == IMC_ROLE_PSUM_OWNER) {
        m_psum_in.resize(elements);
        for (std::uint32_t r = 0; r < count; ++r)
            m_psums.copy_row(psum_row() + r, m_psum_in.data() + std::size_t{r} * stage.out_width,
                             std::size_t{count} * stage.out_width);
        psums = m_psum_in.data();
    }
    m_work.clear();
    m_engine->run(m_image_id, rows.begin, count, Inputs(*this), m_out.get(), psums, m_work);
}

void TileStage::charge(std::uint64_t start_ps)
{
    Ledger& ledger = m_tile.m_ledger;
    const LayerId layer = m_setup->stage.layer;
    for (const auto& c : m_work.counts)
        ledger.count(layer, c.event, c.times);
    for (const auto& s : m_work.segments)
        ledger.busy(layer, s.component, s.duration_ps);
    for (const auto& o : m_work.observations)
        ledger.observe(layer, o.observation, o.n);
    if (ledger.traced()) trace_unit(start_ps);
}

void TileStage::advance()
{
    if (++m_unit < own_units_per_image(m_setup->stage)) return;
    if (m_setup->gated) finish_image();
    m_unit = 0;
    report_debug(report_id::tile_image, [this] {
        return "stage " + std::to_string(m_setup->stage.id) + ": image " + std::to_string(m_image) +
               " done";
    });
    ++m_image;
}

/// layer_sequential: the step is done when the last row has arrived where it goes.
void TileStage::finish_image()
{
    const std::uint64_t epoch = m_epoch;
    while (m_unacknowledged != 0) {
        sc_core::wait(m_wake);
        if (epoch != m_epoch) throw Aborted{};
    }
    report(IMC_ERROR_NONE);
}

}  // namespace imc
