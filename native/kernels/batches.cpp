// From the data to a batch: bytes scaled to numbers, and the lists of what is not zero in it.
#include "bytes.hpp"
#include "isa.hpp"
#include "nonzero.hpp"
#include "places.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

// x / d, correctly rounded, from the rounded reciprocal: the quotient's error is exact in a fused multiply-add and
// corrects it (Markstein 1990). A division would take four times as long; a test compares all 256 bytes.
template <class T> GN_INLINE Vec<T> divided(Vec<T> x, T d) {
    const Vec<T> reciprocal = all<T>(T(1) / d), quotient = x * reciprocal;
    const Vec<T> error = fma<T>(-quotient, all<T>(d), x);
    return fma<T>(error, reciprocal, quotient);
}

// scale 0: as they are; 1: x / 255; 2: (x - 127.5) / 127.5.
template <class T, int SCALE> GN_INLINE Vec<T> scaled(Vec<T> x) {
    if constexpr (SCALE == 1) return divided<T>(x, T(255));
    else if constexpr (SCALE == 2) return divided<T>(x - T(127.5), T(127.5));
    else return x;
}

// In place; rows are padded, so whole vectors may be written.
template <class T> void scale(T* values, int count, int how) {
    for (int i = 0; i < count; i += LANES<T>) {
        const Vec<T> x = load(values + i);
        store(values + i, how == 1 ? scaled<T, 1>(x) : how == 2 ? scaled<T, 2>(x) : x);
    }
}

// Bit c of the mask: column c is not zero. Rows are padded, so whole vectors can be read; bits beyond `count` are 0.
template <class T> void mask_row(const T* values, int count, std::uint32_t* mask) {
    for (int word = 0; word * WORD < count; word++) {
        std::uint32_t bits = 0;
        for (int c = 0; c < WORD && word * WORD + c < count; c += LANES<T>) bits |= nonzero(load(values + word * WORD + c)) << c;
        const int left = count - word * WORD;
        mask[word] = left >= WORD ? bits : bits & ((std::uint32_t(1) << left) - 1);
    }
}

// A word's bytes as numbers; which of them are not zero is seen in the bytes, except where 0 becomes -1: there none is.
template <class T, int SCALE, bool MASK> GN_INLINE std::uint32_t convert_word(const std::uint8_t* bytes, T* out, int vectors) {
    for (int v = 0; v < vectors; v++) store(out + v * LANES<T>, scaled<T, SCALE>(from_bytes<T>(bytes + v * LANES<T>)));
    return !MASK ? 0 : SCALE == 2 ? ~std::uint32_t(0) : nonzero_bytes(bytes);
}

template <class T, int SCALE, bool MASK>
void convert(const std::uint8_t* bytes, T* out, int count, std::uint32_t* mask) {
    const int words = count / WORD, left = count % WORD;
    for (int word = 0; word < words; word++) {
        const std::uint32_t bits = convert_word<T, SCALE, MASK>(bytes + word * WORD, out + word * WORD, WORD / LANES<T>);
        if constexpr (MASK) mask[word] = bits;
    }
    if (left == 0) return;
    std::uint8_t rest[WORD] = {};  // the bytes behind the last row are not ours to read
    for (int i = 0; i < left; i++) rest[i] = bytes[words * WORD + i];
    const std::uint32_t bits = convert_word<T, SCALE, MASK>(rest, out + words * WORD, (left + LANES<T> - 1) / LANES<T>);
    if constexpr (MASK) mask[words] = bits & ((std::uint32_t(1) << left) - 1);
}

template <class T> void scale_bytes(const std::uint8_t* bytes, T* out, int count, int how, std::uint32_t* mask) {
    if (mask && how == 1) convert<T, 1, true>(bytes, out, count, mask);
    else if (mask && how == 2) convert<T, 2, true>(bytes, out, count, mask);
    else if (mask) convert<T, 0, true>(bytes, out, count, mask);
    else if (how == 1) convert<T, 1, false>(bytes, out, count, mask);
    else if (how == 2) convert<T, 2, false>(bytes, out, count, mask);
    else convert<T, 0, false>(bytes, out, count, mask);
}

// For tiles of rows: the columns at which any of the tile's rows is not zero and, where there is room for them, the rows'
// numbers there.
template <class T>
int list_rows(const std::uint32_t* masks, int words, const T* X, std::ptrdiff_t x_stride, int row_begin, int row_end, Lists<T>& lists) {
    int total = 0;
    const int tile = lists.tile;
    for (int row = row_begin; row < row_end; row += tile) {
        const int rows = row + tile < row_end ? tile : row_end - row;
        for (int block = 0; block < lists.blocks; block++) {
            const std::ptrdiff_t at = std::ptrdiff_t(block) * lists.tiles + row / tile;
            Entry* entries = lists.entries + at * lists.stride;
            T* values = lists.values ? lists.values + at * lists.values_stride : nullptr;
            int count = 0;
            for (int word = words * block / lists.blocks; word < words * (block + 1) / lists.blocks; word++) {
                std::uint32_t bits = 0;
                for (int r = row; r < row + rows; r++) bits |= masks[std::ptrdiff_t(r) * words + word];
                count += append(bits, word * WORD, entries + count);
            }
            for (int r = 0; values && r < rows; r++) {
                const T* x = X + (row + r) * x_stride;
                T* out = values + r;
                for (int i = 0; i < count; i++, out += tile) *out = x[entries[i]];
            }
            lists.counts[at] = count;
            total += count;
        }
    }
    return total;
}

// The numbers of TILE columns in the rows listed.
template <class T, int TILE> GN_INLINE void take_columns(const T* X, std::ptrdiff_t x_stride, const Entry* entries, int count, T* values) {
    for (int i = 0; i < count; i++, values += TILE) __builtin_memcpy(values, X + entries[i] * x_stride, TILE * sizeof(T));
}

template <class T> void take_columns(int tile, const T* X, std::ptrdiff_t x_stride, const Entry* entries, int count, T* values) {
    switch (tile) {
        case 8: return take_columns<T, 8>(X, x_stride, entries, count, values);
        case 4: return take_columns<T, 4>(X, x_stride, entries, count, values);
        case 2: return take_columns<T, 2>(X, x_stride, entries, count, values);
        default: return take_columns<T, 1>(X, x_stride, entries, count, values);
    }
}

// Squares of 32 x 32 bits, turned over: halves, quarters, ... change places (Warren, Hacker's Delight, 7-3). SQUARES stand
// side by side, each in its own lane.
constexpr int SQUARES = BYTES / int(sizeof(std::uint32_t));
typedef std::uint32_t Words __attribute__((vector_size(BYTES)));
typedef std::uint32_t WordsAnywhere __attribute__((vector_size(BYTES), aligned(4), may_alias));

GN_INLINE void turn(Words (&square)[WORD]) {
    std::uint32_t mask = 0x0000FFFF;
    GN_UNROLL for (int j = 16; j != 0; j >>= 1, mask ^= mask << j)
        for (int k = 0; k < WORD; k = ((k | j) + 1) & ~j) {
            const Words t = ((square[k] >> j) ^ square[k | j]) & mask;
            square[k] ^= t << j;
            square[k | j] ^= t;
        }
}

// For tiles of columns: the rows in which any of the tile's columns is not zero. column_begin is a multiple of WORD.
template <class T>
int list_columns(const std::uint32_t* masks, int words, const T* X, std::ptrdiff_t x_stride, int rows, int column_begin, int column_end,
                 Lists<T>& lists) {
    int total = 0;
    const int tiles_a_word = WORD / lists.tile, row_words = (rows + WORD - 1) / WORD;
    for (int word = column_begin / WORD; word * WORD < column_end; word += SQUARES) {
        const int squares = (column_end + WORD - 1) / WORD - word < SQUARES ? (column_end + WORD - 1) / WORD - word : SQUARES;
        for (int block = 0; block < lists.blocks; block++) {
            const std::ptrdiff_t first = std::ptrdiff_t(block) * lists.tiles + std::ptrdiff_t(word) * tiles_a_word;
            int counts[SQUARES * WORD] = {};
            for (int row = row_words * block / lists.blocks * WORD; row < row_words * (block + 1) / lists.blocks * WORD; row += WORD) {
                Words square[WORD];
                for (int r = 0; r < WORD; r++)
                    square[r] = row + r < rows ? *reinterpret_cast<const WordsAnywhere*>(masks + std::ptrdiff_t(row + r) * words + word) : Words{};
                turn(square);
                for (int t = 0; t < tiles_a_word; t++) {
                    Words bits = square[t * lists.tile];
                    for (int c = 1; c < lists.tile; c++) bits |= square[t * lists.tile + c];
                    for (int s = 0; s < squares; s++) {
                        const int i = s * tiles_a_word + t;
                        counts[i] += append(bits[s], row, lists.entries + (first + i) * lists.stride + counts[i]);
                    }
                }
            }
            for (int i = 0; i < squares * tiles_a_word; i++) {
                const std::ptrdiff_t t = std::ptrdiff_t(word) * tiles_a_word + i, at = first + i;
                lists.counts[at] = counts[i];
                total += counts[i];
                if (lists.values)
                    take_columns(lists.tile, X + t * lists.tile, x_stride, lists.entries + at * lists.stride, counts[i],
                                 lists.values + at * lists.values_stride);
            }
        }
    }
    return total;
}

template <class T> void fill(Kernels<T>& table) {
    table.scale = scale<T>;
    table.scale_bytes = scale_bytes<T>;
    table.mask_row = mask_row<T>;
    table.list_rows = list_rows<T>;
    table.list_columns = list_columns<T>;
}

}  // namespace

void fill_batches(Kernels<float>& f, Kernels<double>& d) {
    fill(f);
    fill(d);
}

}  // namespace glassnet::GLASSNET_ISA
