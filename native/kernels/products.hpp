// What the ways of a matrix product share: the shapes of tiles, and how their sums begin and end.
#pragma once

#include "isa.hpp"
#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

template <class T> void multiply_every(const Product<T>&);  // dense.cpp: no k is left out
template <class T> void multiply_leaving_out(const Product<T>&);  // leaving_out.cpp: zeros of A are left out
template <class T> void multiply_few_columns(const Product<T>&);  // few_columns.cpp: the same, of few columns and whole vectors of rows, without slivers

template <class T> constexpr int FEW_COLUMNS = LANES<T> / 2;  // beside those that a vector holds

constexpr int LINE_VECTORS = LINE / BYTES;

// The widest cut of columns, and with it the most rows that leave the accumulators in registers.
constexpr int CUT = REGISTERS == 32 ? 4 : (BYTES == 32 ? 2 : 4);
constexpr int rows_for(int vectors) { return REGISTERS == 32 ? (vectors >= 4 ? 6 : 8) : (BYTES == 32 ? (vectors > 1 ? 6 : 8) : 2); }
// One row alone: wider, or its few sums would wait for each other.
constexpr int WIDE = REGISTERS == 32 || BYTES == 32 ? 8 : 2 * CUT;

// The vectors of the panel's row in which a number is wanted; and 0 in all others.
template <class T> GN_INLINE int wanted_vectors(const Product<T>& p) {
    return p.columns ? (p.columns + LANES<T> - 1) / LANES<T> : p.lines * LINE_VECTORS;
}
template <class T> GN_INLINE void clear_unwanted(const Product<T>& p, int from, int to) {
    for (int m = from, wanted = wanted_vectors(p); wanted < p.lines * LINE_VECTORS && m < to; m++)
        for (int vector = wanted; vector < p.lines * LINE_VECTORS; vector++) store(p.C + m * p.c_stride + vector * LANES<T>, Vec<T>{});
}

template <class T, int NV> GN_INLINE void begin(bool resume, const T* C, Vec<T> (&acc)[NV]) {
    GN_UNROLL for (int j = 0; j < NV; j++) acc[j] = resume ? load(C + j * LANES<T>) : Vec<T>{};
}

template <class T, int NV> GN_INLINE void end(bool finish, const T* bias, T* C, Vec<T> (&acc)[NV]) {
    GN_UNROLL for (int j = 0; j < NV; j++) {
        if (finish) {
            acc[j] += Vec<T>{};
            if (bias) acc[j] += load(bias + j * LANES<T>);
        }
        store(C + j * LANES<T>, acc[j]);
    }
}

// The ReLU that follows some finished rows of C, or the way back through one; see Product.
template <class T> GN_INLINE void follow(const Product<T>& p, int from, int to) {
    const std::ptrdiff_t columns = p.lines * PER_LINE<T>;
    for (std::ptrdiff_t m = from; m < to && p.rectify; m++)
        for (T *c = p.C + m * p.c_stride, *end = c + columns; c < end; c += LANES<T>) store(c, rectified<T>(load(c)));
    for (std::ptrdiff_t m = from; m < to && p.gate; m++)
        for (std::ptrdiff_t c = m * p.c_stride; c < m * p.c_stride + columns; c += LANES<T>)
            store(p.C + c, rectified_back<T>(load(p.C + c), load(p.gate + c)));
}

// The sums of row m of C from `column` on; finished ones go that way in their registers, where those leave room for it.
template <class T, int NV> GN_INLINE void end(const Product<T>& p, bool finish, int m, int column, Vec<T> (&acc)[NV]) {
    const std::ptrdiff_t at = m * p.c_stride + column;
    if (!finish) return end<T, NV>(false, nullptr, p.C + at, acc);
    GN_UNROLL for (int j = 0; j < NV; j++) {
        acc[j] += Vec<T>{};
        if (p.bias) acc[j] += load(p.bias + column + j * LANES<T>);
    }
    if (p.rectify)
        GN_UNROLL for (int j = 0; j < NV; j++) acc[j] = rectified<T>(acc[j]);
    if (p.gate)
        GN_UNROLL for (int j = 0; j < NV; j++) acc[j] = rectified_back<T>(acc[j], load(p.gate + at + j * LANES<T>));
    GN_UNROLL for (int j = 0; j < NV; j++) store(p.C + at + j * LANES<T>, acc[j]);
}

}  // namespace glassnet::GLASSNET_ISA
