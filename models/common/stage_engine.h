// SPDX-License-Identifier: Apache-2.0
/// What every compute engine (crossbar, associative processor, CAM) offers to the tile that hosts
/// it. SystemC-free: the tile module lets time pass and moves data, the engine computes values,
/// cycles and energy events.
#pragma once

#include "common/ledger.h"
#include "imcvp/program.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace imc {

/// The sections of a stage's blob, checked against its length before anyone looks inside.
class Blob {
public:
    /// `data` stays the caller's. Throws InputError for a bad magic, or a section beyond `bytes` or
    /// misaligned.
    Blob(const std::uint8_t* data, std::size_t bytes);
    /// First section of `kind`; nullptr if absent. `count` entries of `entry_bytes`.
    const imc_section* find(std::uint32_t kind) const;
    const std::vector<imc_section>& sections() const { return m_sections; }
    template <typename T>
    const T* data(const imc_section& section) const
    {
        return reinterpret_cast<const T*>(m_data + section.offset);
    }

private:
    const std::uint8_t* m_data;
    std::vector<imc_section> m_sections;
};

/// A part of a unit's work as the trace shows it, relative to the unit's start.
struct Segment {
    ComponentId component = 0;
    const char* operation = "";
    std::uint64_t offset_ps = 0;
    std::uint64_t duration_ps = 0;
};

/// Operands that come over the network while a unit runs: the stage that was loaded with a table
/// sends it, piece by piece, to the stages that share it (docs/seams.md, "Operands").
struct OperandStream {
    std::uint64_t steps = 0;  ///< in which the unit goes through its first `segments`; 0: no stream
    std::uint64_t together = 1;  ///< steps that follow each other on the same operands: the first
                                 ///< of them waits for those of all
    std::uint64_t pieces = 0;    ///< of the stream, the same for all stages that share the table
    std::uint64_t bits = 0;      ///< of all pieces
    std::size_t segments = 0;    ///< of Work that are divided among the steps, the loading first
    ComponentId component = 0;   ///< that waits
    EventId read_bit = 0;        ///< charged to the sender a bit
};

/// What a piece of work took: time, energy events, busy time per component.
struct Work {
    std::uint64_t duration_ps = 0;
    struct Count {
        EventId event;
        std::uint64_t times;
    };
    std::vector<Count> counts;
    std::vector<Segment> segments;  ///< each also adds its duration to its component's busy time
    struct Observation {
        ObservationId observation;
        std::uint64_t n;
    };
    std::vector<Observation> observations;  ///< e.g. clipped conversions
    OperandStream stream;

    void clear() { *this = Work{}; }
};

/// Read access to the input rows in the stage's buffer. Row numbers are those of the layer's input,
/// 0..height-1; a row is [channels][width] int32 codes of the stage's channel slice, contiguous.
class InputRows {
public:
    virtual ~InputRows() = default;
    virtual const std::int32_t* row(unsigned stream, std::uint32_t y) const = 0;
};

/// A stage: one layer's share on one tile.
class StageEngine {
public:
    virtual ~StageEngine() = default;

    /// Programs weights and tables. Throws InputError for what does not fit (becomes an error
    /// register value). Returns the programming work (pulses, verify, changed cells).
    virtual Work load(const Blob& blob) = 0;

    /// Output rows [first, first + rows) of image `image`: writes codes to `out`, [channel_end -
    /// channel_begin][rows][out_width], and what it took to `work`. A PSUM_WORKER writes int64 sums
    /// to `psums` instead (same shape, no bias); a PSUM_OWNER finds the sums of its workers already
    /// added up in `psums` and adds them before bias and requantisation.
    virtual void run(std::uint32_t image, std::uint32_t first, std::uint32_t rows,
                     const InputRows& in, std::int32_t* out, std::int64_t* psums, Work& work) = 0;
};

}  // namespace imc
