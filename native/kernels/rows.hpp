// Sums, maxima and softmax along a row, in one order whatever the vector's width.
//
// Entry j belongs to lane j % 16; a lane adds its entries in order, then the lanes are added as a tree. Vectors hold 2 to
// 16 lanes, so each instruction set keeps 16 / LANES vectors.
#pragma once

#include "elementary.hpp"

namespace glassnet::GLASSNET_ISA {

constexpr int SUM_LANES = 16;

template <class T> GN_INLINE IntVec<T> lane_numbers() {
    IntVec<T> lanes;
    GN_UNROLL for (int i = 0; i < LANES<T>; i++) lanes[i] = i;
    return lanes;
}

// The row's vector from `column` on, with `otherwise` in the lanes beyond its end.
template <class T> GN_INLINE Vec<T> within_row(Vec<T> v, int column, int columns, T otherwise) {
    return lane_numbers<T>() < IntVec<T>{} + (columns - column) ? v : all<T>(otherwise);
}

#if defined(__AVX2__) && !defined(__AVX512F__)
// The first foldings of a tree over the lanes of some vectors, in registers: lane i with lane i + half of what is left.
// Writes those that remain, as many as 16 bytes hold, and returns their number.
template <class V, int PARTS, class T, class Join> GN_INLINE int folded(const V (&parts)[PARTS], T* lanes, Join join) {
    typedef T Half __attribute__((vector_size(16)));
    V left[PARTS];
    GN_UNROLL for (int i = 0; i < PARTS; i++) left[i] = parts[i];
    GN_UNROLL for (int count = PARTS / 2; count > 0; count /= 2)
        GN_UNROLL for (int i = 0; i < count; i++) left[i] = join(left[i], left[i + count]);
    const __m256i all = reinterpret_cast<__m256i>(left[0]);
    const Half low = reinterpret_cast<Half>(_mm256_castsi256_si128(all)), high = reinterpret_cast<Half>(_mm256_extracti128_si256(all, 1));
    const Half both = join(low, high);
    __builtin_memcpy(lanes, &both, sizeof(both));
    return int(sizeof(both) / sizeof(T));
}
#endif

template <class T> struct RowSum {
    static constexpr int PARTS = SUM_LANES / LANES<T>;
    Vec<T> parts[PARTS] = {};

    GN_INLINE void add(Vec<T> v, int column) { parts[column / LANES<T> % PARTS] += v; }
    GN_INLINE T total() const {
        T lanes[SUM_LANES];
        int width = SUM_LANES;
#if defined(__AVX2__) && !defined(__AVX512F__)
        width = folded(parts, lanes, [](auto a, auto b) { return a + b; });
#else
        for (int i = 0; i < PARTS; i++) store(lanes + i * LANES<T>, parts[i]);
#endif
        for (width /= 2; width > 0; width /= 2)
            for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
        return lanes[0];
    }
};

// NaN where one is among them. (Of 0 and -0 either may be the largest: nothing that follows can tell.)
template <class T> GN_INLINE T row_maximum(const T* row, int columns) {
    Vec<T> largest = all<T>(T(-__builtin_inf()));
    for (int c = 0; c < columns; c += LANES<T>)
        largest = maximum<T>(largest, within_row<T>(load(row + c), c, columns, T(-__builtin_inf())));
    T lanes[LANES<T>];
    int width = LANES<T>;
#if defined(__AVX2__) && !defined(__AVX512F__)
    const Vec<T> parts[1] = {largest};
    width = folded(parts, lanes, [](auto a, auto b) { return (a != a) | (a >= b) ? a : b; });
#else
    store(lanes, largest);
#endif
    for (width /= 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lanes[i] = (lanes[i] != lanes[i] || lanes[i] >= lanes[i + width]) ? lanes[i] : lanes[i + width];
    return lanes[0];
}

// Z less its row's largest entry; where that is infinite, the limit: 0 for the entries equal to it, -inf for others.
template <class T> GN_INLINE Vec<T> shifted(Vec<T> z, T largest) {
    const T infinity = __builtin_inf();
    if (largest == infinity || largest == -infinity)
        return z == largest ? Vec<T>{} : (z != z ? z : all<T>(-infinity));
    return z - largest;
}

// E = e^shifted(Z); returns the sum.
template <class T> GN_INLINE T shifted_exponentials(const T* Z, T* E, int columns, T largest) {
    RowSum<T> sum;
    for (int c = 0; c < columns; c += LANES<T>) {
        const Vec<T> e = within_row<T>(exp<T>(shifted<T>(load(Z + c), largest)), c, columns, T(0));
        store(E + c, e);
        sum.add(e, c);
    }
    return sum.total();
}

}  // namespace glassnet::GLASSNET_ISA
