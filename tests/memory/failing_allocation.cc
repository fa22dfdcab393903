// The operators new and delete of this program and all it loads.

#include "memory/failing_allocation.h"

#include <link.h>
#include <unwind.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string_view>
#include <utility>

namespace cfp::memory {
namespace {

thread_local FailingAllocation* carried = nullptr;

using Address = std::uintptr_t;

using Range = std::pair<Address, Address>;

Range find_code_of_duckdb() {
  Range range;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* into) {
        if (std::string_view(info->dlpi_name).find("libduckdb") == std::string_view::npos) return 0;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& part = info->dlpi_phdr[i];
          if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
          const Address begin = info->dlpi_addr + part.p_vaddr;
          *static_cast<Range*>(into) = {begin, begin + part.p_memsz};
        }
        return 1;
      },
      &range);
  return range;
}

bool is_of_duckdb(Address at) {
  static const Range code = find_code_of_duckdb();
  return at >= code.first && at < code.second;
}

/// Whether nothing of DuckDB's wants the memory. It may do so through the standard library, and through templates of
/// which the loader found this program's copies first: so all callers count.
bool is_ours(Address caller) {
  if (is_of_duckdb(caller)) return false;
  bool ours = true;
  ::_Unwind_Backtrace(
      [](_Unwind_Context* context, void* into) {
        if (!is_of_duckdb(::_Unwind_GetIP(context))) return _URC_NO_REASON;
        *static_cast<bool*>(into) = false;
        return _URC_END_OF_STACK;
      },
      &ours);
  return ours;
}

bool fails(void* caller) {
  FailingAllocation* const failing = carried;
  if (failing == nullptr || !is_ours(reinterpret_cast<Address>(caller))) return false;
  return failing->passes();
}

void* allocate(std::size_t size, std::size_t alignment, void* caller) noexcept {
  if (fails(caller)) return nullptr;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(size == 0 ? 1 : size);
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment, void* caller) {
  void* const memory = allocate(size, alignment, caller);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// Not inlined: a compiler that sees both would miss the delete to its new.
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

FailingAllocation::Carried::Carried(FailingAllocation& failing) : before_(carried) {
  static_cast<void>(is_of_duckdb(0));  // looked up while nothing fails
  carried = &failing;
}
FailingAllocation::Carried::~Carried() { carried = before_; }

}  // namespace cfp::memory

using cfp::memory::allocate;
using cfp::memory::allocate_or_throw;
using cfp::memory::release;

// Each is called by whoever wants memory, so that its return address says who that is.
#define CFP_CALLER __builtin_return_address(0)

void* operator new(std::size_t size) { return allocate_or_throw(size, 0, CFP_CALLER); }
void* operator new[](std::size_t size) { return allocate_or_throw(size, 0, CFP_CALLER); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment), CFP_CALLER);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment), CFP_CALLER);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size, 0, CFP_CALLER); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size, 0, CFP_CALLER); }
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, static_cast<std::size_t>(alignment), CFP_CALLER);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, static_cast<std::size_t>(alignment), CFP_CALLER);
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
