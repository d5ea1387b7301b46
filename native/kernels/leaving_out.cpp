// Products in which zeros of A are left out as they are met: A is what a ReLU or a dropout has left, its gradient, or data.
//
// Such zeros may be anywhere. 64 numbers of a row are looked at together; those that are not zero are bits of a word, and each
// leads to a row of B. Nothing is written down for that, and what is read of B for 64 k stays in the first-level cache while all
// rows pass. Each element is the chain of every product, without terms that are 0.
#include "nonzero.hpp"
#include "products.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

constexpr int LOOK = 64;                       // numbers of a row, a bit of a word for each
constexpr int MOST = REGISTERS == 32 ? 4 : 8;  // vectors of a row's sums, where there are several rows
constexpr int side_by_side(int vectors) { return vectors > 6 ? 1 : 2; }  // rows: a few sums alone would wait for each other

// Bit i: number i of these, at most LOOK, is not zero. Rows are padded, so whole vectors can be read.
template <class T> GN_INLINE std::uint64_t nonzero_among(const T* a, int count) {
    std::uint64_t bits = 0;
    if (count == LOOK) {
        GN_UNROLL for (int i = 0; i < LOOK; i += LANES<T>) bits |= std::uint64_t(nonzero(load(a + i))) << i;
        return bits;
    }
    for (int i = 0; i < count; i += LANES<T>) bits |= std::uint64_t(nonzero(load(a + i))) << i;
    return bits & ((std::uint64_t(1) << count) - 1);
}

// ROWS rows by NV vectors, for `depth` k from k on, at most LOOK.
template <class T, int ROWS, int NV>
GN_INLINE void rows(const Product<T>& p, int m, int column, int k, int depth, bool resume, bool finish) {
    Vec<T> acc[ROWS][NV];
    std::uint64_t left[ROWS];
    const T *A = p.A + m * p.a_stride + k, *B = p.B + k * p.b_stride + column;
    T* C = p.C + m * p.c_stride + column;
    GN_UNROLL for (int r = 0; r < ROWS; r++) {
        left[r] = nonzero_among(A + r * p.a_stride, depth);
        begin<T, NV>(resume, C + r * p.c_stride, acc[r]);
    }
    const T* row[ROWS];
    GN_UNROLL for (int r = 0; r < ROWS; r++) row[r] = as_it_is(A + r * p.a_stride);
    const std::ptrdiff_t b_bytes = p.b_stride * std::ptrdiff_t(sizeof(T));
    const auto add = [&](int r) __attribute__((always_inline)) {
        const std::ptrdiff_t i = __builtin_ctzll(left[r]);
        left[r] &= left[r] - 1;
        const Vec<T> a = broadcast(row[r] + i);
        const T* b = as_it_is(reinterpret_cast<const T*>(reinterpret_cast<const char*>(B) + i * b_bytes));
        GN_UNROLL for (int j = 0; j < NV; j++) acc[r][j] = fma<T>(a, load(b + j * LANES<T>), acc[r][j]);
    };
    if constexpr (ROWS == 2) {
        const int counts[] = {__builtin_popcountll(left[0]), __builtin_popcountll(left[1])};
        for (int both = counts[0] < counts[1] ? counts[0] : counts[1]; both > 0; both--) add(0), add(1);
    }
    GN_UNROLL for (int r = 0; r < ROWS; r++) {
        while (left[r]) add(r);
        end<T, NV>(p, finish, m + r, column, acc[r]);
    }
}

template <class T, int NV> __attribute__((noinline)) void cut(const Product<T>& given, int column) {
    constexpr int TOGETHER = side_by_side(NV);
    const Product<T> p = given;  // and not in memory that C might be, as far as the compiler knows
    for (int k = 0; k < p.depth || k == 0; k += LOOK) {
        const int depth = p.depth - k < LOOK ? p.depth - k : LOOK;
        const bool resume = p.resume || k > 0, finish = p.finish && k + LOOK >= p.depth;
        int m = 0;
        for (; m + TOGETHER <= p.rows; m += TOGETHER) rows<T, TOGETHER, NV>(p, m, column, k, depth, resume, finish);
        for (; m < p.rows; m++) rows<T, 1, NV>(p, m, column, k, depth, resume, finish);
    }
}

// What is left of the panel, less than MOST.
template <class T, int NV> void last_cut(const Product<T>& p, int column, int left) {
    if (left == NV) return cut<T, NV>(p, column);
    if constexpr (NV > LINE_VECTORS) last_cut<T, NV - LINE_VECTORS>(p, column, left);
}

}  // namespace

template <class T> void multiply_leaving_out(const Product<T>& p) {
    int left = p.lines * LINE_VECTORS, column = 0;
    if constexpr (WIDE > MOST)
        for (; p.rows == 1 && left >= WIDE; left -= WIDE, column += WIDE * LANES<T>) cut<T, WIDE>(p, column);
    for (; left >= MOST; left -= MOST, column += MOST * LANES<T>) cut<T, MOST>(p, column);
    last_cut<T, MOST - LINE_VECTORS>(p, column, left);
}

template void multiply_leaving_out<float>(const Product<float>&);
template void multiply_leaving_out<double>(const Product<double>&);

}  // namespace glassnet::GLASSNET_ISA
