// The matrix products of a step: X W, dZ W^T and X^T dZ. Those in which every k counts stand in dense.cpp; here, one kernel read
// in two directions, those from lists of the k that count, and what else has a weight's shape.
//
// A tile of C stays in registers while k runs. The tile's shape, the columns it is cut into and the zeros it leaves out
// decide the speed and never the bits: each element is its own chain (see Product).
#include "products.hpp"
#include "square.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

using Entry = std::uint16_t;

// Some k, and where A's numbers stand: entry i, k, row r of those that share the list at A[i * entry_step + k * k_step + r * row_step].
template <class T> struct Listed {
    const Entry* entries = nullptr;
    int count = 0;
    const T* A = nullptr;
    std::ptrdiff_t entry_step = 0, k_step = 0, row_step = 0;

    GN_INLINE Listed from_row(int r) const { return {entries, count, A + r * row_step, entry_step, k_step, row_step}; }
};

// What is listed for one block of k in tile t, whose first row is row m of the product.
template <class T> GN_INLINE Listed<T> listed(const Product<T>& p, std::ptrdiff_t t, int m, int block) {
    const Lists<T>& lists = *p.lists;
    const std::ptrdiff_t at = std::ptrdiff_t(block) * lists.tiles + t;
    Listed<T> list{lists.entries + at * lists.stride, lists.counts[at]};
    if (lists.values) list.A = lists.values + at * lists.values_stride, list.entry_step = lists.tile, list.row_step = 1;
    else if (p.transposed) list.A = p.A + m, list.k_step = p.a_stride, list.row_step = 1;
    else list.A = p.A + m * p.a_stride, list.k_step = 1, list.row_step = p.a_stride;
    return list;
}

// Where a tile finds the numbers of what is listed: wherever the list says, in the matrix, or beside their places, MR a time.
enum class From { list, matrix, values };

// MR rows by NV vectors.
template <class T, int MR, int NV, bool TRANSPOSED, From FROM>
GN_INLINE void tile(const Product<T>& p, int m, int column, const Listed<T>& list, bool resume, bool finish) {
    Vec<T> acc[MR][NV];
    T* C = p.C + m * p.c_stride + column;
    GN_UNROLL for (int r = 0; r < MR; r++) begin<T, NV>(resume, C + r * p.c_stride, acc[r]);
    const T *A = list.A, *B = p.B + column;
    const std::ptrdiff_t b_bytes = p.b_stride * std::ptrdiff_t(sizeof(T));
    const std::ptrdiff_t next_row = FROM == From::values ? 1 : FROM == From::list ? list.row_step : TRANSPOSED ? 1 : p.a_stride;
    const std::ptrdiff_t k_step = FROM == From::list ? list.k_step : TRANSPOSED ? p.a_stride : 1;
    const Entry* entries = list.entries;
    // Two k a turn: counting takes a tenth of the instructions, which matters where another thread shares the core.
    GN_UNROLL_2 for (int i = 0; i < list.count; i++) {
        const std::ptrdiff_t k = entries[i];
        const T* a_k = A + (FROM == From::values ? i * MR : FROM == From::list ? i * list.entry_step + k * k_step : k * k_step);
        const T* b_k = reinterpret_cast<const T*>(reinterpret_cast<const char*>(B) + k * b_bytes);
        if constexpr (MR < NV) {  // the shorter side waits in registers
            Vec<T> a[MR];
            GN_UNROLL for (int r = 0; r < MR; r++) a[r] = broadcast(a_k + r * next_row);
            GN_UNROLL for (int j = 0; j < NV; j++) {
                const Vec<T> b = MR == 1 ? load(b_k + j * LANES<T>) : kept<T>(load(b_k + j * LANES<T>));
                GN_UNROLL for (int r = 0; r < MR; r++) acc[r][j] = fma<T>(a[r], b, acc[r][j]);
            }
        } else {
            Vec<T> b[NV];
            GN_UNROLL for (int j = 0; j < NV; j++) b[j] = load(b_k + j * LANES<T>);
            GN_UNROLL for (int r = 0; r < MR; r++) {
                const T* at = a_k + r * next_row;
                const Vec<T> a = NV == 1 ? all<T>(*at) : broadcast(at);  // used once, the load may be part of the fma
                GN_UNROLL for (int j = 0; j < NV; j++) acc[r][j] = fma<T>(a, b[j], acc[r][j]);
            }
        }
    }
    GN_UNROLL for (int r = 0; r < MR; r++) end<T, NV>(p, finish, m + r, column, acc[r]);
}

template <class T, int MR, int NV, bool TRANSPOSED, From FROM>
__attribute__((noinline)) void tile_call(const Product<T>& p, int m, int column, const Listed<T>& list, bool resume, bool finish) {
    tile<T, MR, NV, TRANSPOSED, FROM>(p, m, column, list, resume, finish);
}

// `rows` rows from m on, MR at a time, then the rest in one smaller tile.
template <class T, int MR, int NV, bool TRANSPOSED, From FROM>
GN_INLINE void strip(const Product<T>& p, int m, int rows, int column, const Listed<T>& list, bool resume, bool finish) {
    int r = 0;
    for (; rows - r >= MR; r += MR) tile_call<T, MR, NV, TRANSPOSED, FROM>(p, m + r, column, list.from_row(r), resume, finish);
    if constexpr (MR > 1) {
        if (r < rows) strip<T, MR - 1, NV, TRANSPOSED, FROM>(p, m + r, rows - r, column, list.from_row(r), resume, finish);
    }
}

template <class T, int NV, bool TRANSPOSED, From FROM>
GN_INLINE void cut(const Product<T>& p, int m, int rows, int column, const Listed<T>& list, bool resume, bool finish) {
    strip<T, rows_for(NV), NV, TRANSPOSED, FROM>(p, m, rows, column, list, resume, finish);
}

// All columns of the panel for `rows` rows.
template <class T, bool TRANSPOSED, From FROM>
void panel(const Product<T>& p, int m, int rows, const Listed<T>& list, bool resume, bool finish) {
    int left = p.lines * LINE_VECTORS, column = 0;
    if constexpr (!TRANSPOSED) {  // one row alone: wider, or its few sums would wait for each other
        for (; rows == 1 && left >= WIDE; left -= WIDE, column += WIDE * LANES<T>)
            tile_call<T, 1, WIDE, TRANSPOSED, FROM>(p, m, column, list, resume, finish);
    }
    for (; left >= CUT; left -= CUT, column += CUT * LANES<T>)
        cut<T, CUT, TRANSPOSED, FROM>(p, m, rows, column, list, resume, finish);
    if constexpr (LINE_VECTORS == 1) {  // otherwise CUT divides every panel
        if (left == 3) cut<T, 3, TRANSPOSED, FROM>(p, m, rows, column, list, resume, finish);
        if (left == 2) cut<T, 2, TRANSPOSED, FROM>(p, m, rows, column, list, resume, finish);
        if (left == 1) cut<T, 1, TRANSPOSED, FROM>(p, m, rows, column, list, resume, finish);
    }
}

// Tile after tile of the shape the lists were made for, in PASSES over NV vectors of columns each: the part of B that a pass
// reads stays in the first-level cache. Returns the rows done.
template <class T, int MR, int NV, bool TRANSPOSED, From FROM, int PASSES>
__attribute__((noinline)) int whole_tiles(const Product<T>& given, int block, bool resume, bool finish) {
    const Product<T> p = given;  // and not in memory that C might be, as far as the compiler knows
    const std::ptrdiff_t ahead = p.lists->stride, values_ahead = p.lists->values_stride;
    const int rows = p.rows / MR * MR;
    for (int pass = 0; pass < PASSES; pass++)
        for (int m = 0; m < rows; m += MR) {
            const Listed<T> list = listed(p, (p.first_row + m) / MR, m, block);
            if constexpr (FROM == From::values) __builtin_prefetch(list.entries + ahead), __builtin_prefetch(list.A + values_ahead);
            tile<T, MR, NV, TRANSPOSED, FROM>(p, m, pass * NV * LANES<T>, list, resume, finish);
        }
    return rows;
}

// Rows with a list each, two side by side: one row of few vectors alone would wait for its own sums. Returns the rows done.
template <class T, int NV, From FROM> __attribute__((noinline)) int whole_pairs(const Product<T>& given, int block, bool resume, bool finish) {
    const Product<T> p = given;
    const std::ptrdiff_t b_bytes = p.b_stride * std::ptrdiff_t(sizeof(T)), ahead = 2 * p.lists->stride, values_ahead = 2 * p.lists->values_stride;
    const int rows = p.rows / 2 * 2;
    for (int m = 0; m < rows; m += 2) {
        const Listed<T> lists[] = {listed(p, p.first_row + m, m, block), listed(p, p.first_row + m + 1, m + 1, block)};
        if constexpr (FROM == From::values)
            for (const Listed<T>& list : lists) __builtin_prefetch(list.entries + ahead), __builtin_prefetch(list.A + values_ahead);
        Vec<T> acc[2][NV];
        T* C = p.C + m * p.c_stride;
        GN_UNROLL for (int r = 0; r < 2; r++) begin<T, NV>(resume, C + r * p.c_stride, acc[r]);
        const auto add = [&](int r, std::ptrdiff_t i) __attribute__((always_inline)) {
            const std::ptrdiff_t k = lists[r].entries[i];
            const Vec<T> a = broadcast(lists[r].A + (FROM == From::values ? i : k));
            const T* b = as_it_is(reinterpret_cast<const T*>(reinterpret_cast<const char*>(p.B) + k * b_bytes));
            GN_UNROLL for (int j = 0; j < NV; j++) acc[r][j] = fma<T>(a, load(b + j * LANES<T>), acc[r][j]);
        };
        const int both = lists[0].count < lists[1].count ? lists[0].count : lists[1].count;
        for (int i = 0; i < both; i++) add(0, i), add(1, i);
        GN_UNROLL for (int r = 0; r < 2; r++) {
            for (int i = both; i < lists[r].count; i++) add(r, i);
            end<T, NV>(p, finish, m + r, 0, acc[r]);
        }
    }
    return rows;
}

template <class T, int NV> int whole_pairs(const Product<T>& p, int block, bool resume, bool finish) {
    return p.lists->values ? whole_pairs<T, NV, From::values>(p, block, resume, finish)
                           : whole_pairs<T, NV, From::matrix>(p, block, resume, finish);
}

template <class T, int MR, int NV, bool TRANSPOSED, int PASSES = 1>
int whole_tiles(const Product<T>& p, int block, bool resume, bool finish) {
    return p.lists->values ? whole_tiles<T, MR, NV, false, From::values, PASSES>(p, block, resume, finish)
                           : whole_tiles<T, MR, NV, TRANSPOSED, From::matrix, PASSES>(p, block, resume, finish);
}

// Rows (or columns) of X that share a list, by the lines of the panel: as many as fill the registers with a row's vectors.
constexpr int ROW_TILES[PANEL + 1] = {1, REGISTERS == 32 ? 8 : 4, REGISTERS == 32 ? 4 : 2, 1, 1};
constexpr int COLUMN_TILES[PANEL + 1] = {1, REGISTERS == 32 ? 8 : 4, REGISTERS == 32 ? 4 : 2, 2, 2};

template <class T> int whole_tiles(const Product<T>& p, int block, bool resume, bool finish) {
    if (p.lines > PANEL) return 0;
    const int shape = 10 * p.lists->tile + p.lines;
    if constexpr (LINE_VECTORS == 1) {
        if (p.transposed) switch (shape) {
            case 24: return whole_tiles<T, 2, 4, true>(p, block, resume, finish);
            case 23: return whole_tiles<T, 2, 3, true>(p, block, resume, finish);
            case 42: return whole_tiles<T, 4, 2, true>(p, block, resume, finish);
            case 81: return whole_tiles<T, 8, 1, true>(p, block, resume, finish);
        }
        else switch (shape) {
            case 14: return whole_pairs<T, 4>(p, block, resume, finish);
            case 13: return whole_pairs<T, 3>(p, block, resume, finish);
            case 42: return whole_tiles<T, 4, 2, false>(p, block, resume, finish);
            case 81: return whole_tiles<T, 8, 1, false>(p, block, resume, finish);
        }
    }
    if constexpr (LINE_VECTORS == 2) {
        if (p.transposed) switch (shape) {
            case 14: return whole_tiles<T, 1, 8, true>(p, block, resume, finish);
            case 13: return whole_tiles<T, 1, 6, true>(p, block, resume, finish);
            case 24: return whole_tiles<T, 2, 4, true, 2>(p, block, resume, finish);
            case 23: return whole_tiles<T, 2, 6, true>(p, block, resume, finish);
            case 22: return whole_tiles<T, 2, 4, true>(p, block, resume, finish);
            case 41: return whole_tiles<T, 4, 2, true>(p, block, resume, finish);
        }
        else switch (shape) {
            case 14: return whole_tiles<T, 1, 8, false>(p, block, resume, finish);
            case 13: return whole_tiles<T, 1, 6, false>(p, block, resume, finish);
            case 22: return whole_tiles<T, 2, 4, false>(p, block, resume, finish);
            case 41: return whole_tiles<T, 4, 2, false>(p, block, resume, finish);
        }
    }
    return 0;
}

// Block after block of k, so that the block's weights stay in the first-level cache while all rows pass.
template <class T> void multiply_listed(const Product<T>& p) {
    const Lists<T>& lists = *p.lists;
    for (int block = 0; block < lists.blocks; block++) {
        const bool resume = p.resume || block > 0, finish = p.finish && block + 1 == lists.blocks;
        for (int m = whole_tiles(p, block, resume, finish); m < p.rows;) {
            const int t = (p.first_row + m) / lists.tile, within = (p.first_row + m) % lists.tile, left = p.rows - m;
            const Listed<T> list = listed(p, t, m - within, block).from_row(within);
            const int taken = lists.tile - within < left ? lists.tile - within : left;
            if (p.transposed) panel<T, true, From::list>(p, m, taken, list, resume, finish);
            else panel<T, false, From::list>(p, m, taken, list, resume, finish);
            m += taken;
        }
    }
}

template <class T> void multiply(const Product<T>& p) {
    if (p.leave_out) return multiply_leaving_out(p);
    if (p.lists) return multiply_listed(p);
    return multiply_every(p);
}

// A row of C from the entries of a row of A, in all columns of the panel at once.
template <class T, int LINES> __attribute__((noinline)) void entry_rows(const Product<T>& p, const Entries<T>& entries) {
    constexpr int NV = LINES * LINE_VECTORS;
    for (int r = 0; r < p.rows; r++) {
        Vec<T> acc[NV];
        T* C = p.C + r * p.c_stride;
        begin<T, NV>(p.resume, C, acc);
        for (int i = entries.starts[r]; i < entries.starts[r + 1]; i++) {
            const T* B = p.B + entries.places[i] * p.b_stride;
            const Vec<T> a = broadcast(entries.values + i);
            GN_UNROLL for (int j = 0; j < NV; j++) acc[j] = fma<T>(a, load(B + j * LANES<T>), acc[j]);
        }
        end<T, NV>(p.finish, p.bias, C, acc);
    }
}

template <class T> void multiply_entries(const Product<T>& p, const Entries<T>& entries) {
    switch (p.lines) {
        case 1: return entry_rows<T, 1>(p, entries);
        case 2: return entry_rows<T, 2>(p, entries);
        case 3: return entry_rows<T, 3>(p, entries);
        default: return entry_rows<T, PANEL>(p, entries);
    }
}

// out[c, r] = X[r, c]: whole squares, then what is left of rows and columns.
template <class T> void transpose_squares(const T* X, std::ptrdiff_t x_stride, int rows, int columns, T* out, std::ptrdiff_t out_stride) {
    const int whole_rows = rows / SQUARE<T> * SQUARE<T>, whole_columns = columns / SQUARE<T> * SQUARE<T>;
    for (int r = 0; r < whole_rows; r += SQUARE<T>)
        for (int c = 0; c < whole_columns; c += SQUARE<T>) square(X + r * x_stride + c, x_stride, out + c * out_stride + r, out_stride);
    for (int r = 0; r < rows; r++)
        for (int c = r < whole_rows ? whole_columns : 0; c < columns; c++) out[c * out_stride + r] = X[r * x_stride + c];
}

template <class T> void transpose(const T* X, std::ptrdiff_t x_stride, int rows, int columns, T* out, std::ptrdiff_t out_stride) {
#if defined(__AVX512F__)
    constexpr int SIDE = LANES<T>;
    const int whole_rows = rows / SIDE * SIDE, whole_columns = columns / SIDE * SIDE;
    for (int r = 0; r < whole_rows; r += SIDE)
        for (int c = 0; c < whole_columns; c += SIDE) large_square(X + r * x_stride + c, x_stride, out + c * out_stride + r, out_stride);
    transpose_squares(X + whole_columns, x_stride, whole_rows, columns - whole_columns, out + whole_columns * out_stride, out_stride);
    transpose_squares(X + whole_rows * x_stride, x_stride, rows - whole_rows, columns, out + whole_rows, out_stride);
#else
    transpose_squares(X, x_stride, rows, columns, out, out_stride);
#endif
}

// sums[:] = sum over the rows, in order: of some vectors side by side, since each sum waits for itself.
template <class T, int NV> GN_INLINE void sums_of(const T* D, std::ptrdiff_t stride, int rows, T* sums, bool resume, bool finish) {
    Vec<T> total[NV];
    begin<T, NV>(resume, sums, total);
    for (int m = 0; m < rows; m++, D += stride)
        GN_UNROLL for (int j = 0; j < NV; j++) total[j] += load(D + j * LANES<T>);
    end<T, NV>(finish, nullptr, sums, total);
}

template <class T> void column_sums(const T* D, std::ptrdiff_t stride, int rows, int lines, T* sums, bool resume, bool finish) {
    constexpr int LINES = 8 / LINE_VECTORS;
    int line = 0;
    for (; line + LINES <= lines; line += LINES)
        sums_of<T, LINES * LINE_VECTORS>(D + line * PER_LINE<T>, stride, rows, sums + line * PER_LINE<T>, resume, finish);
    for (; line < lines; line++) sums_of<T, LINE_VECTORS>(D + line * PER_LINE<T>, stride, rows, sums + line * PER_LINE<T>, resume, finish);
}

template <class T> bool all_finite(const T* values, std::size_t count) {
    IntVec<T> largest = {};
    for (std::size_t i = 0; i < count; i += LANES<T>) {
        const IntVec<T> size = as_int<T>(magnitude<T>(load(values + i)));
        largest = size > largest ? size : largest;
    }
    return below_infinity<T>(largest);
}

template <class T> void fill(Kernels<T>& table) {
    table.multiply = multiply<T>;
    table.multiply_entries = multiply_entries<T>;
    table.transpose = transpose<T>;
    table.column_sums = column_sums<T>;
    table.all_finite = all_finite<T>;
    for (int lines = 0; lines <= PANEL; lines++)
        table.row_tile[lines] = ROW_TILES[lines], table.column_tile[lines] = COLUMN_TILES[lines];
}

}  // namespace

void fill_gemm(Kernels<float>& f, Kernels<double>& d) {
    fill(f);
    fill(d);
}

}  // namespace glassnet::GLASSNET_ISA
