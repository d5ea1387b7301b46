// Zeroed memory at cache-line boundaries, taken while a plan is made and given back with it: never inside an epoch.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#if defined(__unix__) && !defined(__SANITIZE_ADDRESS__)
#include <sys/mman.h>
#define GLASSNET_MAPS_PAGES 1
#endif

#include "kernels/kernels.hpp"

namespace glassnet {

constexpr int PAGE = 4096;  // bytes; what a processor fetches ahead of a thread's reading ends with a page

// Where the system maps pages they come from it in parts, which buffers share: what a plan never touches, as buffers for
// more rows than there are, takes no memory then. The C library may hand out what was used before, and clears all of it.
// Elsewhere, and where a checker of addresses is to see the ends of buffers, each of them is a block of its own.
class Memory {
public:
    Memory() = default;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    template <class V> V* take(std::size_t count) {
        // A whole line beyond the end, so that a kernel may read the vector that holds the last number.
        const std::size_t room = (count * sizeof(V) + 2 * LINE - 1) / LINE * LINE;
        if (room > left_) add_part(room);
        char* found = next_;
        next_ += room, left_ -= room;
        return reinterpret_cast<V*>(found);
    }

    // Beginning at a page, as weights and their moments do, which are read and written side by side: a processor that compares the
    // lower twelve bits of two addresses alone takes what is read for what was written shortly before, and waits, where one
    // vector is a line or two ahead of another.
    template <class V> V* take_pages(std::size_t count) {
#ifdef GLASSNET_MAPS_PAGES
        const auto found = reinterpret_cast<std::uintptr_t>(take<V>(count + PAGE / sizeof(V)));
        return reinterpret_cast<V*>((found + PAGE - 1) / PAGE * PAGE);
#else
        return take<V>(count);
#endif
    }

private:
    struct Part {
        std::size_t size;
        void operator()(void* start) const {
#ifdef GLASSNET_MAPS_PAGES
            munmap(start, size);
#else
            std::free(start);
#endif
        }
    };

    void add_part(std::size_t room) {
#ifdef GLASSNET_MAPS_PAGES
        const std::size_t size = std::max(room, PART);
        void* start = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED) throw std::bad_alloc();
        next_ = static_cast<char*>(start), left_ = size;
#else
        const std::size_t size = room + LINE;
        void* start = std::calloc(size, 1);
        if (!start) throw std::bad_alloc();
        next_ = static_cast<char*>(start) + (LINE - reinterpret_cast<std::uintptr_t>(start) % LINE) % LINE, left_ = room;
#endif
        parts_.emplace_back(start, Part{size});
    }

    static constexpr std::size_t PART = std::size_t(1) << 20;

    std::vector<std::unique_ptr<void, Part>> parts_;
    char* next_ = nullptr;
    std::size_t left_ = 0;
};

// The numbers of a row of this width, padded: an odd number of cache lines, since rows at distances of a power of two
// compete for the same few places of the cache.
template <class T> constexpr std::ptrdiff_t row_stride(int width) {
    return ((width + PER_LINE<T> - 1) / PER_LINE<T> | 1) * std::ptrdiff_t(PER_LINE<T>);
}

}  // namespace glassnet
