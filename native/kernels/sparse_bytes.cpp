// The products of a first layer, X W and Xᵀ dZ, from bytes of which many are zero.
//
// A vector holds neighbouring outputs, as in gemm.cpp, and each row of X (each column, for Xᵀ dZ) has its own k: those at which
// it is not zero, from a list or from the bits of a mask. X stays as it came: a byte becomes a number in the register it is
// used in, out of a table of all 256. The chains are those of every product (see Product): k ascending, zeros left out.
#include "bytes.hpp"
#include "isa.hpp"
#include "places.hpp"
#include "products.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

// Vectors of sums: those of a wide panel, where registers hold them beside the byte's number. About eight chains hide a fused
// multiply-add's latency: of fewer, some rows or columns pass side by side.
constexpr int SUMS = BYTES == 16 ? 8 : WIDE_PANEL * LINE_VECTORS;
constexpr int MOST_VECTORS_OF_PAIRS = REGISTERS < 32 ? 4 : 3;  // of a row, where two share a list: more are less work with one each
constexpr int rows_beside(int vectors) { return vectors > 4 && REGISTERS < 32 ? 1 : 2; }
constexpr int columns_beside(int vectors) { return vectors > 2 ? rows_beside(vectors) : 4; }

// What is added for one k: the byte's number in every lane times a row of B.
template <class T, int NV> GN_INLINE void add(const T* numbers, std::uint8_t byte, const T* B, std::ptrdiff_t k, std::ptrdiff_t b_bytes, Vec<T> (&sums)[NV]) {
    const Vec<T> a = broadcast(numbers + byte);
    const T* b = as_it_is(reinterpret_cast<const T*>(reinterpret_cast<const char*>(B) + k * b_bytes));
    GN_UNROLL for (int j = 0; j < NV; j++) sums[j] = fma<T>(a, load(b + j * LANES<T>), sums[j]);
}

// `run` for so many vectors from one on, at most NV.
template <int NV, class Run> GN_INLINE void with_vectors(int wanted, int vector, const Run& run) {
    if constexpr (NV > 1)
        if (wanted < NV) return with_vectors<NV - 1>(wanted, vector, run);
    run.template operator()<NV>(vector);
}

// `run` for the vectors of a panel's row in which a number is wanted, at most SUMS of them at a time.
template <class T, class Run> GN_INLINE void for_vectors(const Product<T>& p, const Run& run) {
    const int wanted = wanted_vectors(p);
    for (int vector = 0; vector < wanted; vector += SUMS) with_vectors<SUMS>(wanted - vector, vector, run);
}

// ---- X W -------------------------------------------------------------------------------------------------------------

// Of WORD columns from `column` on: those that are listed.
GN_INLINE std::uint32_t listed_bytes(const std::uint8_t* row, const std::uint8_t* other, int column, int width, bool skip) {
    const std::uint32_t bits = skip ? nonzero_bytes(row + column) | nonzero_bytes(other + column) : ~std::uint32_t(0);
    return width - column < WORD ? bits & ((std::uint32_t(1) << (width - column)) - 1) : bits;
}

int list_bytes(const std::uint8_t* row, const std::uint8_t* other, int width, bool skip, Entry* places) {
    int count = 0;
    for (int column = 0; column < width; column += WORD) count += append(listed_bytes(row, other, column, width, skip), column, places + count);
    return count;
}

#if defined(__AVX512F__)
// The same where an instruction moves 32 places together; not every processor with AVX-512 has it.
__attribute__((target("avx512vbmi2"))) int list_bytes_by_words(const std::uint8_t* row, const std::uint8_t* other, int width, bool skip, Entry* places) {
    alignas(LINE) static constexpr Entry FIRST[WORD] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                                        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    const __m512i first = _mm512_load_si512(FIRST);
    int count = 0;
    for (int column = 0; column < width; column += WORD) {
        const std::uint32_t bits = listed_bytes(row, other, column, width, skip);
        _mm512_storeu_si512(places + count, _mm512_maskz_compress_epi16(bits, _mm512_add_epi16(first, _mm512_set1_epi16(short(column)))));
        count += __builtin_popcount(bits);
    }
    return count;
}
#endif

template <class T, int NV> struct Lane {
    Vec<T> sums[NV];
    const Entry *at, *end;
    const std::uint8_t* x;
    T* C;
};

// Rows with a list each, LANES_ side by side: one row of few vectors alone would wait for its own sums. Whichever ends makes
// room for the next one.
template <class T, int NV, int SIDES>
__attribute__((noinline)) void rows_of_c(const Product<T>& given, const SparseRows<T>& given_rows, int column) {
    const Product<T> p = given;  // and not in memory that C might be, as far as the compiler knows
    const SparseRows<T> X = given_rows;
    const std::ptrdiff_t b_bytes = p.b_stride * std::ptrdiff_t(sizeof(T));
    const T *B = p.B + column, *bias = p.bias ? p.bias + column : nullptr;
    Lane<T, NV> lanes[SIDES];
    int next = 0;
    const auto start = [&](Lane<T, NV>& lane) __attribute__((always_inline)) {
        const int row = p.first_row + next;
        lane.at = X.places + row * X.stride, lane.end = lane.at + X.counts[row], lane.x = X.rows[row];
        lane.C = p.C + next * p.c_stride + column;
        begin<T, NV>(p.resume, lane.C, lane.sums);
        next++;
    };
    const auto step = [&](Lane<T, NV>& lane, int i) __attribute__((always_inline)) {
        const std::ptrdiff_t k = lane.at[i];
        add<T, NV>(X.numbers, lane.x[k], B, k, b_bytes, lane.sums);
    };
    GN_UNROLL for (int l = 0; l < SIDES; l++) start(lanes[l]);
    for (;;) {
        std::ptrdiff_t count = lanes[0].end - lanes[0].at;
        GN_UNROLL for (int l = 1; l < SIDES; l++) count = lanes[l].end - lanes[l].at < count ? lanes[l].end - lanes[l].at : count;
        for (int i = 0; i < count; i++) GN_UNROLL for (int l = 0; l < SIDES; l++) step(lanes[l], i);
        bool more = true;
        GN_UNROLL for (int l = 0; l < SIDES; l++) lanes[l].at += count;
        GN_UNROLL for (int l = 0; l < SIDES; l++) {
            if (!more || lanes[l].at != lanes[l].end) continue;
            if (next < p.rows) end<T, NV>(p.finish, bias, lanes[l].C, lanes[l].sums), start(lanes[l]);
            else more = false;
        }
        if (!more) break;
    }
    GN_UNROLL for (int l = 0; l < SIDES; l++) {
        for (int i = 0; i < lanes[l].end - lanes[l].at; i++) step(lanes[l], i);
        end<T, NV>(p.finish, bias, lanes[l].C, lanes[l].sums);
    }
}

// Two rows at a time that share a list: what is read of B serves both. The last one, alone, is both.
template <class T, int NV> __attribute__((noinline)) void pairs_of_c(const Product<T>& given, const SparseRows<T>& given_rows, int column) {
    const Product<T> p = given;
    const SparseRows<T> X = given_rows;
    const std::ptrdiff_t b_bytes = p.b_stride * std::ptrdiff_t(sizeof(T));
    const T *B = p.B + column, *bias = p.bias ? p.bias + column : nullptr;
    for (int m = 0; m < p.rows; m += 2) {
        const int row = p.first_row + m, beside = m + 1 < p.rows;
        const std::uint8_t* const x[] = {X.rows[row], X.rows[row + beside]};
        T* const C[] = {p.C + m * p.c_stride + column, p.C + (m + beside) * p.c_stride + column};
        const Entry *at = X.places + row * X.stride, *end_of_list = at + X.counts[row];
        Vec<T> sums[2][NV];
        GN_UNROLL for (int r = 0; r < 2; r++) begin<T, NV>(p.resume, C[r], sums[r]);
        for (; at != end_of_list; at++) {
            const std::ptrdiff_t k = *at;
            const T* b_k = as_it_is(reinterpret_cast<const T*>(reinterpret_cast<const char*>(B) + k * b_bytes));
            Vec<T> b[NV];
            GN_UNROLL for (int j = 0; j < NV; j++) b[j] = kept<T>(load(b_k + j * LANES<T>));
            GN_UNROLL for (int r = 0; r < 2; r++) {
                const Vec<T> a = broadcast(X.numbers + x[r][k]);
                GN_UNROLL for (int j = 0; j < NV; j++) sums[r][j] = fma<T>(a, b[j], sums[r][j]);
            }
        }
        GN_UNROLL for (int r = 0; r < 2; r++) end<T, NV>(p.finish, bias, C[r], sums[r]);
    }
}

template <class T> void multiply_sparse_rows(const Product<T>& p, const SparseRows<T>& X) {
    for_vectors(p, [&]<int NV>(int vector) {
        constexpr int SIDES = rows_beside(NV);
        if (X.tile == 2) pairs_of_c<T, NV>(p, X, vector * LANES<T>);
        else if (p.rows >= SIDES) rows_of_c<T, NV, SIDES>(p, X, vector * LANES<T>);
        else if (p.rows > 0) {
            Product<T> one = p;
            for (one.rows = 1; one.first_row < p.first_row + p.rows; one.first_row++, one.C += p.c_stride)
                rows_of_c<T, NV, 1>(one, X, vector * LANES<T>);
        }
    });
    if (p.finish) clear_unwanted(p, 0, p.rows);
}

// ---- Xᵀ dZ -----------------------------------------------------------------------------------------------------------

GN_INLINE std::uint64_t first_bits(int count) { return count >= BAND ? ~std::uint64_t(0) : (std::uint64_t(1) << count) - 1; }

// Eight rows give a byte for each column, and the bytes of eight times eight rows a column's word.
#if defined(__AVX2__)
GN_INLINE void mask_word(const std::uint8_t* const* rows, int count, int column, std::uint64_t* masks) {
    __m256i v[BAND / OCTET];
    for (int octet = 0; octet < BAND / OCTET; octet++) {
        v[octet] = _mm256_setzero_si256();
        __m256i bit = _mm256_set1_epi8(1);
        for (int r = octet * OCTET; r < count && r < (octet + 1) * OCTET; r++, bit = _mm256_add_epi8(bit, bit)) {
            const __m256i zero = _mm256_cmpeq_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[r] + column)), _mm256_setzero_si256());
            v[octet] = _mm256_or_si256(v[octet], _mm256_andnot_si256(zero, bit));
        }
    }
    GN_UNROLL for (int round = 1; round < BAND / OCTET; round *= 2) {  // of a perfect shuffle, in both halves
        __m256i s[BAND / OCTET];
        GN_UNROLL for (int i = 0; i < BAND / OCTET / 2; i++) {
            const __m256i other = v[i + BAND / OCTET / 2];
            s[2 * i] = _mm256_unpacklo_epi8(v[i], other), s[2 * i + 1] = _mm256_unpackhi_epi8(v[i], other);
        }
        GN_UNROLL for (int i = 0; i < BAND / OCTET; i++) v[i] = s[i];
    }
    auto* to = reinterpret_cast<__m128i*>(masks);
    GN_UNROLL for (int i = 0; i < BAND / OCTET; i++) {
        _mm_storeu_si128(to + i, _mm256_castsi256_si128(v[i]));
        _mm_storeu_si128(to + BAND / OCTET + i, _mm256_extracti128_si256(v[i], 1));
    }
}
#else
GN_INLINE void mask_word(const std::uint8_t* const* rows, int count, int column, std::uint64_t* masks) {
    for (int c = 0; c < WORD; c++) masks[c] = 0;
    for (int r = 0; r < count; r++)
        for (int c = 0; c < WORD; c++) masks[c] |= std::uint64_t(rows[r][column + c] != 0) << r;
}
#endif

// Up to WORD masks beyond the end may be overwritten.
void mask_columns(const std::uint8_t* const* rows, int count, int begin, int end, bool skip, std::uint64_t* masks) {
    for (int column = begin; skip && column < end; column += WORD) mask_word(rows, count, column, masks + column);
    for (int column = begin; !skip && column < end; column++) masks[column] = first_bits(count);
}

// Columns side by side take part in every row in which any of them is not zero: neighbours mostly are together, and what is read
// of dZ serves them all.
template <class T, int NV, int SIDES>
GN_INLINE void columns_of_x(const Product<T>& p, const SparseRows<T>& X, const std::uint64_t* masks, int column, std::ptrdiff_t b_bytes, const T* B, T* C) {
    Vec<T> sums[SIDES][NV];
    std::uint64_t bits = 0;
    GN_UNROLL for (int c = 0; c < SIDES; c++) {
        begin<T, NV>(p.resume, C + c * p.c_stride, sums[c]);
        bits |= masks[column + c];
    }
    for (; bits; bits &= bits - 1) {
        const std::ptrdiff_t k = __builtin_ctzll(bits);
        const std::uint8_t* x = X.rows[k] + column;
        const T* b_k = as_it_is(reinterpret_cast<const T*>(reinterpret_cast<const char*>(B) + k * b_bytes));
        if constexpr (SIDES == 1) {
            const Vec<T> a = broadcast(X.numbers + *x);
            GN_UNROLL for (int j = 0; j < NV; j++) sums[0][j] = fma<T>(a, load(b_k + j * LANES<T>), sums[0][j]);
        } else {
            Vec<T> b[NV];
            GN_UNROLL for (int j = 0; j < NV; j++) b[j] = kept<T>(load(b_k + j * LANES<T>));
            GN_UNROLL for (int c = 0; c < SIDES; c++) {
                const Vec<T> a = broadcast(X.numbers + x[c]);
                GN_UNROLL for (int j = 0; j < NV; j++) sums[c][j] = fma<T>(a, b[j], sums[c][j]);
            }
        }
    }
    GN_UNROLL for (int c = 0; c < SIDES; c++) end<T, NV>(p.finish, nullptr, C + c * p.c_stride, sums[c]);
}

template <class T, int NV, int SIDES>
__attribute__((noinline)) void all_columns(const Product<T>& given, const SparseRows<T>& given_rows, const std::uint64_t* masks, int vector) {
    const Product<T> p = given;
    const SparseRows<T> X = given_rows;
    const std::ptrdiff_t b_bytes = p.b_stride * std::ptrdiff_t(sizeof(T));
    const T* B = p.B + vector * LANES<T>;
    T* C = p.C + vector * LANES<T>;
    int c = 0;
    for (; c + SIDES <= p.rows; c += SIDES) columns_of_x<T, NV, SIDES>(p, X, masks, p.first_row + c, b_bytes, B, C + c * p.c_stride);
    for (; c < p.rows; c++) columns_of_x<T, NV, 1>(p, X, masks, p.first_row + c, b_bytes, B, C + c * p.c_stride);
}

template <class T> void multiply_sparse_columns(const Product<T>& p, const SparseRows<T>& X, const std::uint64_t* masks) {
    for_vectors(p, [&]<int NV>(int vector) { all_columns<T, NV, columns_beside(NV)>(p, X, masks, vector); });
    if (p.finish) clear_unwanted(p, 0, p.rows);
}

template <class T> void fill(Kernels<T>& table) {
    table.list_bytes = list_bytes;
#if defined(__AVX512F__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vbmi2")) table.list_bytes = list_bytes_by_words;
#endif
    for (int lines = 0; lines <= WIDE_PANEL; lines++) table.sparse_row_tile[lines] = lines * LINE_VECTORS <= MOST_VECTORS_OF_PAIRS ? 2 : 1;
    table.multiply_sparse_rows = multiply_sparse_rows<T>;
    table.mask_columns = mask_columns;
    table.multiply_sparse_columns = multiply_sparse_columns<T>;
}

}  // namespace

void fill_sparse_bytes(Kernels<float>& f, Kernels<double>& d) {
    fill(f);
    fill(d);
}

}  // namespace glassnet::GLASSNET_ISA
