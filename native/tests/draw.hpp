// Numbers that look random and are the same on every machine: splitmix64 (Steele, Lea and Flood 2014), integers scaled by
// powers of two, and nothing of the C library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace glassnet::tests {

class Draw {
public:
    explicit Draw(std::uint64_t seed) : state_(seed) {}

    std::uint64_t bits() {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    int below(int count) { return int(bits() % std::uint64_t(count)); }
    bool coin() { return bits() >> 63; }
    double real() { return double(std::int64_t(bits()) >> 11) / double(std::int64_t(1) << 52); }  // -1 .. 1
    template <class V> V pick(std::initializer_list<V> from) { return from.begin()[below(int(from.size()))]; }
    template <class T> std::vector<T> reals(std::size_t count) {
        std::vector<T> values(count);
        for (T& value : values) value = T(real());
        return values;
    }

private:
    std::uint64_t state_;
};

}  // namespace glassnet::tests
