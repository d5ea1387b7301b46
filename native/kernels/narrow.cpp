// The products of a first layer of few outputs, X W and Xᵀ dZ, straight from X's bytes.
//
// In gemm.cpp a vector holds neighbouring outputs: ten of them would leave six of sixteen places empty. Here it holds
// neighbours in X: rows for X W, columns for Xᵀ dZ, and every output has a vector of sums. A byte becomes a number in the
// register it is used in: no X of floats is made, written or passed from one processor to the other. The chains are those
// of every product (see Product): k ascending, zeros left out or not.
#include "bytes.hpp"
#include "isa.hpp"
#include "square.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

template <class T> constexpr int TILE = LANES<T> > OCTET ? LANES<T> : OCTET;  // rows of X that come in together
constexpr int BITS = 64;  // k that one word of a bit mask stands for

// ---- Rows come in ----------------------------------------------------------------------------------------------------

template <int ROWS> struct Rows {
    const std::uint8_t* from[ROWS];  // in X
    const std::uint8_t* next[ROWS];  // of the following tile, in X
    std::uint8_t* filled[ROWS / OCTET];
};

GN_INLINE void copy_rest(const std::uint8_t* from, int left, std::uint8_t* to) {
    for (int size = WORD / 2; size; size /= 2)
        if (left & size) __builtin_memcpy(to, from, std::size_t(size)), from += size, to += size;
}

// A word of each row: turned over, so that the rows' bytes of a column stand together; and noted where they are not
// zero. Returns the columns in which any of the rows is not.
template <int ROWS>
GN_INLINE std::uint32_t take_word(const std::uint8_t* const (&from)[ROWS], std::ptrdiff_t from_column, const Rows<ROWS>& rows, int column, std::uint8_t* turned) {
#if defined(__AVX2__)
    __m256i v[ROWS], any = _mm256_setzero_si256();
    GN_UNROLL for (int r = 0; r < ROWS; r++) {
        v[r] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from[r] + from_column));
        any = _mm256_or_si256(any, v[r]);
    }
    const std::uint32_t bits = ~std::uint32_t(_mm256_movemask_epi8(_mm256_cmpeq_epi8(any, _mm256_setzero_si256())));
    // Rounds of a perfect shuffle: each moves one bit of the row's number to the end of the place's. After the last one
    // vector i holds columns of both halves of the word, byte r of each that of row r.
    GN_UNROLL for (int round = 1; round < ROWS; round *= 2) {
        __m256i s[ROWS];
        GN_UNROLL for (int i = 0; i < ROWS / 2; i++)
            s[2 * i] = _mm256_unpacklo_epi8(v[i], v[i + ROWS / 2]), s[2 * i + 1] = _mm256_unpackhi_epi8(v[i], v[i + ROWS / 2]);
        GN_UNROLL for (int i = 0; i < ROWS; i++) v[i] = s[i];
    }
    GN_UNROLL for (int i = 0; i < ROWS; i++) {
        _mm_store_si128(reinterpret_cast<__m128i*>(turned) + i, _mm256_castsi256_si128(v[i]));
        _mm_store_si128(reinterpret_cast<__m128i*>(turned) + ROWS + i, _mm256_extracti128_si256(v[i], 1));
    }
    __m256i low = v[0], high = v[ROWS / 2];  // columns 0 .. 7 and 16 .. 23; 8 .. 15 and 24 .. 31
    GN_UNROLL for (int i = 1; i < ROWS / 2; i++) low = _mm256_or_si256(low, v[i]), high = _mm256_or_si256(high, v[ROWS / 2 + i]);
    const auto noted = [](__m256i bytes) { return ~std::uint32_t(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()))); };
    if constexpr (ROWS == OCTET) {  // two columns of eight rows stand side by side
        const std::uint32_t octets = noted(_mm256_or_si256(_mm256_unpacklo_epi64(low, high), _mm256_unpackhi_epi64(low, high)));
        __builtin_memcpy(rows.filled[0] + column / OCTET, &octets, 4);
    } else {
        const std::uint32_t first = noted(low), second = noted(high);
        GN_UNROLL for (int half = 0; half < 2; half++) {
            const auto at = [half](std::uint32_t rows, int octet) { return std::uint8_t(rows >> (8 * octet + 8 * half)); };
            std::uint8_t* filled = rows.filled[half] + column / OCTET;
            filled[0] = at(first, 0), filled[1] = at(second, 0), filled[2] = at(first, 2), filled[3] = at(second, 2);
        }
    }
    return bits;
#else
    std::uint32_t bits = 0;
    std::uint8_t filled[ROWS / OCTET][WORD / OCTET] = {};
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < WORD; c++) {
            const std::uint8_t byte = from[r][from_column + c];
            turned[c * ROWS + r] = byte;
            bits |= std::uint32_t(byte != 0) << c;
            filled[r / OCTET][c / OCTET] |= std::uint8_t((byte != 0) << r % OCTET);
        }
    for (int i = 0; i < ROWS / OCTET; i++) __builtin_memcpy(rows.filled[i] + column / OCTET, filled[i], WORD / OCTET);
    return bits;
#endif
}

template <int ROWS>
GN_INLINE void take_rows(const Rows<ROWS>& rows, int width, std::uint64_t* which, std::uint8_t* turned) {
    const auto bit_word = [&](int column, std::uint32_t bits) {
        if (column % BITS == 0) which[column / BITS] = bits;
        else which[column / BITS] |= std::uint64_t(bits) << WORD;
    };
    int column = 0;
    for (; column + WORD <= width; column += WORD) {
        bit_word(column, take_word<ROWS>(rows.from, column, rows, column, turned + column * ROWS));
    }
    if (column == width) return;
    std::uint8_t rest[ROWS][WORD] = {};  // the bytes behind the last row are not ours to read
    const std::uint8_t* from[ROWS];
    for (int r = 0; r < ROWS; r++) copy_rest(rows.from[r] + column, width - column, rest[r]), from[r] = rest[r];
    bit_word(column, take_word<ROWS>(from, 0, rows, column, turned + column * ROWS));
}

// ---- Sums ------------------------------------------------------------------------------------------------------------

// An output's number of B in every lane: from one place or, where it has been spread out, from as many as there are lanes,
// by the very instruction that uses it.
template <class T, bool SPREAD> struct Numbers {
    static constexpr int APART = SPREAD ? LANES<T> : 1;
    GN_INLINE static Vec<T> at(const T* b) {
        if constexpr (SPREAD) return load(b);
        else return broadcast(b);
    }
};

// To each output's sums LANES bytes times the output's number in row k of B.
template <class T, class Numbers, int N>
GN_INLINE void add(const std::uint8_t* bytes, std::ptrdiff_t k, const T* B, std::ptrdiff_t b_stride, const ByteScale<T> scale, Vec<T> (&sums)[N]) {
    const Vec<T> a = scale.of(from_bytes<T>(bytes));
    const T* b = as_it_is(B + k * b_stride);  // one address for all outputs: left alone, the compiler makes one for each
    GN_UNROLL for (int n = 0; n < N; n++) sums[n] = fma<T>(a, Numbers::at(b + n * Numbers::APART), sums[n]);
}

// The same for each k in `bits`, whose bytes stand at A(k).
template <class T, class Numbers, int N, class Place>
GN_INLINE void add_bits(std::uint64_t bits, const Place& A, const T* B, std::ptrdiff_t b_stride, const ByteScale<T> scale, Vec<T> (&sums)[N]) {
    for (; bits; bits &= bits - 1) {
        const std::ptrdiff_t k = __builtin_ctzll(bits);
        add<T, Numbers, N>(A(k), k, B, b_stride, scale, sums);
    }
}

// And for each k in a list, from `lane` on of the bytes that stand there.
template <class T, class Numbers, int N>
GN_INLINE void add_list(const ByteList& list, int lane, const T* B, std::ptrdiff_t b_stride, const ByteScale<T> scale, Vec<T> (&sums)[N]) {
    const std::uint8_t* bytes = list.bytes + lane;
    for (int i = 0; i < list.count; i++, bytes += TILE<T>) add<T, Numbers, N>(bytes, list.places[i], B, b_stride, scale, sums);
}

GN_INLINE std::uint64_t first_bits(int count) { return count >= BITS ? ~std::uint64_t(0) : (std::uint64_t(1) << count) - 1; }

// The sums of `rows` lanes become rows of C: N numbers, and zeros up to the next multiple of LANES. What is left of a vector
// goes through activations, too: where it stayed, an exponential would be taken of it again at every step.
template <class T, int N> GN_INLINE void put(const Vec<T> (&sums)[N], int rows, T* C, std::ptrdiff_t c_stride) {
    if constexpr (SQUARE_OF_VECTORS) {
        constexpr int S = LANES<T>;
        GN_UNROLL for (int n = 0; n < N; n += S) {
            Vec<T> square[S];
            GN_UNROLL for (int i = 0; i < S; i++) square[i] = n + i < N ? sums[n + i < N ? n + i : 0] : Vec<T>{};
            turn(square);
            GN_UNROLL for (int i = 0; i < S; i++)
                if (i < rows) store(C + i * c_stride + n, square[i]);
        }
    } else {
        for (int r = 0; r < rows && N % LANES<T>; r++) store(C + r * c_stride + N / LANES<T> * LANES<T>, Vec<T>{});
        for (int n = 0; n < N; n++)
            for (int r = 0; r < rows; r++) C[r * c_stride + n] = sums[n][r];
    }
}

static_assert(FEW_OUTPUTS == 12);

// `run` for this number of outputs: their sums are in registers.
template <class Run> GN_INLINE void for_outputs(int outputs, const Run& run) {
    switch (outputs) {
        case 1: return run.template operator()<1>();
        case 2: return run.template operator()<2>();
        case 3: return run.template operator()<3>();
        case 4: return run.template operator()<4>();
        case 5: return run.template operator()<5>();
        case 6: return run.template operator()<6>();
        case 7: return run.template operator()<7>();
        case 8: return run.template operator()<8>();
        case 9: return run.template operator()<9>();
        case 10: return run.template operator()<10>();
        case 11: return run.template operator()<11>();
        default: return run.template operator()<12>();
    }
}

// ---- X W -------------------------------------------------------------------------------------------------------------

// The end of LANES rows of C.
template <class T, int N> GN_INLINE void put_rows(const Product<T>& p, Vec<T> (&sums)[N], int rows, T* C) {
    GN_UNROLL for (int n = 0; n < N; n++) {
        sums[n] += Vec<T>{};
        if (p.bias) sums[n] += all<T>(p.bias[n]);
    }
    put<T, N>(sums, rows, C, p.c_stride);
}

// LANES rows of C. The tile that comes next is asked for on the way, a line of each row at a time.
template <class T, int N>
__attribute__((noinline)) void rows_of_c(const Product<T>& p, const std::uint64_t* which, const std::uint8_t* turned, ByteScale<T> scale,
                                         const std::uint8_t* const (&next)[TILE<T>], int rows, T* C) {
    Vec<T> sums[N] = {};
    for (int k = 0; k < p.depth; k += BITS) {
        GN_UNROLL for (int r = 0; r < TILE<T>; r++) __builtin_prefetch(next[r] + k);
        const std::uint8_t* A = turned + std::ptrdiff_t(k) * TILE<T>;
        add_bits<T, Numbers<T, false>, N>(which[k / BITS], [A](std::ptrdiff_t k) { return A + k * TILE<T>; }, p.B + k * p.b_stride, p.b_stride, scale, sums);
    }
    put_rows<T, N>(p, sums, rows, C);
}

template <class T, int N>
GN_INLINE void listed_rows_of_c(const Product<T>& p, const ByteList& list, int lane, ByteScale<T> scale, int rows, T* C) {
    Vec<T> sums[N] = {};
    add_list<T, Numbers<T, false>, N>(list, lane, p.B, p.b_stride, scale, sums);
    put_rows<T, N>(p, sums, rows, C);
}

// Where the rows of the tile from m on stand, and what comes next. Where rows are missing, the first one comes in again.
template <class T> Rows<TILE<T>> rows_of_tile(const ByteRows& given, const ByteBlock& block, int first, int m, std::uint8_t* nowhere) {
    Rows<TILE<T>> rows;
    for (int r = 0; r < TILE<T>; r++) {
        const int row = m + r < given.count ? m + r : m, next = m + TILE<T> + r, beyond = next - given.count;
        block.rows[first + row] = rows.from[r] = given.place(given.order[row]);
        rows.next[r] = beyond < 0 ? given.place(given.order[next]) : beyond < given.next_count ? given.place(given.next[beyond]) : rows.from[r];
    }
    for (int i = 0; i < TILE<T> / OCTET; i++)
        rows.filled[i] = m + i * OCTET < given.count ? block.filled + ((first + m) / OCTET + i) * block.filled_stride : nowhere;
    return rows;
}

template <class T>
void multiply_rows(const Product<T>& p, int outputs, const ByteRows& given, const ByteBlock& block, int first, bool skip, std::uint8_t* room) {
    auto* which = reinterpret_cast<std::uint64_t*>(room + block.stride * TILE<T>);
    std::uint8_t* nowhere = room + block.stride * TILE<T> + block.stride / 2;
    const ByteScale<T> scale(block.by_255);
    for (int m = 0; m < given.count; m += TILE<T>) {
        const Rows<TILE<T>> rows = rows_of_tile<T>(given, block, first, m, nowhere);
        take_rows<TILE<T>>(rows, block.width, which, room);
        for (int k = 0; !skip && k < block.width; k += BITS) which[k / BITS] = first_bits(block.width - k);
        for (int row = m; row < given.count && row < m + TILE<T>; row += LANES<T>)
            for_outputs(outputs, [&]<int N>() {
                const int count = given.count - row < LANES<T> ? given.count - row : LANES<T>;
                rows_of_c<T, N>(p, which, room + (row - m), scale, rows.next, count, p.C + row * p.c_stride);
            });
    }
}

template <class T> void multiply_listed_rows(const Product<T>& p, int outputs, const ByteList* lists, bool by_255) {
    const ByteScale<T> scale(by_255);
    for_outputs(outputs, [&]<int N>() {
        for (int row = 0; row < p.rows; row += LANES<T>)
            listed_rows_of_c<T, N>(p, lists[row / TILE<T>], row % TILE<T>, scale, p.rows - row < LANES<T> ? p.rows - row : LANES<T>, p.C + row * p.c_stride);
    });
}

// ---- Xᵀ D ------------------------------------------------------------------------------------------------------------

// Spread out, but not where instructions repeat a number themselves.
template <class T> using ColumnNumbers = Numbers<T, REGISTERS == 16>;

template <class T> void spread(const T* D, std::ptrdiff_t d_stride, int rows, int outputs, T* out) {
    constexpr int APART = ColumnNumbers<T>::APART;
    for (int r = 0; r < rows; r++, D += d_stride)
        for (int n = 0; n < outputs; n++, out += APART) {
            if constexpr (APART == 1) *out = D[n];
            else store(out, all<T>(D[n]));
        }
}

// The rows of a band, from `row` on, that are not zero in all of these columns.
template <int COLUMNS> GN_INLINE std::uint64_t rows_filled(const ByteBlock& block, int row, int column) {
    static_assert(BAND == BITS);
    std::uint64_t bits = 0;
    const std::uint8_t* filled = block.filled + row / OCTET * block.filled_stride + column / OCTET;
    GN_UNROLL for (int i = 0; i < BAND / OCTET; i++, filled += block.filled_stride) {
        std::uint64_t rows = *filled;
        for (int more = 1; more < COLUMNS / OCTET; more++) rows |= filled[more];
        bits |= rows << (OCTET * i);
    }
    return bits;
}

// LANES columns of X: the sums of their outputs come from where they wait, or begin; `add` adds to them; they wait again, or
// are finished.
template <class T, int N, class Add> GN_INLINE void sums_of_columns(const Product<T>& p, int columns, T* C, T* waiting, const Add& add) {
    Vec<T> sums[N] = {};
    if (p.resume) GN_UNROLL for (int n = 0; n < N; n++) sums[n] = load(waiting + n * LANES<T>);
    add(sums);
    if (!p.finish) {
        GN_UNROLL for (int n = 0; n < N; n++) store(waiting + n * LANES<T>, sums[n]);
        return;
    }
    GN_UNROLL for (int n = 0; n < N; n++) sums[n] += Vec<T>{};
    put<T, N>(sums, columns, C, p.c_stride);
    for (int r = 0; r < columns; r++)  // what a rule sees of the padding is finite
        for (int n = (N + LANES<T> - 1) / LANES<T> * LANES<T>; n < p.lines * PER_LINE<T>; n++) C[r * p.c_stride + n] = T(0);
}

template <class T, int N>
__attribute__((noinline)) void columns_of_x(const Product<T>& p, const std::uint8_t* const* rows, int column, std::uint64_t bits,
                                            ByteScale<T> scale, int columns, T* C, T* waiting) {
    sums_of_columns<T, N>(p, columns, C, waiting, [&](Vec<T>(&sums)[N]) {
        using Numbers = ColumnNumbers<T>;
        add_bits<T, Numbers, N>(bits, [=](std::ptrdiff_t k) { return rows[k] + column; }, p.B, N * Numbers::APART, scale, sums);
    });
}

template <class T, int N>
GN_INLINE void listed_columns_of_x(const Product<T>& p, const ByteList& list, int lane, ByteScale<T> scale, int columns, T* C, T* waiting) {
    sums_of_columns<T, N>(p, columns, C, waiting, [&](Vec<T>(&sums)[N]) {
        using Numbers = ColumnNumbers<T>;
        add_list<T, Numbers, N>(list, lane, p.B, N * Numbers::APART, scale, sums);
    });
}

template <class T> void multiply_columns(const Product<T>& p, int outputs, const ByteBlock& block, int first, bool skip, T* waiting) {
    const ByteScale<T> scale(block.by_255);
    for (int c = 0; c < p.rows; c += LANES<T>) {
        const int column = p.first_row + c, columns = p.rows - c < LANES<T> ? p.rows - c : LANES<T>;
        if (c % LINE == 0)  // the rows' next lines: perhaps they are in another processor's cache
            for (int r = 0; r < p.depth; r++) __builtin_prefetch(block.rows[first + r] + column + LINE);
        const std::uint64_t bits = (skip ? rows_filled<LANES<T>>(block, first, column) : ~std::uint64_t(0)) & first_bits(p.depth);
        for_outputs(outputs, [&]<int N>() {
            columns_of_x<T, N>(p, block.rows + first, column, bits, scale, columns, p.C + c * p.c_stride,
                               waiting + std::ptrdiff_t(column) * outputs);
        });
    }
}

template <class T>
void multiply_listed_columns(const Product<T>& p, int outputs, const ByteList* lists, bool by_255, T* waiting) {
    const ByteScale<T> scale(by_255);
    for_outputs(outputs, [&]<int N>() {
        for (int c = 0; c < p.rows; c += LANES<T>) {
            const int column = p.first_row + c, columns = p.rows - c < LANES<T> ? p.rows - c : LANES<T>;
            listed_columns_of_x<T, N>(p, lists[column / TILE<T>], column % TILE<T>, scale, columns, p.C + c * p.c_stride,
                                      waiting + std::ptrdiff_t(column) * N);
        }
    });
}

// ---- Lists -----------------------------------------------------------------------------------------------------------

GN_INLINE void append(ByteList& list, ByteRoom& room, int place, const std::uint8_t* bytes, int tile) {
    *room.places++ = std::uint16_t(place);
    __builtin_memcpy(room.bytes, bytes, std::size_t(tile));
    room.bytes += tile;
    list.count++;
}

template <class T>
void list_band(const ByteRows& given, const ByteBlock& block, std::uint8_t* room, ByteRoom& lists, ByteList* rows, ByteList* columns) {
    auto* which = reinterpret_cast<std::uint64_t*>(room + block.stride * TILE<T>);
    std::uint8_t* nowhere = room + block.stride * TILE<T> + block.stride / 2;
    for (int m = 0; m < given.count; m += TILE<T>) {
        take_rows<TILE<T>>(rows_of_tile<T>(given, block, 0, m, nowhere), block.width, which, room);
        ByteList& list = *rows++ = {lists.places, lists.bytes, 0};
        for (int k = 0; k < block.width; k += BITS)
            for (std::uint64_t bits = which[k / BITS]; bits; bits &= bits - 1) {
                const int place = k + __builtin_ctzll(bits);
                append(list, lists, place, room + place * TILE<T>, TILE<T>);
            }
    }
    for (int column = 0; column < block.width; column += TILE<T>) {
        ByteList& list = *columns++ = {lists.places, lists.bytes, 0};
        for (std::uint64_t bits = rows_filled<TILE<T>>(block, 0, column) & first_bits(given.count); bits; bits &= bits - 1) {
            const int row = __builtin_ctzll(bits);
            append(list, lists, row, block.rows[row] + column, TILE<T>);
        }
    }
}

template <class T> void fill(Kernels<T>& table) {
    table.byte_tile = TILE<T>;
    table.list_band = list_band<T>;
    table.multiply_listed_rows = multiply_listed_rows<T>;
    table.multiply_listed_columns = multiply_listed_columns<T>;
    table.multiply_rows = multiply_rows<T>;
    table.spread = spread<T>;
    table.multiply_columns = multiply_columns<T>;
}

}  // namespace

void fill_narrow(Kernels<float>& f, Kernels<double>& d) {
    fill(f);
    fill(d);
}

}  // namespace glassnet::GLASSNET_ISA
