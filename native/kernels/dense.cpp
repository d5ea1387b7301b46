// Products in which every k counts.
//
// A tile of C stays in registers while k runs, four of them a turn where registers are few: the 12 fused multiply-adds that
// AVX2 has for a k then come with 8 loads and little else, which counts where another thread shares the core. B is read in
// its panel and A's rows where they stand; X^T in slivers, since X itself would ask for a cache line, and often another
// page of memory, for each k.
#include "products.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

constexpr int TURN = REGISTERS == 32 ? 1 : 4;  // the tiles of 32 registers have work enough for each k
constexpr int DEPTH = 1024;  // k of a panel (256 KB) that stay in the second-level cache while all rows pass
constexpr int ROWS = 24;     // of A that stay there, too, while all cuts of the panel pass: whole tiles of every height

// What follows finished sums (see `follow`) is done in their registers where these are many; where they are few, when rows are in all columns.
constexpr bool FOLLOWS_AT_ONCE = REGISTERS == 32;

constexpr int FEW_K = 4;     // whose rows of a cut of B stay in registers
constexpr int FEW = 96;      // k of a panel (24 KB) that stay in the first-level cache

// How A's numbers lie: row after row; one k after the other, as in a transposed matrix; or as slivers (see Product).
enum class Lie { rows, columns, slivers };

// The end of a row's sums, with what follows where that is done at once.
template <class T, int NV> GN_INLINE void sums_end(const Product<T>& p, bool finish, int m, int column, Vec<T> (&sums)[NV]) {
    if constexpr (FOLLOWS_AT_ONCE) end<T, NV>(p, finish, m, column, sums);
    else end<T, NV>(finish, p.bias ? p.bias + column : nullptr, p.C + m * p.c_stride + column, sums);
}

// MR rows by NV vectors. A row's numbers stand side by side, and rows `a_step` apart; or, not BY_ROWS, a k's numbers side by
// side, and k HEIGHT apart (0: `a_step`).
template <class T, int MR, int NV, bool BY_ROWS, int HEIGHT>
GN_INLINE void tile(const Product<T>& p, const T* A, std::ptrdiff_t a_step, const T* B, int m, int column, int depth, bool resume, bool finish) {
    Vec<T> acc[MR][NV];
    T* C = p.C + m * p.c_stride + column;
    GN_UNROLL for (int r = 0; r < MR; r++) begin<T, NV>(resume, C + r * p.c_stride, acc[r]);
    const T* row[MR];
    GN_UNROLL for (int r = 0; r < MR; r++) row[r] = BY_ROWS ? as_it_is(A + r * a_step) : A + r;
    const std::ptrdiff_t k_step = BY_ROWS ? 1 : HEIGHT ? HEIGHT : a_step, b_step = p.b_stride;
    const std::ptrdiff_t b_at[] = {0, b_step, 2 * b_step, as_it_is(3 * b_step)};
    std::ptrdiff_t k = 0;
    const auto add = [&](int u) __attribute__((always_inline)) {
        const T* b_k = B + b_at[u];
        const auto a = [&](int r) __attribute__((always_inline)) { return broadcast(row[r] + (k + u) * k_step); };
        if constexpr (MR < NV) {  // the shorter side waits in registers
            Vec<T> a_k[MR];
            GN_UNROLL for (int r = 0; r < MR; r++) a_k[r] = a(r);
            GN_UNROLL for (int j = 0; j < NV; j++) {
                const Vec<T> b = load(b_k + j * LANES<T>);
                if constexpr (MR == 1) acc[0][j] = fma<T>(a_k[0], b, acc[0][j]);  // used once, the load may be part of it
                else GN_UNROLL for (int r = 0; r < MR; r++) accumulate<T>(acc[r][j], a_k[r], b);
            }
        } else {
            Vec<T> b[NV];
            GN_UNROLL for (int j = 0; j < NV; j++) b[j] = kept<T>(load(b_k + j * LANES<T>));
            GN_UNROLL for (int r = 0; r < MR; r++) {
                const Vec<T> a_k = a(r);
                GN_UNROLL for (int j = 0; j < NV; j++) accumulate<T>(acc[r][j], a_k, b[j]);
            }
        }
    };
    for (const std::ptrdiff_t whole = depth - depth % TURN; k < whole; k = BY_ROWS ? as_it_is(k + TURN) : k + TURN, B += TURN * b_step)
        GN_UNROLL for (int u = 0; u < TURN; u++) add(u);
    for (; TURN > 1 && k < depth; k++, B += b_step) add(0);
    GN_UNROLL for (int r = 0; r < MR; r++) sums_end<T, NV>(p, finish, m + r, column, acc[r]);
}

// Tile upon tile, `next` numbers of A apart, in one loop: calls and what they need would be a tenth of few k.
template <class T, int MR, int NV, bool BY_ROWS, int HEIGHT>
__attribute__((noinline)) void tower(const Product<T>& given, const T* A, std::ptrdiff_t a_step, std::ptrdiff_t next, const T* B, int m, int end,
                                     int column, int depth, bool resume, bool finish) {
    const Product<T> p = given;  // and not in memory that C might be, as far as the compiler knows
    for (; m < end; m += MR, A += next) tile<T, MR, NV, BY_ROWS, HEIGHT>(p, A, a_step, B, m, column, depth, resume, finish);
}

// A tile of `rows` rows, at most MR.
template <class T, int MR, int NV, bool BY_ROWS>
GN_INLINE void lower(int rows, const Product<T>& p, const T* A, std::ptrdiff_t a_step, const T* B, int m, int column, int depth, bool resume, bool finish) {
    if (rows == MR) return tower<T, MR, NV, BY_ROWS, 0>(p, A, a_step, 0, B, m, m + MR, column, depth, resume, finish);
    if constexpr (MR > 1) lower<T, MR - 1, NV, BY_ROWS>(rows, p, A, a_step, B, m, column, depth, resume, finish);
}

// Of so few k that their rows of B stay in registers, row after row: what is written to lines that another thread has read waits for
// these, while the next rows are computed.
template <class T, int K, int NV>
__attribute__((noinline)) void few(const Product<T>& given, const T* A, const T* B, int m, int end, int column, bool resume, bool finish) {
    const Product<T> p = given;
    Vec<T> b[K][NV];
    GN_UNROLL for (int k = 0; k < K; k++)
        GN_UNROLL for (int j = 0; j < NV; j++) b[k][j] = kept<T>(load(B + k * p.b_stride + j * LANES<T>));
    for (; m < end; m++, A += p.a_stride) {
        Vec<T> acc[NV];
        begin<T, NV>(resume, p.C + m * p.c_stride + column, acc);
        GN_UNROLL for (int k = 0; k < K; k++) {
            const Vec<T> a = broadcast(A + k);
            GN_UNROLL for (int j = 0; j < NV; j++) acc[j] = fma<T>(a, b[k][j], acc[j]);
        }
        sums_end<T, NV>(p, finish, m, column, acc);
    }
}

template <class T, int K, int NV>
GN_INLINE void few_of(int depth, const Product<T>& p, const T* A, const T* B, int m, int end, int column, bool resume, bool finish) {
    if (depth == K) return few<T, K, NV>(p, A, B, m, end, column, resume, finish);
    if constexpr (K > 1) few_of<T, K - 1, NV>(depth, p, A, B, m, end, column, resume, finish);
}

// NV vectors of columns of some rows, for `depth` k from k on.
template <class T, int NV, Lie LIE>
GN_INLINE void cut(const Product<T>& p, int from, int to, int column, int k, int depth, bool resume, bool finish) {
    constexpr int MR = rows_for(NV);
    constexpr bool BY_ROWS = LIE == Lie::rows;
    const T* B = p.B + k * p.b_stride + column;
    if constexpr (LIE == Lie::slivers) {
        const auto at = [&](int m) { return p.A + (std::ptrdiff_t(m / p.sliver) * p.depth + k) * p.sliver; };
        const int whole = p.sliver == MR ? to - (to - from) % MR : from;
        if (from < whole) tower<T, MR, NV, false, MR>(p, at(from), MR, std::ptrdiff_t(MR) * p.depth, B, from, whole, column, depth, resume, finish);
        for (int m = whole; m < to; m += p.sliver)
            lower<T, MR, NV, false>(to - m < p.sliver ? to - m : p.sliver, p, at(m), p.sliver, B, m, column, depth, resume, finish);
    } else {
        const auto at = [&](int m) { return p.A + (BY_ROWS ? m * p.a_stride + k : k * p.a_stride + m); };
        if constexpr (BY_ROWS)
            if (depth > 0 && depth <= FEW_K) return few_of<T, FEW_K, NV>(depth, p, at(from), B, from, to, column, resume, finish);
        int left = (to - from) % MR;
        if (left > 0 && left <= MR / 2 && to - from > MR) left += MR;  // two tiles nearly as high: a low one waits for its sums
        const int whole = to - left, first = left > MR ? (left + 1) / 2 : left;
        if (from < whole) tower<T, MR, NV, BY_ROWS, 0>(p, at(from), p.a_stride, MR * (BY_ROWS ? p.a_stride : 1), B, from, whole, column, depth, resume, finish);
        if (first > 0) lower<T, MR, NV, BY_ROWS>(first, p, at(whole), p.a_stride, B, whole, column, depth, resume, finish);
        if (left > first) lower<T, MR, NV, BY_ROWS>(left - first, p, at(whole + first), p.a_stride, B, whole + first, column, depth, resume, finish);
    }
}

// Some rows in all columns of the panel; a last line of which no number is wanted behind its first vectors ends with these.
template <class T, Lie LIE> void panel(const Product<T>& p, int from, int to, int k, int depth, bool resume, bool finish) {
    int left = wanted_vectors(p), column = 0;
    if constexpr (LIE == Lie::rows) {
        for (; to - from == 1 && left >= WIDE; left -= WIDE, column += WIDE * LANES<T>)
            tower<T, 1, WIDE, true, 0>(p, p.A + from * p.a_stride + k, 0, 0, p.B + k * p.b_stride + column, from, to, column, depth, resume, finish);
    }
    for (; left >= CUT; left -= CUT, column += CUT * LANES<T>) cut<T, CUT, LIE>(p, from, to, column, k, depth, resume, finish);
    if constexpr (CUT > 3)
        if (left == 3) cut<T, 3, LIE>(p, from, to, column, k, depth, resume, finish);
    if constexpr (CUT > 2)
        if (left == 2) cut<T, 2, LIE>(p, from, to, column, k, depth, resume, finish);
    if (left == 1) cut<T, 1, LIE>(p, from, to, column, k, depth, resume, finish);
    if (finish) clear_unwanted(p, from, to);
}

// In equal blocks of at most DEPTH k; all rows at a time where the whole panel stays in the first-level cache, unless there
// is something to do with rows of C while they are in it.
template <class T, Lie LIE> void multiply_lying(const Product<T>& p) {
    const int together = p.depth <= FEW && (FOLLOWS_AT_ONCE || (!p.rectify && !p.gate)) ? p.rows : ROWS;
    const int blocks = p.depth > DEPTH ? (p.depth + DEPTH - 1) / DEPTH : 1;
    const auto edge = [&](int block) { return int(std::int64_t(p.depth) * block / blocks); };
    for (int block = 0; block < blocks; block++)
        for (int m = 0; m < p.rows; m += together) {
            const int stop = p.rows - m < together ? p.rows : m + together;
            const bool finish = p.finish && block + 1 == blocks;
            panel<T, LIE>(p, m, stop, edge(block), edge(block + 1) - edge(block), p.resume || block > 0, finish);
            if (finish && !FOLLOWS_AT_ONCE) follow(p, m, stop);
        }
}

template <class T, int HEIGHT> void cut_slivers(const T* X, std::ptrdiff_t x_stride, int rows, int columns, T* slivers) {
    constexpr int TOGETHER = 24;  // rows whose lines, and those of as many after them, stay in the first-level cache while slivers are cut
    const int whole = columns / HEIGHT * HEIGHT;
    for (int first = 0; first < rows; first += TOGETHER) {
        const int stop = rows - first < TOGETHER ? rows : first + TOGETHER;
        for (int c = 0; c < whole; c += HEIGHT)
            for (int row = first; row < stop; row++) {
                __builtin_prefetch(X + (row + TOGETHER) * x_stride + c);
                __builtin_memcpy(slivers + std::ptrdiff_t(c) * rows + row * HEIGHT, X + row * x_stride + c, HEIGHT * sizeof(T));
            }
        for (int row = first; row < stop; row++)
            for (int c = whole; c < columns; c++)
                slivers[std::ptrdiff_t(whole) * rows + row * HEIGHT + c - whole] = X[row * x_stride + c];
    }
}

template <class T> void cut_slivers(const T* X, std::ptrdiff_t x_stride, int rows, int columns, int height, T* slivers) {
    switch (height) {
        case 8: return cut_slivers<T, 8>(X, x_stride, rows, columns, slivers);
        case 6: return cut_slivers<T, 6>(X, x_stride, rows, columns, slivers);
        default: return cut_slivers<T, 2>(X, x_stride, rows, columns, slivers);
    }
}

template <class T> void fill(Kernels<T>& table) {
    table.cut_slivers = cut_slivers<T>;
    table.few_columns = FEW_COLUMNS<T>;
    table.lying_columns = BYTES == 64 ? FEW_COLUMNS<T> : 0;  // X W of them turns squares of X over
    for (int lines = 0; lines <= PANEL; lines++) table.sliver[lines] = rows_for(lines * LINE_VECTORS < CUT ? lines * LINE_VECTORS : CUT);
}

// Rows in whole vectors of which few columns are wanted; which pays for X W where turning squares of X over does.
template <class T> GN_INLINE int rows_of_few_columns(const Product<T>& p) {
    const bool few = p.columns > 0 && p.columns <= FEW_COLUMNS<T> && p.sliver == 0 && (p.transposed || BYTES == 64);
    return few ? p.rows - p.rows % LANES<T> : 0;
}

// The product without its first rows.
template <class T> GN_INLINE Product<T> from_row(Product<T> p, int first) {
    p.A += p.transposed ? first : first * p.a_stride;
    p.C += first * p.c_stride, p.rows -= first;
    if (p.gate) p.gate += first * p.c_stride;
    return p;
}

}  // namespace

template <class T> void multiply_every(const Product<T>& given) {
    if (given.lying) return multiply_few_columns(given);
    Product<T> p = given;
    if (const int first = rows_of_few_columns(p)) {
        p.rows = first;
        multiply_few_columns(p);
        p = from_row(given, first);
        if (p.rows == 0) return;
    }
    if (!p.transposed) multiply_lying<T, Lie::rows>(p);
    else if (p.sliver) multiply_lying<T, Lie::slivers>(p);
    else multiply_lying<T, Lie::columns>(p);
}

template void multiply_every<float>(const Product<float>&);
template void multiply_every<double>(const Product<double>&);

void fill_dense(Kernels<float>& f, Kernels<double>& d) {
    fill(f);
    fill(d);
}

}  // namespace glassnet::GLASSNET_ISA
