// Products of which few columns are wanted, as before one output or three classes.
//
// A vector of neighbouring columns would be empty but for these. Here it holds rows of C: those of Xᵀ dZ stand side by side in
// X, and for X W squares of X are turned over. Each element is the chain of every product: k ascending, none left out.
#include "products.hpp"
#include "rows.hpp"
#include "square.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

// Vectors of rows whose sums stay in registers: one alone would wait for itself.
constexpr int together(int columns) { return columns > REGISTERS / 8 ? 2 : 4; }

// NR vectors of rows by NC columns.
template <class T, int NR, int NC> struct Sums {
    Vec<T> of[NR][NC];

    // Of rows of C from m on, the last of which stands for those beyond it.
    GN_INLINE Sums(const Product<T>& p, int m) {
        GN_UNROLL for (int r = 0; r < NR; r++, m += LANES<T>)
            GN_UNROLL for (int c = 0; c < NC; c++) {
                of[r][c] = Vec<T>{};
                for (int i = 0; p.resume && i < LANES<T>; i++) of[r][c][i] = p.C[row(p, m + i) * p.c_stride + c];
            }
    }
    GN_INLINE void end(const Product<T>& p, int m) {
        GN_UNROLL for (int r = 0; r < NR; r++, m += LANES<T>) {
            Vec<T> columns[LANES<T>] = {};
            GN_UNROLL for (int c = 0; c < NC; c++) {
                columns[c] = of[r][c];
                if (p.finish) columns[c] += Vec<T>{};
                if (p.finish && p.bias) columns[c] += all<T>(p.bias[c]);
            }
            under_each_other<T>(columns, p.rows - m < LANES<T> ? p.rows - m : LANES<T>, LANES<T>, p.C + m * p.c_stride, p.c_stride);
        }
    }
    static GN_INLINE std::ptrdiff_t row(const Product<T>& p, int m) { return m < p.rows ? m : p.rows - 1; }
};

// Where rows of C lie as they are computed; lanes beyond the last one are 0, as weights are that do not exist.
template <class T, int NR, int NC> struct LyingSums {
    Vec<T> of[NR][NC];

    GN_INLINE LyingSums(const Product<T>& p, int m) {
        GN_UNROLL for (int r = 0; r < NR; r++)
            GN_UNROLL for (int c = 0; c < NC; c++) of[r][c] = p.resume ? load(p.C + c * p.c_stride + m + r * LANES<T>) : Vec<T>{};
    }
    GN_INLINE void end(const Product<T>& p, int m) {
        GN_UNROLL for (int r = 0; r < NR; r++, m += LANES<T>)
            GN_UNROLL for (int c = 0; c < NC; c++) {
                if (p.finish) of[r][c] += Vec<T>{};
                store(p.C + c * p.c_stride + m, within_row<T>(of[r][c], m, p.rows, T(0)));
            }
    }
};

// Xᵀ dZ: rows of C are columns of X.
template <class T, int NR, int NC, class Of> void across(const Product<T>& p, int m) {
    Of sums(p, m);
    const T *A = p.A + m, *B = p.B;
    for (int k = 0; k < p.depth; k++, A += p.a_stride, B += p.b_stride) {
        Vec<T> a[NR];
        GN_UNROLL for (int r = 0; r < NR; r++) a[r] = kept<T>(load(A + r * LANES<T>));
        GN_UNROLL for (int c = 0; c < NC; c++) {
            const Vec<T> b = broadcast(B + c);
            GN_UNROLL for (int r = 0; r < NR; r++) sums.of[r][c] = fma<T>(a[r], b, sums.of[r][c]);
        }
    }
    sums.end(p, m);
}

template <class T, int NR, int NC> GN_INLINE void at_most(const Product<T>& p, int m, int vectors) {
    if (vectors >= NR) return p.lying ? across<T, NR, NC, LyingSums<T, NR, NC>>(p, m) : across<T, NR, NC, Sums<T, NR, NC>>(p, m);
    if constexpr (NR > 1) at_most<T, NR - 1, NC>(p, m, vectors);
}

// X W: a square of X after the other.
template <class T, int NC, bool LYING> void along(const Product<T>& p, int m) {
    Sums<T, 1, NC> sums(p, m);
    const T* rows[LANES<T>];
    for (int i = 0; i < LANES<T>; i++) rows[i] = p.A + Sums<T, 1, NC>::row(p, m + i) * p.a_stride;
    const T* B = p.B;
    for (int k = 0; k < p.depth; k += LANES<T>) {
        Vec<T> square[LANES<T>];
        side_by_side<T>(rows, LANES<T>, LANES<T>, square);
        GN_UNROLL for (int i = 0; i < LANES<T>; i++) {
            rows[i] += LANES<T>;
            if (k + i >= p.depth) break;
            GN_UNROLL for (int c = 0; c < NC; c++) sums.of[0][c] = fma<T>(square[i], broadcast(B + (LYING ? c * p.b_stride : c)), sums.of[0][c]);
            B += LYING ? 1 : p.b_stride;
        }
    }
    sums.end(p, m);
}

template <class T, int NC> GN_INLINE void multiply(const Product<T>& p) {
    if constexpr (NC > 1)
        if (p.columns < NC) return multiply<T, NC - 1>(p);
    constexpr int NR = together(NC);
    const int end = p.lying ? (p.rows + PER_LINE<T> - 1) / PER_LINE<T> * PER_LINE<T> : p.rows;  // whole vectors, or lines
    for (int m = 0; p.transposed && m < end; m += NR * LANES<T>) at_most<T, NR, NC>(p, m, (end - m) / LANES<T>);
    for (int m = 0; !p.transposed && p.lying && m < p.rows; m += LANES<T>) along<T, NC, true>(p, m);
    for (int m = 0; !p.transposed && !p.lying && m < p.rows; m += LANES<T>) along<T, NC, false>(p, m);
}

}  // namespace

template <class T> void multiply_few_columns(const Product<T>& p) {
    multiply<T, FEW_COLUMNS<T>>(p);
    if (!p.finish || (p.lying && p.transposed)) return;
    clear_unwanted(p, 0, p.rows);
    follow(p, 0, p.rows);
}

template void multiply_few_columns<float>(const Product<float>&);
template void multiply_few_columns<double>(const Product<double>&);

}  // namespace glassnet::GLASSNET_ISA
