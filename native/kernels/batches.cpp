// From the data to a batch: bytes scaled to numbers, and the lists of what is not zero in it.
#include "isa.hpp"
#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

using Entry = std::uint16_t;

// x / d, correctly rounded, from the rounded reciprocal: the quotient's error is exact in a fused multiply-add and
// corrects it (Markstein 1990). A division would take four times as long; a test compares all 256 bytes.
template <class T> GN_INLINE Vec<T> divided(Vec<T> x, T d) {
    const Vec<T> reciprocal = all<T>(T(1) / d), quotient = x * reciprocal;
    const Vec<T> error = fma<T>(-quotient, all<T>(d), x);
    return fma<T>(error, reciprocal, quotient);
}

// scale 0: as they are; 1: x / 255; 2: (x - 127.5) / 127.5. Rows are padded: whole vectors may be written.
template <class T> void scale(T* values, int count, int scale) {
    if (scale == 1)
        for (int i = 0; i < count; i += LANES<T>) store(values + i, divided<T>(load(values + i), T(255)));
    if (scale == 2)
        for (int i = 0; i < count; i += LANES<T>) store(values + i, divided<T>(load(values + i) - T(127.5), T(127.5)));
}

template <class T> void scale_bytes(const std::uint8_t* bytes, T* out, int count, int how) {
    for (int i = 0; i < count; i++) out[i] = T(int(bytes[i]));
    scale(out, count, how);
}

#if defined(__AVX512F__)
GN_INLINE std::uint32_t nonzero(Vec<float> v) { return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ); }
GN_INLINE std::uint32_t nonzero(Vec<double> v) { return _mm512_cmp_pd_mask(v, _mm512_setzero_pd(), _CMP_NEQ_UQ); }
#elif defined(__AVX2__)
GN_INLINE std::uint32_t nonzero(Vec<float> v) { return std::uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ))); }
GN_INLINE std::uint32_t nonzero(Vec<double> v) { return std::uint32_t(_mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_setzero_pd(), _CMP_NEQ_UQ))); }
#else
template <class V> GN_INLINE std::uint32_t nonzero(V v) {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) bits |= std::uint32_t(v[i] != 0) << i;
    return bits;
}
#endif

// Bit c of the mask: column c is not zero. Rows are padded, so whole vectors can be read; bits beyond `count` are 0.
template <class T> void mask_row(const T* values, int count, std::uint32_t* mask) {
    for (int word = 0; word * WORD < count; word++) {
        std::uint32_t bits = 0;
        for (int c = 0; c < WORD && word * WORD + c < count; c += LANES<T>) bits |= nonzero(load(values + word * WORD + c)) << c;
        const int left = count - word * WORD;
        mask[word] = left >= WORD ? bits : bits & ((std::uint32_t(1) << left) - 1);
    }
}

// Writes base + (place of each set bit) and returns how many; up to WORD entries beyond them may be overwritten.
GN_INLINE int append(std::uint32_t bits, int base, Entry* out) {
#if defined(__AVX512F__)
    const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __mmask16 low = __mmask16(bits), high = __mmask16(bits >> 16);
    const __m512i numbers = _mm512_add_epi32(first, _mm512_set1_epi32(base));
    const int count = __builtin_popcount(low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(low, numbers)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + count),
                        _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(high, _mm512_add_epi32(numbers, _mm512_set1_epi32(16)))));
    return count + __builtin_popcount(high);
#else
    int count = 0;
    for (; bits; bits &= bits - 1) out[count++] = Entry(base + __builtin_ctz(bits));
    return count;
#endif
}

// For tiles of rows: the columns at which any of the tile's rows is not zero.
int list_rows(const std::uint32_t* masks, int words, int row_begin, int row_end, Lists& lists) {
    constexpr int WORDS = LIST_BLOCK / WORD;
    int total = 0;
    for (int row = row_begin; row < row_end; row += lists.tile) {
        const int t = row / lists.tile, stop = row + lists.tile < row_end ? row + lists.tile : row_end;
        Entry* entries = lists.entries + t * lists.stride;
        std::int32_t* starts = lists.starts + std::ptrdiff_t(t) * (lists.blocks + 1);
        int count = 0;
        for (int word = 0; word < words; word++) {
            if (word % WORDS == 0) starts[word / WORDS] = count;
            std::uint32_t bits = 0;
            for (int r = row; r < stop; r++) bits |= masks[std::ptrdiff_t(r) * words + word];
            count += append(bits, word * WORD, entries + count);
        }
        starts[lists.blocks] = count;
        total += count;
    }
    return total;
}

// A square of 32 x 32 bits, turned over: halves, quarters, ... change places (Warren, Hacker's Delight, 7-3).
GN_INLINE void turn(std::uint32_t (&square)[WORD]) {
    std::uint32_t mask = 0x0000FFFF;
    for (int j = 16; j != 0; j >>= 1, mask ^= mask << j)
        for (int k = 0; k < WORD; k = ((k | j) + 1) & ~j) {
            const std::uint32_t t = ((square[k] >> j) ^ square[k | j]) & mask;
            square[k] ^= t << j;
            square[k | j] ^= t;
        }
}

// For tiles of columns: the rows in which any of the tile's columns is not zero. column_begin is a multiple of WORD.
int list_columns(const std::uint32_t* masks, int words, int rows, int column_begin, int column_end, Lists& lists) {
    int total = 0;
    for (int column = column_begin; column < column_end; column += WORD) {
        const int tiles = (column_end - column < WORD ? column_end - column + lists.tile - 1 : WORD) / lists.tile;
        int counts[WORD] = {};
        for (int row = 0; row < rows; row += WORD) {
            std::uint32_t square[WORD];
            for (int r = 0; r < WORD; r++)
                square[r] = row + r < rows ? masks[std::ptrdiff_t(row + r) * words + column / WORD] : 0;
            turn(square);
            for (int t = 0; t < tiles; t++) {
                std::uint32_t bits = 0;
                for (int c = 0; c < lists.tile; c++) bits |= square[t * lists.tile + c];
                counts[t] += append(bits, row, lists.entries + (column / lists.tile + t) * lists.stride + counts[t]);
            }
        }
        for (int t = 0; t < tiles; t++) {
            std::int32_t* starts = lists.starts + 2 * std::ptrdiff_t(column / lists.tile + t);
            starts[0] = 0;
            starts[1] = counts[t];
            total += counts[t];
        }
    }
    return total;
}

template <class T> void fill(Kernels<T>& table) {
    table.scale = scale<T>;
    table.scale_bytes = scale_bytes<T>;
    table.mask_row = mask_row<T>;
    table.list_rows = list_rows;
    table.list_columns = list_columns;
}

}  // namespace

void fill_batches(Kernels<float>& f, Kernels<double>& d) {
    fill(f);
    fill(d);
}

}  // namespace glassnet::GLASSNET_ISA
