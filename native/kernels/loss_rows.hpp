// Rows of predictions and targets, as a loss reads and writes them: one after the other; or, where they are short, side by
// side, one in each lane, so that sums and maxima along a row go over vectors.
#pragma once

#include "rows.hpp"
#include "square.hpp"

namespace glassnet::GLASSNET_ISA {

// What a call is given; see Kernels::loss.
template <class T> struct Call {
    const Loss& loss;
    const T* P;
    std::ptrdiff_t p_stride;
    T* G;
    std::ptrdiff_t g_stride;
    int rows, outputs;
    const T* targets;
    const std::int64_t *classes, *order;
    const double* shares;
    double share;
    double* row_losses;

    bool few() const { return outputs <= SUM_LANES; }
    const T* p(int m) const { return P + m * p_stride; }
    T* g(int m) const { return G + m * g_stride; }
    const T* t(int m) const { return targets + order[m] * outputs; }
    T share_of(int m) const { return T(shares ? shares[m] : share); }
};

// A row of targets; the last vector stops at the row's end, since targets are not padded.
template <class T> GN_INLINE Vec<T> target(const T* row, int c, int columns, T otherwise) {
    if (c + LANES<T> <= columns) return load(row + c);
    Vec<T> v = all<T>(otherwise);
    for (int i = 0; c + i < columns; i++) v[i] = row[c + i];
    return v;
}

// The gradient times the row's share; a row of weight 0 counts for nothing, even where its gradient is infinite.
template <class T> GN_INLINE void write(T* g, int c, int columns, Vec<T> slope, T share) {
    const Vec<T> scaled = share == T(0) ? Vec<T>{} : slope * share;
    store(g + c, within_row<T>(scaled, c, columns, T(0)));
}

// A vector for each column, 0 at first: written one by one, since the compiler would clear them as bytes, a third of a loss's time.
template <class T> struct Columns {
    GN_INLINE Columns() { GN_UNROLL for (int c = 0; c < SUM_LANES; c++) vectors[c] = Vec<T>{}; }
    GN_INLINE Vec<T>& operator[](int c) { return vectors[c]; }
    GN_INLINE const Vec<T>& operator[](int c) const { return vectors[c]; }
    // The tree of RowSum.
    GN_INLINE Vec<T> sum() const {
        Vec<T> sums[SUM_LANES];
        for (int c = 0; c < SUM_LANES; c++) sums[c] = vectors[c];
        GN_UNROLL for (int width = SUM_LANES / 2; width > 0; width /= 2)
            GN_UNROLL for (int c = 0; c < width; c++) sums[c] += sums[c + width];
        return sums[0];
    }
    Vec<T> vectors[SUM_LANES];
};

// `rows` rows from m on, at most LANES, of at most SUM_LANES outputs each, side by side: a lane without a row repeats the first.
template <class T> struct FewRows {
    const Call<T>& call;
    const int first, rows;
    Vec<T> p[SUM_LANES], share;

    GN_INLINE FewRows(const Call<T>& given, int m) : call(given), first(m), rows(given.rows - m < LANES<T> ? given.rows - m : LANES<T>) {
        const T* from[LANES<T>];
        T shares[LANES<T>];
        for (int i = 0; i < LANES<T>; i++) from[i] = call.p(row(i)), shares[i] = call.share_of(row(i));
        side_by_side<T>(from, call.outputs, padded(), p);
        share = load(shares);
    }
    GN_INLINE int row(int lane) const { return lane < rows ? first + lane : first; }
    GN_INLINE Columns<T> targets() const {
        const T* from[LANES<T>];
        for (int i = 0; i < LANES<T>; i++) from[i] = call.t(row(i));
        Columns<T> t;
        side_by_side<T>(from, call.outputs, call.outputs, t.vectors);
        return t;
    }
    // The rows' gradients, whose columns are `slope(c)`, and their losses.
    template <class Slope> GN_INLINE void write(const Slope& slope, Vec<T> values) const {
        Columns<T> columns;
        for (int c = 0; c < call.outputs; c++) columns[c] = share == T(0) ? Vec<T>{} : slope(c) * share;
        under_each_other<T>(columns.vectors, rows, padded(), call.g(first), call.g_stride);
        for (int i = 0; i < rows; i++) call.row_losses[first + i] = double(values[i]);
    }

private:
    GN_INLINE int padded() const { return (call.outputs + LANES<T> - 1) / LANES<T> * LANES<T>; }
};

}  // namespace glassnet::GLASSNET_ISA
