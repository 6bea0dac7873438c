// SPDX-License-Identifier: Apache-2.0
#include "trace/timeline.h"

#include <algorithm>

namespace imc::trace {

void SpanList::add(std::uint64_t begin_ps, std::uint64_t end_ps)
{
    if (!m_spans.empty()) {
        Span& last = m_spans.back();
        if (begin_ps <= last.end_ps + m_resolution_ps &&
            end_ps + m_resolution_ps >= last.begin_ps) {
            last.begin_ps = std::min(last.begin_ps, begin_ps);
            last.end_ps = std::max(last.end_ps, end_ps);
            return;
        }
    }
    m_spans.push_back({begin_ps, end_ps});
    if (m_spans.size() > max_spans) coarsen();
}

namespace {

/// Sorts by begin and joins what overlaps or is at most `resolution_ps` apart.
std::vector<Span> merged(std::vector<Span> spans, std::uint64_t resolution_ps)
{
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
        return a.begin_ps != b.begin_ps ? a.begin_ps < b.begin_ps : a.end_ps < b.end_ps;
    });
    std::vector<Span> joined;
    for (const Span& span : spans) {
        if (!joined.empty() && span.begin_ps <= joined.back().end_ps + resolution_ps)
            joined.back().end_ps = std::max(joined.back().end_ps, span.end_ps);
        else
            joined.push_back(span);
    }
    return joined;
}

}  // namespace

void SpanList::coarsen()
{
    m_spans = merged(std::move(m_spans), m_resolution_ps);
    while (m_spans.size() > max_spans / 2) {
        const std::uint64_t extent = m_spans.back().end_ps - m_spans.front().begin_ps;
        m_resolution_ps = std::max(2 * m_resolution_ps, extent / (8 * max_spans) + 1);
        m_spans = merged(std::move(m_spans), m_resolution_ps);
    }
}

std::vector<Span> SpanList::spans() const
{
    return merged(m_spans, m_resolution_ps);
}

Timeline::LayerTime& Timeline::time_of(std::uint32_t image, LayerId layer)
{
    if (m_times.size() <= image) m_times.resize(image + 1u);
    auto& row = m_times[image];
    const std::size_t index = index_of(layer);
    if (row.size() <= index) row.resize(index + 1);
    return row[index];
}

SpanList& Timeline::spans_of(std::uint32_t image, LayerId layer)
{
    if (m_row_of.size() <= image) m_row_of.resize(image + 1u);
    auto& rows = m_row_of[image];
    const std::size_t index = index_of(layer);
    if (rows.size() <= index) rows.resize(index + 1, -1);
    if (rows[index] < 0) {
        rows[index] = static_cast<std::int32_t>(m_rows.size());
        m_rows.push_back({layer, image, {}});
    }
    return m_rows[static_cast<std::size_t>(rows[index])].spans;
}

void Timeline::on_activity(const Activity& activity)
{
    const std::uint64_t end_ps = activity.start_ps + activity.duration_ps;
    if (end_ps < m_origin_ps) return;
    if (activity.duration_ps == 0) return;  // an instant is there for its energy: it takes no time
    const std::uint64_t start_ps = std::max(activity.start_ps, m_origin_ps);
    LayerTime& time = time_of(activity.image, activity.layer);
    ++time.activities;
    time.first_ps = std::min(time.first_ps, start_ps);
    time.last_ps = std::max(time.last_ps, end_ps);
    if (activity.image >= max_images) return;
    m_first_ps = std::min(m_first_ps, start_ps);
    if (activity.layer != shared_layer)
        m_shown_end_ps = std::max(m_shown_end_ps, end_ps);
    else if (m_shown_end_ps != 0 && start_ps > m_shown_end_ps + (m_shown_end_ps - m_first_ps) / 16)
        return;  // DMA and commands of images that are not shown
    spans_of(activity.image, activity.layer).add(start_ps, end_ps);
}

void Timeline::restart(std::uint64_t origin_ps)
{
    m_times.clear();
    m_row_of.clear();
    m_rows.clear();
    m_origin_ps = origin_ps;
    m_shown_end_ps = 0;
    m_first_ps = ~std::uint64_t{0};
}

double Timeline::mean_start_s(LayerId layer) const
{
    double sum_ps = 0.0;
    unsigned images = 0;
    for (const auto& image : m_times) {
        const std::size_t index = index_of(layer);
        if (index >= image.size() || image[index].activities == 0) continue;
        std::uint64_t begin_ps = ~std::uint64_t{0};
        for (const LayerTime& time : image)
            if (time.activities != 0) begin_ps = std::min(begin_ps, time.first_ps);
        sum_ps += static_cast<double>(image[index].first_ps - begin_ps);
        ++images;
    }
    return images == 0 ? 0.0 : sum_ps * 1e-12 / images;
}

double Timeline::mean_latency_s(LayerId layer) const
{
    double sum_ps = 0.0;
    unsigned images = 0;
    for (const auto& image : m_times) {
        const std::size_t index = index_of(layer);
        if (index >= image.size() || image[index].activities == 0) continue;
        sum_ps += static_cast<double>(image[index].last_ps - image[index].first_ps);
        ++images;
    }
    return images == 0 ? 0.0 : sum_ps * 1e-12 / images;
}

}  // namespace imc::trace
