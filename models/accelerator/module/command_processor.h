// SPDX-License-Identifier: Apache-2.0
/// The command processor: fetches descriptors from the ring, carries them out, writes completions,
/// raises interrupts.
#pragma once

#include "accelerator/config.h"
#include "accelerator/kernel/program.h"
#include "accelerator/kernel/register_block.h"
#include "accelerator/module/dma.h"
#include "accelerator/module/io_node.h"
#include "accelerator/module/reset_domain.h"
#include "accelerator/module/sink.h"
#include "accelerator/module/source.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <systemc>

namespace imc::accelerator {

/// Moments of one image, ps of simulated time.
struct ImageTimes {
    std::uint32_t image = 0;
    std::uint64_t doorbell_ps = 0;  ///< that announced its INPUT
    std::uint64_t input_ps = 0;     ///< INPUT taken up
    std::uint64_t output_ps =
        0;  ///< its OUTPUT completed: record written, interrupt raised; 0 = not yet
};

/// What the rest of the block does for the processor.
struct ProcessorHooks {
    std::function<void()> retire_stages;   ///< before a new program
    std::function<void()> clear_datapath;  ///< at a reset: network, tiles
    std::function<void()> interrupt_changed;
    std::function<std::uint64_t(std::uint32_t offset)>
        performance;  ///< counters of tiles and network
};

/// Descriptors are fetched one by one in ring order. CONFIG, STEP and FENCE hold the ring until
/// they are complete; LOAD, INPUT and OUTPUT complete on their own. While images are under way
/// LOADs are carried out beside the ring, one after the other; a STEP waits for those of its
/// stages. An error stops fetching until a
/// reset; what is under way goes on.
class CommandProcessor : public sc_core::sc_module, private RegisterClient, private IoListener {
public:
    CommandProcessor(sc_core::sc_module_name name, const AcceleratorConfig& config, Ledger& ledger,
                     Dma& dma, IoNode& io, ProcessorHooks hooks);

    RegisterBlock& registers() { return m_registers; }
    const RegisterBlock& registers() const { return m_registers; }
    /// The doorbell of an access that arrives at `delay` from now is heard then.
    void set_access_delay(const sc_core::sc_time& delay) { m_access_delay = delay; }
    /// Reset of the whole block; the performance counters start anew too.
    void hard_reset();

    bool busy() const override;
    /// Lines on descriptors, source and sink that wait; empty if idle.
    std::vector<std::string> diagnose() const;
    const std::vector<ImageTimes>& images() const { return m_images; }
    std::uint64_t setup_end_ps() const { return m_setup_end_ps; }
    const Program* program() const { return m_program.get(); }
    /// Text of the last refused program, stage or descriptor.
    const std::string& last_error() const { return m_last_error; }

private:
    // RegisterClient
    bool configured() const override { return m_program != nullptr; }
    std::uint64_t performance(std::uint32_t offset) const override;
    void enabled() override;
    void doorbell() override;
    void soft_reset() override;
    void interrupt_changed() override { m_hooks.interrupt_changed(); }
    void error_cleared() override { m_last_error.clear(); }
    // IoListener
    void on_done(const noc::PacketHeader& header) override;
    void on_credit(const noc::PacketHeader& header) override { m_source.on_credit(header); }
    bool on_rows(const noc::PacketHeader& header, const unsigned char* data) override;

    struct ImageInFlight {
        std::uint64_t sequence = 0;
        bool output_announced = false;
        std::size_t times = 0;  ///< index in m_images
    };

    void fetch_and_execute();
    void step();
    void execute(std::uint32_t index, const imc_descriptor& d);
    void check_fields(const imc_descriptor& d) const;
    void config(std::uint32_t index, const imc_descriptor& d);
    void adopt(std::unique_ptr<Program> program);
    void load(std::uint32_t index, const imc_descriptor& d);
    void load_in_background();
    void fetch_blob(DmaClient client, std::uint32_t index, const imc_descriptor& d);
    bool is_loading(std::uint32_t step) const;
    void input(std::uint32_t index, const imc_descriptor& d);
    void step_layer(std::uint32_t index, const imc_descriptor& d);
    void output(std::uint32_t index, const imc_descriptor& d);
    void fence(std::uint32_t index);
    void trace_descriptor();
    void trace_queue();
    void read_memory(std::uint64_t address, void* data, std::uint64_t bytes,
                     DmaClient client = DmaClient::command);
    ImageInFlight& in_flight(const imc_descriptor& d);
    void wait_for_earlier();

    void complete(std::uint32_t index, imc_error error);
    void retire_descriptors();
    void retire(std::uint32_t index, imc_error error);
    void note_error(const std::string& text);
    void raise(imc_error error, std::uint32_t index, const std::string& text);
    bool write_completion(const imc_descriptor& d, imc_error error);
    void fault(imc_error error, const std::string& text);
    void clear();
    void trace_ring();
    std::uint64_t raw_performance(std::uint32_t offset) const;

    AcceleratorConfig m_config;
    Ledger& m_ledger;
    Dma& m_dma;
    IoNode& m_io;
    ProcessorHooks m_hooks;
    ComponentId m_component;
    EventId m_descriptor_event;
    std::int64_t m_ring_track = -1;
    RegisterBlock m_registers;
    ResetDomain m_domain;
    Source m_source;
    Sink m_sink;

    std::unique_ptr<Program> m_program;
    std::vector<std::shared_ptr<const StageSetup>> m_setups;
    std::vector<bool> m_load_announced;  ///< per stage
    std::map<std::uint16_t, std::uint32_t>
        m_loads;  ///< stage -> descriptor, until its tile answers
    std::deque<std::pair<std::uint32_t, imc_descriptor>> m_load_jobs;  ///< in the background
    std::uint32_t m_awaited_configs = 0, m_awaited_steps = 0;
    imc_error m_config_error = IMC_ERROR_NONE;
    std::string m_config_refusal;

    std::map<std::uint32_t, imc_descriptor> m_outstanding;  ///< by ring index
    std::int64_t m_queue_track = -1;
    std::int64_t m_track = -1;
    std::deque<std::pair<std::uint32_t, imc_error>> m_finished;
    std::map<std::uint32_t, ImageInFlight> m_in_flight;  ///< by the host's image number
    std::uint64_t m_next_sequence = 0;
    bool m_halted = false;

    sc_core::sc_time m_access_delay;
    sc_core::sc_event m_doorbell_event, m_finished_event, m_retired_event, m_done_event,
        m_load_event;
    std::deque<std::pair<std::uint32_t, std::uint64_t>>
        m_doorbells;  ///< tail, ps; those that still announce something
    std::uint64_t m_enabled_ps = 0;
    std::uint64_t m_descriptors = 0;
    std::map<std::uint32_t, std::uint64_t> m_baseline;  ///< counters at the last hard reset
    std::vector<ImageTimes> m_images;
    std::uint64_t m_setup_end_ps = 0;
    std::string m_last_error;
};

}  // namespace imc::accelerator
