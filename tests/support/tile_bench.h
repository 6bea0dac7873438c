// SPDX-License-Identifier: Apache-2.0
/// Two tiles on a network, and the bench in the place of the I/O node.
#pragma once

#include "common/module/sim_time.h"
#include "common/module/tile.h"
#include "noc/module/network.h"
#include "noc/module/post.h"
#include "support/stage_builder.h"
#include "support/window_engine.h"

#include <map>

namespace imc::test {

using noc::Kind;
using noc::PacketHeader;

constexpr std::uint64_t unit_ps = 100000;

class TestTile : public Tile {
public:
    TestTile(sc_core::sc_module_name name, unsigned node, unsigned io, Ledger& ledger)
        : TestTile(name, node, io, ledger, ledger.component("tile", "crossbar"))
    {
    }

protected:
    std::unique_ptr<StageEngine> make_engine(const imc_stage& stage) override
    {
        return std::make_unique<WindowEngine>(stage, unit_ps, m_event, m_component);
    }

private:
    TestTile(sc_core::sc_module_name name, unsigned node, unsigned io, Ledger& ledger,
             ComponentId component)
        : Tile(name, node, io, ledger, {component, ledger.event(component, "write_bit", 0.0)}),
          m_component(component),
          m_event(ledger.event(component, "unit", 1.0))
    {
        share(component);
    }
    ComponentId m_component;
    EventId m_event;
};

/// Two tiles, and the bench in the place of the I/O node: source, sink, command processor.
struct TileBench : sc_core::sc_module {
    struct Row {
        std::uint64_t time_ps;
        std::uint32_t image;
        std::uint64_t row;
        std::vector<std::int32_t> codes;
    };
    Ledger ledger;
    noc::NodeMap nodes{1, 2};
    noc::Network network{"network", noc::Config{}, nodes, noc::Energies{}, ledger};
    TestTile tile0{"tile0", 0, 2, ledger}, tile1{"tile1", 1, 2, ledger};
    tlm_utils::simple_target_socket<TileBench> from_noc{"from_noc"};
    tlm_utils::simple_initiator_socket<TileBench> to_noc{"to_noc"};
    std::vector<Row> rows;
    std::vector<std::pair<std::uint16_t, std::uint32_t>> done;  ///< stage, status
    std::map<std::uint16_t, std::uint64_t> credits;             ///< per route of the source

    explicit TileBench(sc_core::sc_module_name name) : sc_module(name)
    {
        tile0.to_noc.bind(network.in[0]);
        tile1.to_noc.bind(network.in[1]);
        to_noc.bind(network.in[2]);
        network.out[0].bind(tile0.from_noc);
        network.out[1].bind(tile1.from_noc);
        network.out[2].bind(from_noc);
        from_noc.register_b_transport(this, &TileBench::b_transport);
    }

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&)
    {
        const auto* h = payload.get_extension<PacketHeader>();
        const auto* codes = reinterpret_cast<const std::int32_t*>(payload.get_data_ptr());
        if (h->kind == Kind::data)
            rows.push_back({now_ps(), h->image, h->row, {codes, codes + h->data_bytes / 4}});
        if (h->kind == Kind::done) done.push_back({h->producer, h->status});
        if (h->kind == Kind::credit) credits[h->route] = h->row;
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    void post(PacketHeader header, const void* data, unsigned bytes)
    {
        header.source = 2;
        tlm::tlm_generic_payload payload;
        noc::post(to_noc, payload, header, data, bytes);
    }

    void configure(const StageSetup& setup)
    {
        PacketHeader header;
        header.kind = Kind::config;
        header.destination = setup.stage.tile;
        header.stage = setup.stage.id;
        header.keep = std::make_shared<StageSetup>(setup);
        post(header, header.keep.get(), setup.wire_bytes());
    }

    /// Row y of image i: all elements 100 i + y.
    void row(unsigned tile, unsigned stage, unsigned stream, unsigned image, unsigned height,
             unsigned y, unsigned channels, unsigned width)
    {
        const std::vector<std::int32_t> codes(channels * width,
                                              static_cast<std::int32_t>(100 * image + y));
        PacketHeader header;
        header.destination = tile;
        header.stage = static_cast<std::uint16_t>(stage);
        header.stream = static_cast<std::uint8_t>(stream);
        header.image = image;
        header.row = image * height + y;
        header.channel_end = channels;
        header.x_end = width;
        header.data_bytes = codes.size() * 4;
        post(header, codes.data(), channels * width);
    }
    void run() { sc_core::sc_start(1, sc_core::SC_MS); }
};

inline StageSetup setup_of(const imc_stage& stage)
{
    StageSetup setup;
    setup.stage = stage;
    setup.name = "layer" + std::to_string(stage.id);
    setup.io_node = 2;
    return setup;
}

inline OutRoute to_sink(unsigned channels)
{
    return {IMC_ROUTE_SINK, 2, 0, 0, channels, 0, 0};
}

/// conv 3 rows (tile 0) -> conv 1 row (tile 1) -> sink, 4 rows of 2 x 3.
inline void two_stage_chain(TileBench& bench)
{
    StageSetup a = setup_of(make_stage(0, 0, IMC_STAGE_CONV, 2, 4, 3, 3));
    a.producers[0] = {{2, IMC_ROUTE_SINK, 0}};
    a.routes = {{1, 1, 0, 0, 2, 0, 2}};
    StageSetup b = setup_of(make_stage(1, 1, IMC_STAGE_CONV, 2, 4, 3, 1));
    b.producers[0] = {{0, 0, 0}};
    b.routes = {to_sink(2)};
    bench.configure(a);
    bench.configure(b);
    bench.run();
}

}  // namespace imc::test
