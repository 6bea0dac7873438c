// SPDX-License-Identifier: Apache-2.0
/// One stage at work on a tile: tokens in, units of work, rows and credits out (docs/seams.md,
/// "Stages").
#pragma once

#include "buffer/kernel/row_ring.h"
#include "common/ledger.h"
#include "common/module/stage_setup.h"
#include "common/stage_engine.h"
#include "common/unit_plan.h"
#include "noc/module/packet.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <systemc>

namespace imc {

class Tile;

/// What a stage waits for.
enum class Blocker { none, load, gate, input, psum, credit };

/// Figures of a stage since CONFIG, for reports; the ledger has them by layer. Waiting for the
/// first row of an image is no stall.
struct StageStats {
    std::uint64_t units = 0;
    std::uint64_t first_start_ps = 0, last_end_ps = 0;  ///< of all units
    std::uint64_t busy_ps = 0;
    std::uint64_t stall_input_ps = 0, stall_credit_ps = 0;
    std::uint64_t stall_operand_ps = 0;  ///< waiting for operands of a step
};

class TileStage {
public:
    explicit TileStage(Tile& tile) : m_tile(tile) {}
    TileStage(const TileStage&) = delete;
    TileStage& operator=(const TileStage&) = delete;

    /// Takes up a new stage; everything of an earlier one is gone. Throws InputError if the engine
    /// refuses.
    void configure(std::shared_ptr<const StageSetup> setup, std::unique_ptr<StageEngine> engine);
    /// Gives the stage up: a waiting process unwinds.
    void retire();
    /// Clears rows, credits, counts of images; configuration and weights stay.
    void reset();
    bool active() const { return m_setup != nullptr; }
    const StageSetup& setup() const { return *m_setup; }

    /// Body of the process that runs the stage; returns when the stage is retired or reset.
    void run();

    // What arrives. False: the packet breaks the credit rule.
    bool on_rows(const noc::PacketHeader& header, const unsigned char* data);
    void on_credit(const noc::PacketHeader& header);
    void on_arrived();
    void on_operands();
    void on_fetched();
    void on_gate(std::uint64_t images);
    /// For traces: `bytes` of a packet were written into the buffer.
    void trace_write(const noc::PacketHeader& header, unsigned bytes);
    void on_blob(std::shared_ptr<const void> keep, const unsigned char* data, std::size_t bytes);

    const StageStats& stats() const { return m_stats; }
    /// True between the first row of an image and its end, or while a load is under way.
    bool busy() const;
    /// One line: what the stage waits for, and how far its inputs and routes are. Empty if it is
    /// not `busy`.
    std::string diagnosis() const;

private:
    struct Aborted {};
    class Inputs;

    Blocker blocker() const;
    bool inputs_here(RowRange rows) const;
    bool credits_here(RowRange rows) const;
    bool credit_here(std::size_t route, RowRange rows) const;
    std::uint64_t row_number(const OutRoute& route, RowRange rows, std::uint32_t output_row) const;
    void poke();
    void wait_for(Blocker reason);
    void stalled(Blocker reason, std::uint64_t waited_ps);
    void stop(const char* reason);
    void let_pass(std::uint64_t duration_ps);
    void load();
    void run_unit();
    void compute(RowRange rows);
    // A unit whose operands come in pieces (tile_stage_stream.cpp).
    struct StreamTimes {
        std::uint64_t asked_ps = 0;      ///< when the unit began
        std::uint64_t unstalled_ps = 0;  ///< of the steps so far, without waiting
        std::uint64_t stall_ps = 0;
    };
    void run_stream();
    void run_step(std::uint64_t step, const std::vector<Segment>& parts, StreamTimes& times,
                  std::vector<Segment>& done);
    void pass(const std::vector<Segment>& parts, StreamTimes& times, std::vector<Segment>& done);
    void send_operands(std::uint64_t until);
    void wait_for_sharers(StreamTimes& times);
    void wait_for_operands(std::uint64_t until, StreamTimes& times, std::vector<Segment>& done);
    void charge(std::uint64_t start_ps);
    LayerId traced_layer() const;
    void trace_unit(std::uint64_t start_ps);
    std::vector<double> component_energy() const;
    void trace_components(const Activity& unit, const std::vector<double>& energy);
    void trace_slots(unsigned stream);
    std::uint32_t stage_track();
    std::uint32_t component_track(ComponentId component);
    void send_rows(RowRange rows);
    void send_row(RowRange rows, std::uint32_t output_row);
    void release_inputs(RowRange rows);
    void send_credits(unsigned stream, const std::vector<Producer>& producers,
                      std::uint64_t released);
    void advance();
    void finish_image();
    /// Answers the I/O node; `refusal` says why where the status is an error.
    void report(std::uint32_t status, const std::string& refusal = {});
    std::string input_state() const;
    std::string credit_state() const;
    RowRange current() const { return unit_rows_of(m_setup->stage, m_unit); }
    std::uint64_t psum_row() const;

    Tile& m_tile;
    std::shared_ptr<const StageSetup> m_setup;
    std::unique_ptr<StageEngine> m_engine;
    std::vector<buffer::RowRing> m_streams;
    buffer::PsumRing m_psums;
    std::vector<std::uint64_t> m_credits;  ///< per route: rows below this number have a slot there
    std::uint64_t m_image = 0;             ///< sequence number of the image at work
    std::uint32_t m_image_id = 0;
    std::uint32_t m_unit = 0;  ///< index among the units of this copy
    std::uint64_t m_gate = 0;  ///< images below may run
    std::uint64_t m_unacknowledged = 0;
    std::uint64_t m_pieces_sent = 0;      ///< of the image at work
    std::uint64_t m_pieces_here = 0;      ///< that arrived, over images
    std::uint64_t m_pieces_used = 0;      ///< of earlier images
    std::uint64_t m_awaited_sharers = 0;  ///< that still lack operands of the last image
    bool m_loaded = false;
    std::shared_ptr<const void> m_blob;
    const unsigned char* m_blob_data = nullptr;
    std::size_t m_blob_bytes = 0;

    Work m_work;
    std::shared_ptr<std::int32_t[]> m_out;  ///< [rows][channels][width]
    std::shared_ptr<std::int64_t[]> m_out_psums;
    std::vector<std::int32_t> m_scratch;
    std::vector<std::int64_t> m_psum_in;

    std::uint64_t m_epoch = 0;
    Blocker m_waiting = Blocker::none;
    sc_core::sc_event m_wake, m_abort;
    StageStats m_stats;
    std::int64_t m_track = -1;
    std::vector<std::int64_t> m_component_tracks, m_slot_tracks;
};

}  // namespace imc
