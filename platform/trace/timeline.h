// SPDX-License-Identifier: Apache-2.0
/// When each layer was at work: first and last activity an image, and the spans that the report's
/// timeline shows.
#pragma once

#include "common/ledger.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace imc::trace {

/// A stretch of time without pauses longer than the timeline's resolution.
struct Span {
    std::uint64_t begin_ps = 0, end_ps = 0;
};

/// Spans of one layer and image that grow coarser as they become many, so that memory stays bounded
/// whatever the run.
class SpanList {
public:
    static constexpr std::size_t max_spans = 128;

    void add(std::uint64_t begin_ps, std::uint64_t end_ps);
    /// Sorted, disjoint.
    std::vector<Span> spans() const;

private:
    void coarsen();

    std::vector<Span> m_spans;
    std::uint64_t m_resolution_ps = 0;  ///< pauses up to this are closed
};

/// Collects layer times; cheap enough to be on in every run.
class Timeline : public ActivitySink {
public:
    static constexpr std::uint32_t max_images = 4;  ///< of which spans are kept

    /// One layer of one image. `layer` is shared_layer for the command processor, DMA, source and
    /// sink.
    struct Row {
        LayerId layer = shared_layer;
        std::uint32_t image = 0;
        SpanList spans;
    };
    struct LayerTime {
        std::uint64_t activities = 0;
        std::uint64_t first_ps = ~std::uint64_t{0}, last_ps = 0;
    };

    void on_activity(const Activity& activity) override;
    void on_counter(std::uint32_t, std::uint64_t, double) override {}

    /// Forgets everything; from now on what began before `origin_ps` counts from there. To be
    /// called at the first doorbell, so that weight upload belongs to no image.
    void restart(std::uint64_t origin_ps);

    /// Mean over images of (first activity of `layer` - first activity of the image), s; 0 if it
    /// never worked.
    double mean_start_s(LayerId layer) const;
    /// Mean over images of last end - first start, s.
    double mean_latency_s(LayerId layer) const;
    const std::vector<Row>& rows() const { return m_rows; }

private:
    LayerTime& time_of(std::uint32_t image, LayerId layer);
    SpanList& spans_of(std::uint32_t image, LayerId layer);
    static std::size_t index_of(LayerId layer) { return layer == shared_layer ? 0 : layer + 1u; }

    std::vector<std::vector<LayerTime>> m_times;  ///< [image][index_of(layer)]
    std::vector<std::vector<std::int32_t>>
        m_row_of;  ///< [image][index_of(layer)] -> m_rows, -1 none
    std::vector<Row> m_rows;
    std::uint64_t m_origin_ps = 0;
    std::uint64_t m_first_ps = ~std::uint64_t{0};  ///< first start of what is shown
    std::uint64_t m_shown_end_ps = 0;  ///< last end of a layer of an image whose spans are kept
};

}  // namespace imc::trace
