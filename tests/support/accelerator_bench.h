// SPDX-License-Identifier: Apache-2.0
/// An accelerator on a bench: memory behind its DMA, a host that writes registers and the ring,
/// checkers on both sockets.
#pragma once

#include "accelerator/module/accelerator.h"
#include "common/module/protocol_checker.h"
#include "support/window_engine.h"

#include <cstring>
#include <map>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

namespace imc::test {

/// Every technology key the accelerator's common parts read, with round numbers.
inline Technology round_technology()
{
    Technology t;
    t.name = "round";
    for (const char* key : {"noc.hop_bit_pj", "link.bit_pj", "global_buffer.write_bit_pj",
                            "global_buffer.read_bit_pj", "global_buffer.area_mm2", "dma.bit_pj",
                            "command.descriptor_pj"})
        t.set(key, {1.0, "pJ", "test"});
    return t;
}

/// A crossbar-numbered tile whose stages are WindowEngines of 100 ns a row.
class WindowTile : public Tile {
public:
    WindowTile(sc_core::sc_module_name name, unsigned node, unsigned io, const AcceleratorConfig&,
               Ledger& ledger)
        : WindowTile(name, node, io, ledger, ledger.component("tile", "crossbar", 1.0))
    {
    }

protected:
    std::unique_ptr<StageEngine> make_engine(const imc_stage& stage) override
    {
        return std::make_unique<WindowEngine>(stage, 100000, m_event, m_component);
    }

private:
    WindowTile(sc_core::sc_module_name name, unsigned node, unsigned io, Ledger& ledger,
               ComponentId component)
        : Tile(name, node, io, ledger, {component, ledger.event(component, "write_bit", 0.0)}),
          m_component(component),
          m_event(ledger.event(component, "unit", 1.0))
    {
    }
    ComponentId m_component;
    EventId m_event;
};

/// Memory of 1 MiB at `base`, 20 ns an access.
class BenchMemory : public sc_core::sc_module {
public:
    static constexpr std::uint64_t base = 0x80000000;
    tlm_utils::simple_target_socket<BenchMemory> in{"in"};
    std::vector<unsigned char> bytes = std::vector<unsigned char>(1 << 20);
    bool hints_direct = false, leaves_status = false;
    unsigned accesses = 0;
    std::vector<std::pair<std::uint64_t, unsigned>> log;  ///< address, length of every access

    explicit BenchMemory(sc_core::sc_module_name name) : sc_module(name)
    {
        in.register_b_transport(this, &BenchMemory::b_transport);
        in.register_get_direct_mem_ptr(this, &BenchMemory::direct);
    }

    template <typename T>
    T get(std::uint64_t address) const
    {
        T value;
        std::memcpy(&value, bytes.data() + (address - base), sizeof value);
        return value;
    }
    void put(std::uint64_t address, const void* data, std::size_t n)
    {
        std::memcpy(bytes.data() + (address - base), data, n);
    }

private:
    void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay)
    {
        ++accesses;
        log.push_back({p.get_address(), p.get_data_length()});
        delay += sc_core::sc_time(20, sc_core::SC_NS);
        const std::uint64_t at = p.get_address() - base;
        if (p.get_address() < base || at + p.get_data_length() > bytes.size())
            return p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        if (p.is_read())
            std::memcpy(p.get_data_ptr(), bytes.data() + at, p.get_data_length());
        else
            std::memcpy(bytes.data() + at, p.get_data_ptr(), p.get_data_length());
        p.set_dmi_allowed(hints_direct);
        if (!leaves_status) p.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    bool direct(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi)
    {
        dmi.set_dmi_ptr(bytes.data());
        dmi.set_start_address(base);
        dmi.set_end_address(base + bytes.size() - 1);
        dmi.set_read_latency(sc_core::sc_time(20, sc_core::SC_NS));
        dmi.set_write_latency(sc_core::sc_time(20, sc_core::SC_NS));
        dmi.allow_read_write();
        return true;
    }
};

inline AcceleratorConfig small_config(unsigned tiles = 4)
{
    AcceleratorConfig config;
    config.tiles = {{IMC_ENGINE_CROSSBAR, tiles}};
    config.technology = round_technology();
    return config;
}

class AcceleratorBench : public sc_core::sc_module {
public:
    static constexpr std::uint64_t ring = BenchMemory::base,
                                   completions = BenchMemory::base + 0x4000,
                                   image_at = BenchMemory::base + 0x10000,
                                   inputs = BenchMemory::base + 0x80000,
                                   outputs = BenchMemory::base + 0xA0000;
    Ledger ledger;
    Accelerator accelerator;
    BenchMemory memory{"memory"};
    ProtocolChecker<> regs_checker{"regs_checker"};
    ProtocolChecker<> dma_checker;
    tlm_utils::simple_initiator_socket<AcceleratorBench> host{"host"};
    sc_core::sc_signal<bool> irq{"irq"}, reset{"reset"};

    explicit AcceleratorBench(
        sc_core::sc_module_name name, const AcceleratorConfig& config = small_config(),
        const accelerator::TileRegistry& tiles = {{IMC_ENGINE_CROSSBAR,
                                                   accelerator::tile_maker<WindowTile>()}})
        : sc_module(name),
          accelerator("accelerator", config, ledger, tiles),
          dma_checker("dma_checker", {false, true})
    {
        host.bind(regs_checker.in);
        regs_checker.out.bind(accelerator.regs);
        accelerator.dma.bind(dma_checker.in);
        dma_checker.out.bind(memory.in);
        accelerator.irq.bind(irq);
        accelerator.reset.bind(reset);
    }

    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, void* data,
                                    unsigned bytes)
    {
        tlm::tlm_generic_payload p;
        p.set_command(command);
        p.set_address(offset);
        p.set_data_ptr(static_cast<unsigned char*>(data));
        p.set_data_length(bytes);
        p.set_streaming_width(bytes);
        sc_core::sc_time delay;
        host->b_transport(p, delay);
        return p.get_response_status();
    }
    void write(std::uint64_t offset, std::uint32_t value)
    {
        access(tlm::TLM_WRITE_COMMAND, offset, &value, 4);
    }
    std::uint32_t read(std::uint64_t offset)
    {
        std::uint32_t value = 0;
        access(tlm::TLM_READ_COMMAND, offset, &value, 4);
        return value;
    }

    void enable(std::uint32_t entries = 64)
    {
        write(IMC_REG_RING_BASE_LO, static_cast<std::uint32_t>(ring));
        write(IMC_REG_RING_BASE_HI, 0);
        write(IMC_REG_RING_SIZE, entries);
        write(IMC_REG_IRQ_MASK, IMC_IRQ_COMPLETION | IMC_IRQ_ERROR);
        write(IMC_REG_CTRL, IMC_CTRL_ENABLE);
        m_tail = 0;
        m_entries = entries;
    }
    /// Puts a descriptor into the ring; returns its index. Its completion record lies at
    /// completions + 16 * index.
    std::uint32_t push(imc_descriptor d)
    {
        d.tag = 1000 + m_tail;
        d.completion = completions + 16 * m_tail;
        memory.put(ring + 64 * (m_tail % m_entries), &d, sizeof d);
        return m_tail++;
    }
    void ring_doorbell() { write(IMC_REG_DOORBELL, m_tail); }
    imc_completion completion(std::uint32_t index) const
    {
        return memory.get<imc_completion>(completions + 16 * index);
    }

    /// CONFIG, LOADs, FENCE for a program image.
    void upload(const std::vector<std::uint8_t>& image, const std::vector<imc_blob_ref>& blobs = {})
    {
        memory.put(image_at, image.data(), image.size());
        imc_descriptor config{};
        config.opcode = IMC_OP_CONFIG;
        config.src = image_at;
        config.length = static_cast<std::uint32_t>(image.size());
        push(config);
        for (const auto& blob : blobs) {
            imc_descriptor load{};
            load.opcode = IMC_OP_LOAD;
            load.src = image_at + blob.offset;
            load.length = static_cast<std::uint32_t>(blob.bytes);
            load.stage = blob.stage;
            push(load);
        }
        imc_descriptor fence{};
        fence.opcode = IMC_OP_FENCE;
        push(fence);
        ring_doorbell();
    }
    void push_input(std::uint32_t image, std::uint32_t bytes)
    {
        imc_descriptor d{};
        d.opcode = IMC_OP_INPUT;
        d.src = inputs + image * bytes;
        d.length = bytes;
        d.image = image;
        push(d);
    }
    std::uint32_t push_output(std::uint32_t image, std::uint32_t elements)
    {
        imc_descriptor d{};
        d.opcode = IMC_OP_OUTPUT;
        d.flags = IMC_DESC_IRQ;
        d.dst = outputs + image * elements * 4;
        d.length = elements * 4;
        d.image = image;
        return push(d);
    }
    void run(double us = 1000) { sc_core::sc_start(us, sc_core::SC_US); }

private:
    std::uint32_t m_tail = 0, m_entries = 64;
};

}  // namespace imc::test
