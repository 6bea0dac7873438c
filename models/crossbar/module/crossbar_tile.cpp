// SPDX-License-Identifier: Apache-2.0
#include "crossbar/module/crossbar_tile.h"

#include "common/error.h"
#include "common/module/sim_time.h"
#include "crossbar/cost/tile_area.h"
#include "digital/engine/digital_engine.h"

namespace imc::crossbar {

namespace {

TileBufferCost buffer_of(const AcceleratorConfig& config, Ledger& ledger)
{
    const ComponentId buffer = ledger.component("buffer", "buffer");
    return {buffer,
            ledger.event(buffer, "write_bit", config.technology.get("buffer.write_bit_pj"))};
}

CrossbarTile::BankMaker standard_bank(unsigned node, const AcceleratorConfig& config,
                                      Ledger& ledger)
{
    return [node, &config, &ledger](const char* name, CrossbarTile::BankSocket& socket) {
        auto bank = std::make_unique<adc::AdcBank>(name, config.crossbar_of(node),
                                                   config.technology, ledger);
        socket.bind(bank->samples);
        return bank;
    };
}

}  // namespace

CrossbarTile::CrossbarTile(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                           const AcceleratorConfig& config, Ledger& ledger)
    : CrossbarTile(name, node, io_node, config, ledger, standard_bank(node, config, ledger))
{
}

CrossbarTile::CrossbarTile(sc_core::sc_module_name name, unsigned node, unsigned io_node,
                           const AcceleratorConfig& config, Ledger& ledger,
                           const BankMaker& make_bank)
    : Tile(name, node, io_node, ledger, buffer_of(config, ledger)),
      m_cost(std::make_shared<CrossbarCost>(config.crossbar, config.technology, ledger)),
      m_bank(make_bank("adc", to_adc))
{
    declare_tile_area(config.crossbar_of(node), config.technology, ledger);
    share(m_cost->bus);
    share(m_cost->digital.digital);
}

std::unique_ptr<StageEngine> CrossbarTile::make_engine(const imc_stage& stage)
{
    ConversionAccount& account = *this;
    if (stage.op == IMC_STAGE_CONV) return std::make_unique<CrossbarEngine>(stage, m_cost, account);
    return std::make_unique<digital::DigitalEngine>(stage, m_cost->digital);
}

std::uint64_t CrossbarTile::transport(adc::Conversion& conversion, void* data, std::size_t bytes)
{
    m_payload.set_command(tlm::TLM_WRITE_COMMAND);
    m_payload.set_data_ptr(static_cast<unsigned char*>(data));
    m_payload.set_data_length(static_cast<unsigned>(bytes));
    m_payload.set_streaming_width(static_cast<unsigned>(bytes));
    m_payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    m_payload.set_extension(&conversion);
    sc_core::sc_time delay;
    to_adc->b_transport(m_payload, delay);
    m_payload.clear_extension(&conversion);
    if (!m_payload.is_response_ok())
        throw InputError(std::string(name()) + ": the ADC bank answers " +
                         m_payload.get_response_string());
    return to_ps(delay);
}

bool CrossbarTile::fuses()
{
    if (!m_transfer) {
        adc::Conversion query;
        std::uint32_t nothing = 0;
        transport(query, &nothing, sizeof nothing);
        m_transfer = query.transfer;
    }
    return m_transfer->declared;
}

std::uint64_t CrossbarTile::converted(std::uint64_t conversions, std::uint64_t clipped, double bits,
                                      Work& work)
{
    adc::Conversion batch;
    batch.bits = bits;
    std::uint64_t bank_ps = 0;  // the declared bank is pipelined with the array reads
    batch.kind = adc::Conversion::Kind::counts;
    std::uint64_t numbers[2] = {conversions, clipped};
    if (fuses())
        transport(batch, numbers, sizeof numbers);
    else {
        batch.component = m_bank_component;
        std::swap(batch.counts, m_sampled);
        std::swap(bank_ps, m_sampled_ps);
    }
    work.counts.insert(work.counts.end(), batch.counts.begin(), batch.counts.end());
    if (clipped != 0) {
        if (!m_clipped) m_clipped = ledger().observation(batch.component, "clipped");
        work.observations.push_back({*m_clipped, clipped});
    }
    for (std::size_t i = 0; i < work.segments.size(); ++i) {
        if (work.segments[i].component != m_cost->array) continue;
        const Segment read = work.segments[i];
        work.segments.push_back(
            {batch.component, "convert", read.offset_ps, std::max(read.duration_ps, bank_ps)});
        break;
    }
    return bank_ps;
}

std::uint64_t CrossbarTile::convert(std::int32_t* samples, std::size_t count, unsigned arrays)
{
    adc::Conversion batch;
    batch.kind = adc::Conversion::Kind::samples;
    batch.arrays = arrays;
    m_sampled_ps += transport(batch, samples, count * sizeof(std::int32_t));
    m_sampled.insert(m_sampled.end(), batch.counts.begin(), batch.counts.end());
    m_bank_component = batch.component;
    return batch.clipped;
}

}  // namespace imc::crossbar
