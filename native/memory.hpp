// Zeroed memory at cache-line boundaries, taken while a plan is made and given back with it: never inside an epoch.
#pragma once

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "kernels/kernels.hpp"

namespace glassnet {

class Memory {
public:
    Memory() = default;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    template <class V> V* take(std::size_t count) {
        // A whole line beyond the end, so that a kernel may read the vector that holds the last number. Zeros come from
        // calloc: what a plan is never to touch, as buffers for more rows than there are, takes no memory then.
        std::size_t room = count * sizeof(V) + 2 * LINE;
        void* block = std::calloc(room, 1);
        if (!block) throw std::bad_alloc();
        blocks_.emplace_back(block, std::free);
        return static_cast<V*>(std::align(LINE, room - LINE, block, room));
    }

private:
    std::vector<std::unique_ptr<void, void (*)(void*)>> blocks_;
};

// The numbers of a row of this width, padded: an odd number of cache lines, since rows at distances of a power of two
// compete for the same few places of the cache.
template <class T> constexpr std::ptrdiff_t row_stride(int width) {
    return ((width + PER_LINE<T> - 1) / PER_LINE<T> | 1) * std::ptrdiff_t(PER_LINE<T>);
}

}  // namespace glassnet
