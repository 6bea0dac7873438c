// SPDX-License-Identifier: Apache-2.0
/// Reads trace.pftrace back, as a viewer would.
#pragma once

#include <gtest/gtest.h>
#include <protozero/pbf_reader.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace imc::test {

struct Event {
    std::uint64_t time_ns = 0, track = 0, name = 0, category = 0;
    int type = 0;
    double value = 0.0;
    std::map<std::uint64_t, double> arguments;  ///< by name iid
};

struct TrackInfo {
    std::string name, unit;
    std::uint64_t parent = 0;
    bool counter = false;
};

/// The trace as a reader sees it: field numbers are those of Perfetto's .proto files, written down
/// once more.
struct Decoded {
    std::map<std::uint64_t, TrackInfo> tracks;
    std::map<std::uint64_t, std::string> names, categories, layers;
    std::vector<Event> events;  ///< sorted by time, stable, as trace_processor does
    std::string process;
    unsigned resets = 0;
};

inline void decode_interned(protozero::pbf_reader data, Decoded& decoded)
{
    while (data.next()) {
        const auto field = data.tag();
        auto entry = data.get_message();
        std::uint64_t iid = 0;
        std::string text;
        while (entry.next())
            entry.tag() == 1 ? void(iid = entry.get_uint64()) : void(text = entry.get_string());
        auto& table = field == 1 ? decoded.categories : field == 2 ? decoded.names : decoded.layers;
        if (field == 1 || field == 2 || field == 29) {
            EXPECT_TRUE(table.emplace(iid, text).second) << "iid " << iid << " given twice";
        }
    }
}

inline void decode_track(protozero::pbf_reader data, Decoded& decoded)
{
    std::uint64_t uuid = 0;
    TrackInfo info;
    while (data.next())
        switch (data.tag()) {
            case 1:
                uuid = data.get_uint64();
                break;
            case 2:
                info.name = data.get_string();
                break;
            case 5:
                info.parent = data.get_uint64();
                break;
            case 3:
                for (auto process = data.get_message(); process.next();)
                    process.tag() == 6 ? void(decoded.process = process.get_string())
                                       : process.skip();
                break;
            case 8:
                info.counter = true;
                for (auto counter = data.get_message(); counter.next();)
                    counter.tag() == 6 ? void(info.unit = counter.get_string()) : counter.skip();
                break;
            default:
                data.skip();
        }
    EXPECT_TRUE(decoded.tracks.emplace(uuid, info).second) << "uuid " << uuid << " described twice";
}

inline void decode_annotation(protozero::pbf_reader data, Event& event)
{
    std::uint64_t name = 0;
    double value = 0;
    while (data.next())
        switch (data.tag()) {
            case 1:
                name = data.get_uint64();
                break;
            case 5:
                value = data.get_double();
                break;
            default:
                value = static_cast<double>(data.get_uint64());
        }
    event.arguments[name] = value;
}

inline void decode_event(protozero::pbf_reader data, Event event, Decoded& decoded)
{
    while (data.next())
        switch (data.tag()) {
            case 3:
                event.category = data.get_uint64();
                break;
            case 4:
                decode_annotation(data.get_message(), event);
                break;
            case 9:
                event.type = data.get_enum();
                break;
            case 10:
                event.name = data.get_uint64();
                break;
            case 11:
                event.track = data.get_uint64();
                break;
            case 44:
                event.value = data.get_double();
                break;
            default:
                ADD_FAILURE() << "unexpected field " << data.tag();
        }
    decoded.events.push_back(event);
}

inline Decoded decode(const std::string& bytes)
{
    Decoded decoded;
    for (protozero::pbf_reader trace(bytes); trace.next(1);) {
        Event event;
        protozero::data_view body;
        unsigned flags = 0;
        for (auto packet = trace.get_message(); packet.next();)
            switch (packet.tag()) {
                case 8:
                    event.time_ns = packet.get_uint64();
                    break;
                case 10:
                    EXPECT_NE(packet.get_uint32(), 0u);
                    break;
                case 11:
                    body = packet.get_view();
                    break;
                case 12:
                    decode_interned(packet.get_message(), decoded);
                    break;
                case 13:
                    flags = packet.get_uint32();
                    break;
                case 60:
                    decode_track(packet.get_message(), decoded);
                    break;
                default:
                    ADD_FAILURE() << "unexpected packet field " << packet.tag();
            }
        decoded.resets += flags == 1;
        if (body.size() != 0) decode_event(protozero::pbf_reader(body), event, decoded);
    }
    std::stable_sort(decoded.events.begin(), decoded.events.end(),
                     [](const Event& a, const Event& b) { return a.time_ns < b.time_ns; });
    return decoded;
}

inline std::string file_bytes(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

}  // namespace imc::test
