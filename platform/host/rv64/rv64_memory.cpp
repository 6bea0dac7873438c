// SPDX-License-Identifier: GPL-2.0-only
/// How the hart's accesses leave the engine. RAM is mapped by pointer. Everything else is mapped as
/// a device that may be neither read nor written, so that the protection hook hears of every access
/// with its true address and size, while accesses to RAM keep the fast path (a memory hook would
/// slow all of them). The transaction is made in that hook; the engine's own callbacks, which see 8
/// bytes as 2 x 4, only move the parts.
#include <algorithm>

#include "common/error.h"
#include "host/rv64/rv64_host.h"

namespace imc::host {

namespace {

constexpr std::uint64_t address_space = 1ull << 38;  ///< accesses beyond are bus errors too
constexpr std::uint64_t load_misaligned = 4, load_fault = 5, store_misaligned = 6, store_fault = 7;

void check(uc_err error, const char* what)
{
    if (error != UC_ERR_OK)
        throw std::runtime_error(std::string("Unicorn: ") + what + ": " + uc_strerror(error));
}

}  // namespace

void Rv64Host::open_engine()
{
    check(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV64, &m_uc), "open");
    if (!map_direct(m_pc)) map_devices(0, address_space);
    add_hooks();
}

void Rv64Host::add_hooks()
{
    uc_hook hook = 0;
    void* on_each_block = reinterpret_cast<void*>(m_tracker ? on_traced_block : on_block);
    check(uc_hook_add(m_uc, &hook, UC_HOOK_BLOCK, on_each_block, this, 1, 0), "block hook");
    check(uc_hook_add(m_uc, &hook, UC_HOOK_MEM_READ_PROT | UC_HOOK_MEM_WRITE_PROT,
                      reinterpret_cast<void*>(on_access), this, 1, 0),
          "access hook");
    check(uc_hook_add(m_uc, &hook, UC_HOOK_INTR, reinterpret_cast<void*>(on_exception), this, 1, 0),
          "exception hook");
}

void Rv64Host::map_devices(std::uint64_t first, std::uint64_t bytes)
{
    if (bytes == 0) return;
    // The offset in the callbacks counts from the map's start, so each map would need its own; they
    // need none.
    check(uc_mmio_map(m_uc, first, bytes, on_read_part, this, on_write_part, this), "device map");
    check(uc_mem_protect(m_uc, first, bytes, UC_PROT_NONE), "device protection");
}

/// Maps the RAM around `address` if it grants direct access; false if not.
bool Rv64Host::map_direct(std::uint64_t address)
{
    constexpr std::uint64_t page = 4096;
    if (!request_direct_access(address, m_direct)) return false;
    const std::uint64_t first = m_direct.get_start_address();
    const std::uint64_t bytes = m_direct.get_end_address() - first + 1;
    if (first % page != 0 || bytes % page != 0 || first + bytes > address_space) return false;
    uc_mem_region* regions = nullptr;
    std::uint32_t count = 0;
    check(uc_mem_regions(m_uc, &regions, &count), "regions");
    uc_free(regions);
    if (count != 0)
        check(uc_mem_unmap(m_uc, first, bytes), "unmap devices");
    else {
        map_devices(0, first);
        map_devices(first + bytes, address_space - first - bytes);
    }
    check(uc_mem_map_ptr(m_uc, first, bytes, UC_PROT_ALL, m_direct.get_dmi_ptr()), "RAM map");
    m_blocks.set_memory(first, m_direct.get_dmi_ptr(), bytes);
    m_has_direct = true;
    return true;
}

void Rv64Host::direct_access_withdrawn(std::uint64_t first, std::uint64_t last)
{
    if (!m_has_direct || last < m_direct.get_start_address() || first > m_direct.get_end_address())
        return;
    m_direct_void = true;
    m_limit = 0;
}

void Rv64Host::unmap_direct()
{
    const std::uint64_t first = m_direct.get_start_address();
    const std::uint64_t bytes = m_direct.get_end_address() - first + 1;
    m_direct_void = m_has_direct = false;
    check(uc_ctl_remove_cache(m_uc, first, first + bytes), "drop code");
    check(uc_mem_unmap(m_uc, first, bytes), "unmap RAM");
    map_devices(first, bytes);
    m_blocks.set_memory(0, nullptr, 0);
}

void Rv64Host::drop_stale_code()
{
    for (const Range& range : m_stale)
        check(uc_ctl_remove_cache(m_uc, range.first, range.last + 1), "drop code");
    m_stale.clear();
    m_flush_blocks = false;
    m_blocks.flush();
}

void Rv64Host::device_access(bool write, std::uint64_t address, unsigned size, std::uint64_t value)
{
    synchronise();
    const tlm::tlm_command command = write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND;
    const auto status = transact(command, address, &value, size);
    if (status != tlm::TLM_OK_RESPONSE) m_fault = {write ? store_fault : load_fault, address, true};
    m_read_data = value;
    retime();
}

bool Rv64Host::on_access(uc_engine*, uc_mem_type type, std::uint64_t address, int size,
                         std::int64_t value, void* self)
{
    auto& host = *static_cast<Rv64Host*>(self);
    const bool write = type == UC_MEM_WRITE_PROT;
    host.m_read_address = address;
    // After a fault nothing of the block may reach the bus: a precise hart would not have executed
    // it. The parts that the engine splits a misaligned access into come here as well.
    if (host.m_fault.pending || host.m_thrown) return true;
    if (address % static_cast<unsigned>(size) != 0) {
        host.m_fault = {write ? store_misaligned : load_misaligned, address, true};
        host.m_limit = 0;
        return true;
    }
    try {
        host.device_access(write, address, static_cast<unsigned>(size),
                           static_cast<std::uint64_t>(value));
    } catch (...) {
        host.m_thrown = std::current_exception();
        host.m_limit = 0;
    }
    return true;
}

/// Offsets are those of the map, whose start is a multiple of 8, so the low bits tell which half of
/// 8 bytes is asked for.
std::uint64_t Rv64Host::on_read_part(uc_engine*, std::uint64_t offset, unsigned, void* self)
{
    const auto& host = *static_cast<Rv64Host*>(self);
    return host.m_read_data >> (8 * ((offset - host.m_read_address) & 7));
}

void Rv64Host::on_write_part(uc_engine*, std::uint64_t, unsigned, std::uint64_t, void*) {}

}  // namespace imc::host

// Unicorn 2.0.1 builds and frees a tree of page locks for every store of the guest, although its
// page locks do nothing: 62 ns a store instead of 22 (measured). Later releases dropped them
// (unicorn-engine pull request 1838). The library calls them through its symbol table, so these
// definitions in the program take their place; other releases never ask.
extern "C" {
void* page_collection_lock_riscv64(void*, std::uint64_t, std::uint64_t)
{
    return nullptr;
}
void page_collection_unlock_riscv64(void*) {}
}
