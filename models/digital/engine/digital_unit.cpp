// SPDX-License-Identifier: Apache-2.0
#include "digital/engine/digital_unit.h"

#include "common/error.h"

namespace imc::digital {

UnitCost::UnitCost(const Technology& technology, Ledger& ledger, double clock, unsigned width)
    : digital(ledger.component("digital", "digital")),
      buffer(ledger.component("buffer", "buffer")),
      requantize(ledger.event(digital, "requantize", technology.get("digital.requantize_pj"))),
      add(ledger.event(digital, "add", technology.get("digital.add_pj"))),
      compare(ledger.event(digital, "compare", technology.get("digital.compare_pj"))),
      multiply(ledger.event(digital, "multiply", technology.get("digital.multiply_pj"))),
      look_up(ledger.event(digital, "lookup", technology.get("digital.lookup_pj"))),
      buffer_read_bit(ledger.event(buffer, "read_bit", technology.get("buffer.read_bit_pj"))),
      clock_ghz(clock),
      lanes(width)
{
    if (clock <= 0.0 || width == 0)
        throw InputError("digital unit: clock and lanes must be above zero");
}

std::uint64_t UnitCost::duration_ps(std::uint64_t slots) const
{
    return digital::duration_ps(slots, lanes, clock_ghz);
}

void UnitCost::charge(const Operations& done, Work& work) const
{
    const Work::Count counts[] = {{multiply, done.multiply},
                                  {add, done.add},
                                  {compare, done.compare},
                                  {look_up, done.look_up},
                                  {requantize, done.requantize}};
    for (const Work::Count& count : counts)
        if (count.times != 0) work.counts.push_back(count);
}

StageTables read_tables(const imc_stage& stage, const Blob& blob)
{
    StageTables tables;
    if (const auto* section = blob.find(IMC_SECTION_REQUANT)) {
        if (section->entry_bytes != sizeof(imc_requant))
            throw InputError("stage: requantisation entries have the wrong size");
        const auto* entries = blob.data<imc_requant>(*section);
        tables.requant.assign(entries, entries + section->count);
    }
    if (const auto* section = blob.find(IMC_SECTION_LUT_I32)) {
        if (section->entry_bytes != sizeof(std::int32_t))
            throw InputError("stage: table entries have the wrong size");
        const auto* entries = blob.data<std::int32_t>(*section);
        tables.table.assign(entries, entries + section->count);
    }
    const std::uint32_t channels = stage.channel_end - stage.channel_begin;
    std::size_t wanted = tables.requant.size() > 1 ? 1 : tables.requant.size();
    if (stage.op == IMC_STAGE_CONV || stage.op == IMC_STAGE_AFFINE) wanted = channels;
    if (stage.op == IMC_STAGE_ADD) wanted = stage.streams + 1u;
    if (stage.role == IMC_ROLE_PSUM_WORKER) wanted = tables.requant.size();
    if (tables.requant.size() != wanted)
        throw InputError("stage: " + std::to_string(tables.requant.size()) +
                         " requantisation entries where " + std::to_string(wanted) + " are needed");
    if (stage.op == IMC_STAGE_LUT && tables.table.empty())
        throw InputError("stage: a look-up without a table");
    return tables;
}

}  // namespace imc::digital
