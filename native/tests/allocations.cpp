#include "allocations.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define GLASSNET_COUNTS_ALLOCATIONS 1
#endif

namespace {
std::atomic<long> count{0};
}

#ifdef GLASSNET_COUNTS_ALLOCATIONS
// The C library's own functions stand behind these names; operator new, which lies in another library, has to see them.
#pragma GCC visibility push(default)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) { return count++, __libc_malloc(size); }
void* calloc(std::size_t number, std::size_t size) { return count++, __libc_calloc(number, size); }
void* realloc(void* block, std::size_t size) { return count++, __libc_realloc(block, size); }
void* aligned_alloc(std::size_t alignment, std::size_t size) { return count++, __libc_memalign(alignment, size); }
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
    return count++, (*block = __libc_memalign(alignment, size)) ? 0 : ENOMEM;
}
}
#pragma GCC visibility pop
#endif

namespace glassnet::tests {

bool allocations_are_counted() {
#ifdef GLASSNET_COUNTS_ALLOCATIONS
    return true;
#else
    return false;
#endif
}

long allocations() { return count; }

}  // namespace glassnet::tests
