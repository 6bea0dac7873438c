// SPDX-License-Identifier: Apache-2.0
/// Field numbers of Perfetto's trace format that we write, from google/perfetto,
/// protos/perfetto/trace (trace.proto, trace_packet.proto, track_event/*.proto,
/// interned_data/interned_data.proto).
#pragma once

#include <cstdint>

namespace imc::trace::perfetto {

enum class Trace : std::uint32_t { packet = 1 };

enum class TracePacket : std::uint32_t {
    timestamp = 8,
    trusted_packet_sequence_id = 10,
    track_event = 11,
    interned_data = 12,
    sequence_flags = 13,
    track_descriptor = 60
};

enum SequenceFlags : std::uint32_t { incremental_state_cleared = 1, needs_incremental_state = 2 };

enum class TrackDescriptor : std::uint32_t {
    uuid = 1,
    name = 2,
    process = 3,
    parent_uuid = 5,
    counter = 8
};

enum class ProcessDescriptor : std::uint32_t { pid = 1, process_name = 6 };

enum class CounterDescriptor : std::uint32_t { unit_name = 6 };

enum class TrackEvent : std::uint32_t {
    category_iids = 3,
    debug_annotations = 4,
    type = 9,
    name_iid = 10,
    track_uuid = 11,
    double_counter_value = 44
};

enum EventType : std::int32_t { slice_begin = 1, slice_end = 2, counter = 4 };

enum class DebugAnnotation : std::uint32_t {
    name_iid = 1,
    uint_value = 3,
    double_value = 5,
    string_value_iid = 17
};

enum class InternedData : std::uint32_t {
    event_categories = 1,
    event_names = 2,
    debug_annotation_names = 3,
    debug_annotation_string_values = 29
};

/// EventCategory, EventName, DebugAnnotationName and InternedString alike.
enum class Interned : std::uint32_t { iid = 1, text = 2 };

}  // namespace imc::trace::perfetto
