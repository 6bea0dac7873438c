// SPDX-License-Identifier: Apache-2.0
#include "run/runner.h"

#include "compiler/data/npy.h"
#include "report/console_summary.h"
#include "report/html_report.h"
#include "report/layer_rows.h"
#include "report/summary.h"
#include "report/tables.h"
#include "report/text_file.h"
#include "report/timeline_file.h"
#include "report/used_components.h"
#include "run/external_energy.h"
#include "run/host_operators.h"
#include "run/inputs.h"
#include "run/located.h"
#include "run/memory_plan.h"
#include "run/results.h"
#include "run/state_text.h"
#include "run/traces.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>

namespace imc::run {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double peak_rss_mb()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

class Runner {
public:
    Runner(const config::Scenario& scenario, const RunOptions& options)
        : m_scenario(scenario), m_config(scenario.config), m_options(options)
    {
    }

    RunOutcome run()
    {
        const auto begin = Clock::now();
        const bool labelled =
            m_config.run.input == config::RunInput::dataset && m_config.dataset.labels.given();
        m_compiled = compile_located(m_scenario, m_options.progress, labelled);
        try {
            load_images();
        } catch (const InputError& e) {
            throw InputError(located(m_scenario, e.what()));
        }
        std::memcpy(&m_header, m_compiled.image.data(), sizeof m_header);
        m_boot = plan_memory(m_header, static_cast<std::uint32_t>(m_images->count),
                             std::uint64_t{m_config.soc.ram_mb} << 20);
        m_outcome.result = describe(m_scenario, m_compiled);
        m_outcome.result.vp_version = m_options.version;
        m_outcome.result.command = m_options.command;
        if (!m_images->left_out.empty()) m_outcome.result.warnings.push_back(m_images->left_out);
        if (m_options.compiled) m_options.compiled();
        simulate_system();
        finish_results(begin);
        write_files();
        return std::move(m_outcome);
    }

private:
    void load_images()
    {
        const auto& form = m_compiled.input;
        if (m_options.images) {
            m_own_images = *m_options.images;
            compiler::apply_affine(form.affine, form.shape, m_own_images.pixels);
            m_images = &m_own_images;
            return check_batches(m_config, m_images->count);
        }
        m_own_images = m_config.run.input == config::RunInput::dataset
                           ? dataset_images(m_config.dataset, form, m_config.run.images)
                           : synthetic_images(form.shape, m_config.network.seed,
                                              ImagePurpose::inference, m_config.run.images);
        m_images = &m_own_images;
        check_batches(m_config, m_images->count);
    }

    std::vector<std::string> layer_names() const
    {
        std::vector<std::string> names;
        for (const auto& layer : m_outcome.result.layers)
            names.push_back(layer.name);
        return names;
    }

    void simulate_system()
    {
        Ledger ledger;
        Traces traces(m_config, m_options.folder, layer_names(), m_outcome.result.network.weights,
                      ledger);
        System system("system", m_config, m_compiled.platform, m_options.make_cpu, ledger);
        ExternalEnergy external(ledger, m_compiled.platform.technology, system.soc,
                                system.cpu->module());
        ledger.add_sink(&external);
        const auto operators = host_operator_names(m_outcome.result);
        HostOperators host_operators(
            ledger, external, system.cpu->module(), operators,
            static_cast<LayerId>(m_outcome.result.layers.size() - operators.size()));
        if (!operators.empty()) system.soc.marker.listen(&host_operators);
        if (traces.functions()) system.cpu->trace(*traces.functions());
        load_memory(system.soc);
        system.soc.uart.on_byte([this](char byte) {
            m_console += byte;
            if (m_options.console) m_options.console(byte);
        });
        SimulateOptions options{m_images->count, m_config.run.watchdog_ps, m_config.run.until_ps,
                                m_options.interrupted, m_options.progress};
        m_simulated = simulate(system, options);
        system.cpu->finish_trace();
        external.close();
        traces.close();
        if (m_options.dump_state) m_state = state_text(system);
        collect(system, ledger, traces, host_operators.image_ends_ps());
    }

    void load_memory(soc::Soc& soc)
    {
        soc.load(IMC_BOOT_ADDRESS, &m_boot, sizeof m_boot);
        soc.load(m_boot.program_base, m_compiled.image.data(), m_compiled.image.size());
        const auto& tensor = m_compiled.net.tensors[static_cast<std::size_t>(m_compiled.net.input)];
        for (std::size_t i = 0; i < m_images->count; ++i) {
            const auto bytes = packed(codes_of(m_images->image(i), tensor), m_header.input.bytes);
            soc.load(m_boot.input_base + i * m_boot.input_stride, bytes.data(), bytes.size());
        }
    }

    /// Images whose outputs are in memory, those of host operators too.
    std::size_t finished_images(const System& system,
                                const std::vector<std::uint64_t>& host_ends_ps) const
    {
        const auto& times = system.accelerator.images();
        const bool on_host = m_header.host_ops.count != 0;
        std::size_t finished = 0;
        while (finished < times.size() && times[finished].output_ps != 0 &&
               (!on_host || (finished < host_ends_ps.size() && host_ends_ps[finished] != 0)))
            ++finished;
        return finished;
    }

    void collect(System& system, const Ledger& ledger, const Traces& traces,
                 const std::vector<std::uint64_t>& host_ends_ps)
    {
        auto& result = m_outcome.result;
        const std::size_t finished = finished_images(system, host_ends_ps);
        const std::size_t size = output_size(m_header);
        m_outcome.outputs.resize(finished * size);
        for (std::size_t i = 0; i < finished; ++i) {
            std::vector<std::int32_t> codes(size);
            system.soc.dump(m_boot.output_base + i * m_boot.output_stride, codes.data(), size * 4);
            system.soc.dump(m_boot.result_base + i * m_boot.result_stride,
                            m_outcome.outputs.data() + i * size, size * 4);
            m_codes.push_back(std::move(codes));
        }
        result.images = static_cast<unsigned>(finished);
        result.host = host_info(m_config, system.cpu->module().statistics());
        result.status = m_simulated.status;
        result.status_reason = m_simulated.reason;
        if (result.status == report::Status::interrupted) result.phase = "simulating";
        result.diagnosis = m_simulated.diagnosis;
        result.reference.clipped = clipped_conversions(ledger, m_compiled);
        report::account(result, ledger, window_of(system, m_simulated, host_ends_ps),
                        &traces.timeline());
        report::keep_used_components(result);
        report::share_area(result, m_compiled.image.data(),
                           system.accelerator.core().tile_areas_mm2(),
                           m_compiled.platform.crossbar.arrays_per_tile);
        auto names = layer_names();
        names.pop_back();  // the row "(shared)"
        m_timeline = report::timeline_spans(traces.timeline(), names);
        result.simulation.events = m_simulated.deltas;
        result.simulation.transactions = system.soc.ram.activity().reads +
                                         system.soc.ram.activity().writes +
                                         result.host.register_accesses;
    }

    void finish_results(Clock::time_point begin)
    {
        auto& result = m_outcome.result;
        const auto& tensor =
            m_compiled.net.tensors[static_cast<std::size_t>(m_compiled.net.output)];
        m_outcome.output_shape = {tensor.channels};
        if (tensor.height * tensor.width > 1)
            m_outcome.output_shape = {tensor.channels, tensor.height, tensor.width};
        const auto reference_begin = Clock::now();
        check_outputs();
        result.simulation.reference_s = seconds_since(reference_begin);
        result.lifetime_s = array_lifetime_s(result, m_config.platform);
        if (const auto note = unlimited_arrays(result, m_config.platform); !note.empty())
            result.warnings.push_back(note);
        result.simulation.compile_s = m_compiled.seconds;
        result.simulation.wall_s = seconds_since(begin) - result.simulation.reference_s;
        result.simulation.peak_rss_mb = peak_rss_mb();
    }

    void check_outputs()
    {
        auto& result = m_outcome.result;
        const CheckOptions options{m_options.progress, m_options.interrupted};
        const auto clipped = result.reference.clipped;
        if (m_config.run.check == config::Check::reference && !m_config.run.timing_only)
            result.reference =
                compare_with_reference(m_compiled, *m_images, m_codes, m_config, options);
        result.reference.clipped = clipped;
        // Noise and clipping are not in the reference: there the comparison tells how far outputs
        // move.
        result.reference.exact_expected =
            !m_config.platform.crossbar.device.active() && clipped == 0;
        if (clipped != 0)
            result.warnings.push_back(fmt::format(
                "{} conversions of the run clipped (a sum beyond the ADC's range): outputs may "
                "differ from the reference; layers.csv has the count of each layer",
                clipped));
        if (!m_images->labels.empty() && !m_codes.empty())
            result.accuracy = accuracy_of(m_compiled, *m_images, m_outcome.outputs, options);
        if (result.status != report::Status::ok) return;
        if (result.reference.exact_expected && result.reference.mismatches != 0) {
            result.status = report::Status::failed;
            result.status_reason = fmt::format(
                "{} of {} outputs differ from the reference: {}", result.reference.mismatches,
                result.reference.compared, result.reference.first_mismatch);
        } else if (options.stopped()) {
            result.status = report::Status::interrupted;
            result.status_reason = "Ctrl-C while outputs were checked";
            result.phase = "checking";
        }
    }

    void write_files()
    {
        const std::string& folder = m_options.folder;
        const auto& result = m_outcome.result;
        report::write_summary(result, folder);
        report::write_tables(result, folder);
        report::write_timeline(m_timeline, result.network.weights, folder);
        if (m_config.trace.html)
            report::write_text_file(folder + "/report.html",
                                    report::html_report(result, m_timeline));
        report::write_text_file(folder + "/console.log", m_console);
        report::write_text_file(folder + "/scenario.lock.yaml", config::lock_text(m_scenario));
        compiler::NpyArray outputs;
        outputs.dims = {static_cast<std::int64_t>(m_codes.size())};
        outputs.dims.insert(outputs.dims.end(), m_outcome.output_shape.begin(),
                            m_outcome.output_shape.end());
        outputs.data = m_outcome.outputs;
        compiler::write_npy(folder + "/outputs.npy", outputs);
        if (!m_state.empty()) report::write_text_file(folder + "/state.txt", m_state);
        if (!m_simulated.diagnosis.empty())
            report::write_text_file(folder + "/diagnosis.txt",
                                    fmt::format("{}\n", fmt::join(m_simulated.diagnosis, "\n")));
    }

    const config::Scenario& m_scenario;
    const config::RunConfig& m_config;
    const RunOptions& m_options;
    Compiled m_compiled;
    ImageSet m_own_images;
    const ImageSet* m_images = nullptr;
    imc_program_header m_header{};
    imc_boot m_boot{};
    Simulated m_simulated;
    std::string m_console, m_state;
    std::vector<std::vector<std::int32_t>> m_codes;
    std::vector<report::TimelineSpan> m_timeline;
    RunOutcome m_outcome;
};

}  // namespace

RunOutcome run(const config::Scenario& scenario, const RunOptions& options)
{
    return Runner(scenario, options).run();
}

}  // namespace imc::run
